import { Alarm } from '../core/alarm.ts'
import type { Clock } from '../core/clock.ts'
import type { HeldSlots } from './held-slots.ts'
import { BEAT_MS } from './slot-keeper.ts'

/** A spool without unsettled records closes its current segment after this time: then it has no segment files. */
const EMPTY_MS = 1_000

/**
 * The periodic work of a spool: changes the cards while there are unsettled records, and closes the current segment some time after there
 * are none. It has one timer, which does not keep the process alive; an idle, empty spool has no timer.
 */
export class Upkeep {
  readonly #clock: Clock
  readonly #slots: HeldSlots
  readonly #isEmpty: () => boolean
  readonly #alarm: Alarm
  #nextBeatMs = 0
  #emptyAtMs = Number.POSITIVE_INFINITY
  #isClosed = false

  constructor(clock: Clock, slots: HeldSlots, isEmpty: () => boolean) {
    this.#clock = clock
    this.#slots = slots
    this.#isEmpty = isEmpty
    this.#alarm = new Alarm(clock, () => void this.#run(), { isBackground: true })
  }

  /** Records were added or settled. */
  schedule(): void {
    if (this.#isClosed) return
    const nowMs = this.#clock.monotonicMs()
    const isEmpty = this.#isEmpty()
    if (!isEmpty) this.#emptyAtMs = Number.POSITIVE_INFINITY
    else if (this.#slots.own.hasOpenRecords && this.#emptyAtMs === Number.POSITIVE_INFINITY) this.#emptyAtMs = nowMs
    const beatMs = isEmpty ? Number.POSITIVE_INFINITY : Math.max(this.#nextBeatMs, nowMs)
    this.#alarm.set(Math.min(beatMs, this.#emptyAtMs + EMPTY_MS))
  }

  close(): void {
    this.#isClosed = true
    this.#alarm.clear()
  }

  async #run(): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs >= this.#emptyAtMs + EMPTY_MS) {
      this.#emptyAtMs = Number.POSITIVE_INFINITY
      await this.#slots.own.closeIfEmpty().catch(() => {})
    } else {
      this.#nextBeatMs = nowMs + BEAT_MS
      await this.#slots.beat()
    }
    this.schedule()
  }
}
