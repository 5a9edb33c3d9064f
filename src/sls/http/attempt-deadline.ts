import type { CancelTimer, Clock } from '../../core/clock.ts'
import type { Abortable, AbortListeners } from './abort-listeners.ts'

/** The end of one attempt: its own time limit or the caller's abort, whichever comes first. */
export class AttemptDeadline implements Abortable {
  readonly #underWay: Set<Abortable>
  readonly #cancelTimer: CancelTimer
  #onPassed: ((reason: unknown) => void) | undefined
  #reason: unknown
  #timedOut = false

  constructor(clock: Clock, timeoutMs: number, caller: AbortSignal, listeners: AbortListeners) {
    this.#cancelTimer = clock.setTimer(() => this.#timeOut(), timeoutMs)
    this.#underWay = listeners.on(caller).add(this)
    if (caller.aborted) this.abort(caller.reason)
  }

  /** True when the time limit ended the attempt, false when it is under way or the caller ended it. */
  get timedOut(): boolean {
    return this.#timedOut
  }

  throwIfPassed(): void {
    if (this.#reason !== undefined) throw this.#reason
  }

  /** Calls when the deadline passes, at once where it has. An attempt does one thing at a time: the last callback counts. */
  onPassed(callback: (reason: unknown) => void): void {
    this.#onPassed = callback
    if (this.#reason !== undefined) callback(this.#reason)
  }

  /** Waits for something that cannot be aborted, until the end of the attempt at the latest. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.onPassed(reject)
      work.then(resolve, reject)
    })
  }

  abort(reason: unknown): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#onPassed?.(reason)
  }

  /** The attempt is over: lets go of the timer and of the caller's signal. */
  end(): void {
    this.#cancelTimer()
    this.#underWay.delete(this)
  }

  #timeOut(): void {
    if (this.#reason !== undefined) return
    this.#timedOut = true
    this.abort(new Error('the time limit has passed'))
  }
}
