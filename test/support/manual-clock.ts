import type { CancelTimer, Clock } from '../../src/core/clock.ts'

interface Timer {
  readonly isBackground: boolean
  readonly dueMs: number
  readonly callback: () => void
}

const SHORTEST_DELAY_MS = 0.001

/** Time that moves only when the test says so. Wall time and monotonic time can be pulled apart by `jump`. */
export class ManualClock implements Clock {
  #monotonicMs = 0
  #wallMs: number
  readonly #timers = new Set<Timer>()

  constructor(wallMs = Date.UTC(2026, 0, 1)) {
    this.#wallMs = wallMs
  }

  now(): number {
    return this.#wallMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  setTimer(callback: () => void, delayMs: number, isBackground = false): CancelTimer {
    // A delay too short to change the time that it is added to would fire for ever where the rest of a wait is set anew.
    const delay = delayMs > 0 ? Math.max(delayMs, SHORTEST_DELAY_MS) : 0
    const timer = { dueMs: this.#monotonicMs + delay, callback, isBackground }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that would keep the process alive. */
  get timerCount(): number {
    return [...this.#timers].filter((timer) => !timer.isBackground).length
  }

  get backgroundTimerCount(): number {
    return this.#timers.size - this.timerCount
  }

  /** When the next timer is due, or Infinity. */
  get nextDueMs(): number {
    return Math.min(...[...this.#timers].map((timer) => timer.dueMs), Number.POSITIVE_INFINITY)
  }

  /** The wall clock is set to another time; nothing that waits may notice. */
  jump(byMs: number): void {
    this.#wallMs += byMs
  }

  /** The process stands still for a while, as after SIGSTOP: time goes on, and what was due meanwhile comes late. */
  async freeze(forMs: number): Promise<void> {
    this.#moveTo(this.#monotonicMs + forMs)
    await this.advance(0)
  }

  /**
   * Moves both clocks on, stopping at each timer on the way, and lets promises and I/O callbacks settle in between,
   * so that a chain of timers set from callbacks runs as it would in real time.
   */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#monotonicMs + byMs
    await settled()
    while (this.nextDueMs <= endMs) {
      this.#moveTo(Math.max(this.nextDueMs, this.#monotonicMs))
      for (const timer of [...this.#timers]) {
        if (timer.dueMs > this.#monotonicMs || !this.#timers.delete(timer)) continue
        timer.callback()
      }
      await settled()
    }
    this.#moveTo(endMs)
    await settled()
  }

  #moveTo(dueMs: number): void {
    this.#wallMs += Math.max(0, dueMs - this.#monotonicMs)
    this.#monotonicMs = Math.max(dueMs, this.#monotonicMs)
  }
}

/** Lets everything that is ready run: promise callbacks and immediates, and what those start in their turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
