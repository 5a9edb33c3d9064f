import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../sls/wire/log.ts'

/** Takes a log that was tapped, and returns whether it wants more. */
export type TapListener = (log: Log, skipped: number) => void

const MAX_LOGS_PER_SECOND = 100

/** Shows the logs of one input while they are written: to one listener at a time, at most 100 a second. It keeps none. */
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

  /** Returns the function that closes it, or undefined if there is a listener already. */
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
