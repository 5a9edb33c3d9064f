import { Alarm } from '../core/alarm.ts'
import type { Clock } from '../core/clock.ts'

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 10_000

/**
 * What could not be written beside the appends, whose caller tries them again: settlements, and the retirement of segments. It is
 * tried again by itself, so that a full disk is made free, and nothing is sent again after a restart for want of a later settlement.
 */
export class Unwritten {
  readonly #clock: Clock
  readonly #again: () => Promise<unknown>
  /** In the background: to lose it costs a copy, and the process may end. */
  readonly #alarm: Alarm
  #retryMs = FIRST_RETRY_MS
  #hasFailed = false
  #isClosed = false

  /** `again` tries all of it once; whoever fails says so by {@link failed}. */
  constructor(clock: Clock, again: () => Promise<unknown>) {
    this.#clock = clock
    this.#again = again
    this.#alarm = new Alarm(clock, () => void this.#tryAgain(), { isBackground: true })
  }

  /** Something could not be written. */
  failed(): void {
    this.#hasFailed = true
    if (!this.#isClosed && !this.#alarm.isSet) this.#alarm.set(this.#clock.monotonicMs() + this.#retryMs)
  }

  close(): void {
    this.#isClosed = true
    this.#alarm.clear()
  }

  async #tryAgain(): Promise<void> {
    this.#hasFailed = false
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
    await this.#again()
    if (!this.#hasFailed) this.#retryMs = FIRST_RETRY_MS
  }
}
