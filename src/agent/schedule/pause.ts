import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'

/** Waits; resolves early if the signal aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      alarm.clear()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const alarm = new Alarm(clock, done)
    alarm.set(clock.monotonicMs() + delayMs)
    signal.addEventListener('abort', done)
  })
}
