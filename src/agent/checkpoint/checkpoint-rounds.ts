import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import { Deferred } from '../../core/deferred.ts'
import type { CheckpointStore } from './checkpoint-store.ts'

const ROUND_MS = 1000

/**
 * Lets callers wait until the current checkpoints are written. One write is for all callers of a second: by then each input that was
 * notified of a result has moved its checkpoint.
 */
export class CheckpointRounds {
  readonly #checkpoints: CheckpointStore
  readonly #clock: Clock
  readonly #alarm: Alarm
  #waiting: Deferred<void> | undefined
  #hasBegun = false
  #hasEnded = false

  constructor(checkpoints: CheckpointStore, clock: Clock) {
    this.#checkpoints = checkpoints
    this.#clock = clock
    this.#alarm = new Alarm(clock, () => this.#keep(), { isBackground: true })
  }

  /** Call it when the first inputs run: before that none can have a checkpoint. */
  begin(): void {
    this.#hasBegun = true
    this.#schedule()
  }

  /** Call it when everything is settled and written: then nobody has to wait any more. */
  end(): void {
    this.#hasEnded = true
    this.#alarm.clear()
    this.#waiting?.resolve()
  }

  whenKept(): Promise<void> {
    if (this.#hasEnded) return Promise.resolve()
    this.#waiting ??= new Deferred()
    const { promise } = this.#waiting
    this.#schedule()
    return promise
  }

  #schedule(): void {
    if (!this.#hasBegun || this.#hasEnded || this.#waiting === undefined || this.#alarm.isSet) return
    this.#alarm.set(this.#clock.monotonicMs() + ROUND_MS)
  }

  #keep(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#checkpoints.flush().then(
      () => waiting?.resolve(),
      () => waiting?.resolve(),
    )
  }
}
