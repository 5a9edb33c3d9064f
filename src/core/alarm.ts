import { type CancelTimer, type Clock, LONGEST_TIMER_MS } from './clock.ts'

/**
 * One timer that can be moved: rings once when the monotonic clock reaches the time it is set to.
 * Owners keep their own order of deadlines and set the alarm to the earliest; without one they clear it,
 * so that an idle owner holds no timer.
 */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  readonly #isBackground: boolean
  #dueMs = Number.POSITIVE_INFINITY
  #cancel: CancelTimer | undefined

  /** `isBackground`: the alarm does not keep the process alive. */
  constructor(clock: Clock, ring: () => void, options: { readonly isBackground?: boolean } = {}) {
    this.#clock = clock
    this.#ring = ring
    this.#isBackground = options.isBackground ?? false
  }

  get isSet(): boolean {
    return this.#cancel !== undefined
  }

  /** Sets the alarm to a monotonic time; `Infinity` clears it. The same time again costs nothing. */
  set(dueMs: number): void {
    if (dueMs === this.#dueMs) return
    this.clear()
    if (dueMs === Number.POSITIVE_INFINITY) return
    this.#dueMs = dueMs
    this.#arm()
  }

  clear(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  /** The clock may be code of the user, which may lead back here: then what it led to holds. */
  #arm(): void {
    const dueMs = this.#dueMs
    const isOverruled = () => this.#dueMs !== dueMs || this.#cancel !== undefined
    const delayMs = Math.min(dueMs - this.#clock.monotonicMs(), LONGEST_TIMER_MS)
    if (isOverruled()) return
    const cancel = this.#clock.setTimer(() => this.#fire(), delayMs, this.#isBackground)
    if (isOverruled()) cancel()
    else this.#cancel = cancel
  }

  /** System timers round and may fire a little early, and a very long wait comes in steps: then wait for the rest. */
  #fire(): void {
    this.#cancel = undefined
    if (this.#clock.monotonicMs() < this.#dueMs) return this.#arm()
    this.clear()
    this.#ring()
  }
}
