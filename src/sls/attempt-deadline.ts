import type { CancelTimer, Clock } from '../core/clock.ts'

/** The end of one attempt: its own time limit or the caller's abort, whichever comes first. */
export class AttemptDeadline {
  readonly #controller = new AbortController()
  readonly #caller: AbortSignal
  readonly #cancelTimer: CancelTimer
  readonly #onAbort = () => this.#controller.abort(this.#caller.reason)
  #timedOut = false

  constructor(clock: Clock, timeoutMs: number, caller: AbortSignal) {
    this.#caller = caller
    this.#cancelTimer = clock.setTimer(() => {
      this.#timedOut = true
      this.#controller.abort()
    }, timeoutMs)
    caller.addEventListener('abort', this.#onAbort, { once: true })
    if (caller.aborted) this.#onAbort()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** True when the time limit ended the attempt, false when it is under way or the caller ended it. */
  get timedOut(): boolean {
    return this.#timedOut
  }

  /** Waits for something that cannot be aborted, until the end of the attempt at the latest. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this
    let onAbort = () => {}
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason)
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
    })
    try {
      return await Promise.race([work, aborted])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** The attempt is over: lets go of the timer and of the caller's signal. */
  end(): void {
    this.#cancelTimer()
    this.#caller.removeEventListener('abort', this.#onAbort)
  }
}
