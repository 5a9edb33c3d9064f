/** Why the parser cannot read a line. Does not contain the line, which may have control characters. */
export class BadLine {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}
