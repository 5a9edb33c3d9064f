import type { CancelTimer, Clock } from '../../core/clock.ts'

/** Timers that can be cancelled together, so that none is left after closing. */
export class TimerGroup {
  readonly #clock: Clock
  readonly #cancels = new Set<CancelTimer>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  set(callback: () => void, delayMs: number): void {
    const cancel = this.#clock.setTimer(() => {
      this.#cancels.delete(cancel)
      callback()
    }, delayMs)
    this.#cancels.add(cancel)
  }

  cancelAll(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }
}
