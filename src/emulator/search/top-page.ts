import type { LogView } from '../wire/log-view.ts'

/** A log that was found, and where its group stands among all. */
export interface FoundLog {
  readonly log: LogView
  readonly arrival: number
}

/** Negative where `a` comes first. */
export type Order = (a: FoundLog, b: FoundLog) => number

/** By log time, and of one instant in the order in which they came. */
export const oldestFirst: Order = (a, b) =>
  a.log.time - b.log.time ||
  (a.log.nanoseconds ?? 0) - (b.log.nanoseconds ?? 0) ||
  a.arrival - b.arrival ||
  a.log.index - b.log.index

/** The same the other way round. */
export const newestFirst: Order = (a, b) => oldestFirst(b, a)

/** The first so many logs of an order, out of any number: what falls behind them is let go of. */
export class TopPage {
  readonly #size: number
  readonly #order: Order
  #found: FoundLog[] = []
  #worst: FoundLog | undefined

  constructor(size: number, order: Order) {
    this.#size = size
    this.#order = order
  }

  /** The last log of the page once it is full: what comes after it is not wanted. */
  get worst(): FoundLog | undefined {
    return this.#worst
  }

  /** Takes a log if it is one of the first. */
  add(found: FoundLog): void {
    if (this.#size === 0 || (this.#worst !== undefined && this.#order(found, this.#worst) > 0)) return
    this.#found.push(found)
    // Sorting once in so many logs costs less than keeping order for each.
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
