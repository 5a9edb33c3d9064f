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
  /** Runs `callback` once, `delayMs` from now. The timer keeps the process alive: start one only for work that is owed. */
  setTimer(callback: () => void, delayMs: number): CancelTimer
}

// Beyond this setTimeout fires at once instead of late. Whoever needs longer re-arms: see Alarm.
export const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  },
}
