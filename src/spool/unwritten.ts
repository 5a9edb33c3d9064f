import { Alarm } from '../core/alarm.ts'
import type { Clock } from '../core/clock.ts'

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 10_000

/**
 * Tries again to write settlements and to retire segments after that failed. So a full disk gets room again, and records that were settled
 * are not sent again after a restart. (Failed appends are tried again by their caller.)
 */
export class Unwritten {
  readonly #clock: Clock
  readonly #again: () => Promise<unknown>
  /** Does not keep the process alive: if the process ends before, records are sent again, with the same pack ids. */
  readonly #alarm: Alarm
  #retryMs = FIRST_RETRY_MS
  #hasFailed = false
  #isClosed = false

  /** `again` tries everything once. Whatever fails again calls {@link failed}. */
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
