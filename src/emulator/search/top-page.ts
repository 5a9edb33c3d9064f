import type { LogView } from '../wire/log-view.ts'

/** A found log, and the number of its group in order of arrival. */
export interface FoundLog {
  readonly log: LogView
  readonly arrival: number
}

/** Negative if `a` comes first. */
export type Order = (a: FoundLog, b: FoundLog) => number

/** By log time; logs with equal times in order of arrival. */
export const oldestFirst: Order = (a, b) =>
  a.log.time - b.log.time ||
  (a.log.nanoseconds ?? 0) - (b.log.nanoseconds ?? 0) ||
  a.arrival - b.arrival ||
  a.log.index - b.log.index

/** The reverse of `oldestFirst`. */
export const newestFirst: Order = (a, b) => oldestFirst(b, a)

/** Keeps the first logs of an order out of any number of logs, and forgets the others. */
export class TopPage {
  readonly #size: number
  readonly #order: Order
  #found: FoundLog[] = []
  #worst: FoundLog | undefined

  constructor(size: number, order: Order) {
    this.#size = size
    this.#order = order
  }

  /** The last log of the page once it is full. Logs after it are not kept. */
  get worst(): FoundLog | undefined {
    return this.#worst
  }

  /** Adds a log if it belongs to the page. */
  add(found: FoundLog): void {
    if (this.#size === 0 || (this.#worst !== undefined && this.#order(found, this.#worst) > 0)) return
    this.#found.push(found)
    // Sorting once per batch of logs costs less than inserting each in order.
    if (this.#found.length >= this.#size * 2 + 64 || (this.#worst === undefined && this.#found.length === this.#size)) {
      this.#cut()
    }
  }

  /** The page, in order. */
  found(): readonly FoundLog[] {
    this.#cut()
    return this.#found
  }

  #cut(): void {
    this.#found.sort(this.#order)
    if (this.#found.length < this.#size) return
    this.#found = this.#found.slice(0, this.#size)
    this.#worst = this.#found[this.#size - 1]
  }
}
