/** Figures of one second. */
export interface SecondFigures {
  /** The second, in epoch seconds. */
  readonly second: number
  /** All requests. */
  readonly requests: number
  /** Requests that were answered with an error. */
  readonly refusals: number
  /** Accepted writes. */
  readonly writes: number
  /** Logs of the accepted writes. */
  readonly logs: number
  /** Bytes of the accepted writes as sent. */
  readonly wireBytes: number
  /** Bytes of the accepted writes before compression. */
  readonly rawBytes: number
}

/** Names of the figures. */
export type Figure = Exclude<keyof SecondFigures, 'second'>

const FIGURES: readonly Figure[] = ['requests', 'refusals', 'writes', 'logs', 'wireBytes', 'rawBytes']
const KEPT_SECONDS = 15 * 60

/** Counters per second for the last 15 minutes. Seconds without requests take no memory. */
export class Throughput {
  readonly #seconds = new Float64Array(KEPT_SECONDS).fill(-1)
  readonly #figures = new Float64Array(KEPT_SECONDS * FIGURES.length)

  add(nowMs: number, figure: Figure, amount: number): void {
    const second = Math.floor(nowMs / 1000)
    const slot = ((second % KEPT_SECONDS) + KEPT_SECONDS) % KEPT_SECONDS
    const start = slot * FIGURES.length
    if (this.#seconds[slot] !== second) {
      this.#seconds[slot] = second
      this.#figures.fill(0, start, start + FIGURES.length)
    }
    const at = start + FIGURES.indexOf(figure)
    this.#figures[at] = (this.#figures[at] as number) + amount
  }

  /** Oldest first, without the seconds that had no requests. */
  list(nowMs: number): SecondFigures[] {
    const oldest = Math.floor(nowMs / 1000) - KEPT_SECONDS
    const seconds = [...this.#seconds.entries()].filter(([, second]) => second > oldest)
    return seconds.sort(([, a], [, b]) => a - b).map(([slot, second]) => this.#figuresOf(slot, second))
  }

  #figuresOf(slot: number, second: number): SecondFigures {
    const at = (figure: Figure) => this.#figures[slot * FIGURES.length + FIGURES.indexOf(figure)] as number
    const [requests, refusals, writes, logs, wireBytes, rawBytes] = FIGURES.map(at) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    return { second, requests, refusals, writes, logs, wireBytes, rawBytes }
  }
}
