/**
 * A queue that runs one search at a time, because each keeps the groups in memory that it reads, also those that the store
 * has dropped meanwhile.
 */
export class SearchLine {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Number of searches that wait or run. */
  get length(): number {
    return this.#waiting
  }

  /** Runs a search after all earlier ones have ended. */
  run<T>(search: () => Promise<T>): Promise<T> {
    this.#waiting++
    const done = this.#last.then(search).finally(() => this.#waiting--)
    this.#last = done.catch(() => {})
    return done
  }
}
