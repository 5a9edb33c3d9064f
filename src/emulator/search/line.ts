/**
 * One search at a time: each holds on to the groups that it looks at, also to those that have left the store meanwhile.
 */
export class SearchLine {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Searches that wait or run. */
  get length(): number {
    return this.#waiting
  }

  /** Runs when all earlier ones have ended. */
  run<T>(search: () => Promise<T>): Promise<T> {
    this.#waiting++
    const done = this.#last.then(search).finally(() => this.#waiting--)
    this.#last = done.catch(() => {})
    return done
  }
}
