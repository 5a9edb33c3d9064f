import type { Reading } from './reading.ts'

/** What changed between two readings, for each second. */
export class Rates {
  readonly #now: Reading
  readonly #before: Reading | undefined

  /** `before` is of the same process: after a restart its counters begin again. */
  constructor(now: Reading, before: Reading | undefined) {
    this.#now = now
    const isSame = before?.about.startedAt === now.about.startedAt && before.about.pid === now.about.pid
    this.#before = isSame && now.atMs > before.atMs ? before : undefined
  }

  /** Undefined with the first reading, and for what was not there before. */
  of(counter: (reading: Reading) => number | undefined): number | undefined {
    if (this.#before === undefined) return undefined
    const [now, before] = [counter(this.#now), counter(this.#before)]
    if (now === undefined || before === undefined) return undefined
    return (Math.max(0, now - before) * 1000) / (this.#now.atMs - this.#before.atMs)
  }
}
