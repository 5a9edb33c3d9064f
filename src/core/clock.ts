/** Cancels a timer that has not fired; afterwards, and once it has fired, it does nothing. */
export type CancelTimer = () => void

/**
 * The source of time. Everything that waits or stamps asks here, so that tests move time by hand.
 * This file is the only one that reads the system's clock or starts a timer.
 */
export interface Clock {
  /** Wall-clock time in epoch milliseconds, for log times and signatures. It may jump either way. */
  now(): number
  /** Milliseconds that never go back, for every wait, age and deadline. */
  monotonicMs(): number
  /**
   * Runs `callback` once, `delayMs` from now. The timer keeps the process alive: start one only for work that is owed. With
   * `isBackground` it does not: for what nobody waits for.
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
