import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import type { DueSource } from '../../core/due-source.ts'

/**
 * Wakes at the earliest deadline of its sources (linger of the oldest open batch, first retry, first delivery
 * deadline), moves what is due, and sleeps again. It has one timer at most, and none without work, so that an idle producer
 * lets the process end.
 */
export class Mover {
  readonly #clock: Clock
  readonly #sources: readonly DueSource[]
  readonly #alarm: Alarm

  constructor(clock: Clock, sources: readonly DueSource[]) {
    this.#clock = clock
    this.#sources = sources
    this.#alarm = new Alarm(clock, () => this.#move())
  }

  /** Call it when the next deadline may have changed: once for each batch, never for each log. */
  reschedule(): void {
    this.#alarm.set(Math.min(...this.#sources.map((source) => source.nextDueMs)))
  }

  #move(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const source of this.#sources) source.moveDue(nowMs)
    this.reschedule()
  }
}
