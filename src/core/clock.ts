/** Cancels a timer. Does nothing if the timer has fired or was cancelled. */
export type CancelTimer = () => void

/**
 * The source of time. All code that waits or reads the time uses it, so that tests can control time.
 * This file is the only one that reads the system's clock or starts a timer.
 */
export interface Clock {
  /** Wall-clock time in epoch milliseconds, for log times and signatures. It may jump either way. */
  now(): number
  /** Milliseconds that never go back, for every wait, age and deadline. */
  monotonicMs(): number
  /**
   * Runs `callback` once, `delayMs` from now. The timer keeps the process alive: use it only for accepted work. With
   * `isBackground` it does not keep the process alive.
   */
  setTimer(callback: () => void, delayMs: number, isBackground?: boolean): CancelTimer
}

// Beyond this setTimeout fires at once instead of late. Whoever needs longer re-arms: see Alarm.
export const LONGEST_TIMER_MS = 2 ** 31 - 1

// Taken once: fake timers of a test of the application must not stop deliveries. Who wants to move time gives a clock.
const { setTimeout: startTimer, clearTimeout: stopTimer, performance: monotonic } = globalThis
const wallTime = Date.now
const readMonotonic = monotonic.now.bind(monotonic)

export const systemClock: Clock = {
  now: () => wallTime(),
  monotonicMs: () => readMonotonic(),
  setTimer(callback, delayMs, isBackground = false) {
    const timer = startTimer(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS))
    if (isBackground) timer.unref()
    return () => stopTimer(timer)
  },
}
