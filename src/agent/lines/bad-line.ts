/** Why a line cannot be read as its parser says. Does not quote the line: it may hold what is not for a terminal. */
export class BadLine {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}
