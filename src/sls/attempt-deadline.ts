import type { CancelTimer, Clock } from '../core/clock.ts'

/** The end of one attempt: its own time limit or the caller's abort, whichever comes first. */
export class AttemptDeadline {
  readonly #caller: AbortSignal
  readonly #onAbort = () => this.#pass(this.#caller.reason)
  readonly #cancelTimer: CancelTimer
  #onPassed: ((reason: unknown) => void) | undefined
  #reason: unknown
  #timedOut = false

  constructor(clock: Clock, timeoutMs: number, caller: AbortSignal) {
    this.#cancelTimer = clock.setTimer(() => this.#timeOut(), timeoutMs)
    this.#caller = caller
    caller.addEventListener('abort', this.#onAbort, { once: true })
    if (caller.aborted) this.#onAbort()
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

  #pass(reason: unknown): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#onPassed?.(reason)
  }

  /** The attempt is over: lets go of the timer and of the caller's signal. */
  end(): void {
    this.#cancelTimer()
    this.#caller.removeEventListener('abort', this.#onAbort)
  }

  #timeOut(): void {
    if (this.#reason !== undefined) return
    this.#timedOut = true
    this.#pass(new Error('the time limit has passed'))
  }
}
