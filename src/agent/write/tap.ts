import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../sls/wire/log.ts'

/** Takes a log that was tapped, and says whether it wants more. */
export type TapListener = (log: Log, skipped: number) => void

const MAX_LOGS_PER_SECOND = 100

/** A live look at the logs of one input: one listener at a time, at most a hundred logs a second, nothing kept. */
export class Tap {
  readonly #clock: Clock
  #listener: TapListener | undefined
  #secondStartMs = 0
  #toldInSecond = 0
  #skipped = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isOpen(): boolean {
    return this.#listener !== undefined
  }

  /** Returns what closes it; undefined where somebody listens already. */
  open(listener: TapListener): (() => void) | undefined {
    if (this.#listener !== undefined) return undefined
    this.#listener = listener
    this.#skipped = 0
    return () => {
      if (this.#listener === listener) this.#listener = undefined
    }
  }

  offer(log: Log): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#secondStartMs >= 1000) {
      this.#secondStartMs = nowMs
      this.#toldInSecond = 0
    }
    if (this.#toldInSecond >= MAX_LOGS_PER_SECOND) {
      this.#skipped++
      return
    }
    this.#toldInSecond++
    this.#listener?.(log, this.#skipped)
    this.#skipped = 0
  }
}
