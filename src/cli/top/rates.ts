import type { Reading } from './reading.ts'

/** Rates per second between two readings. */
export class Rates {
  readonly #now: Reading
  readonly #before: Reading | undefined

  /** @param before a reading of the same process: after a restart counters start again */
  constructor(now: Reading, before: Reading | undefined) {
    this.#now = now
    const isSame = before?.about.startedAt === now.about.startedAt && before.about.pid === now.about.pid
    this.#before = isSame && now.atMs > before.atMs ? before : undefined
  }

  /** Undefined for the first reading, and for a counter that was not in the reading before. */
  of(counter: (reading: Reading) => number | undefined): number | undefined {
    if (this.#before === undefined) return undefined
    const [now, before] = [counter(this.#now), counter(this.#before)]
    if (now === undefined || before === undefined) return undefined
    return (Math.max(0, now - before) * 1000) / (this.#now.atMs - this.#before.atMs)
  }
}
