import { types } from 'node:util'
import { describe, invalidLog } from './invalid-log.ts'
import type { Log } from './log.ts'

const MAX_SECONDS = 0xffff_ffff
const MAX_NANOSECONDS = 999_999_999

/**
 * The time of a log in epoch milliseconds.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG` when it is neither a Date nor a number; the range is checked by {@link secondsOf}
 */
export function logTimeMs(time: Log['time'], nowMs: number): number {
  if (time === undefined) return nowMs
  if (typeof time === 'number') return time
  if (types.isDate(time)) return Date.prototype.getTime.call(time)
  throw invalidLog(`The time of a log must be a Date or epoch milliseconds, but is ${describe(time)}`)
}

/** Whole seconds, as a log stores them. */
export function secondsOf(timeMs: number): number {
  const seconds = typeof timeMs === 'number' ? Math.floor(timeMs / 1000) : Number.NaN
  if (seconds >= 0 && seconds <= MAX_SECONDS) return seconds
  throw invalidLog(
    `The time of a log must be epoch milliseconds from 0 to ${MAX_SECONDS * 1000 + 999} (the year 2106), but is ${describe(timeMs)}`,
  )
}

export function checkNanoseconds(nanoseconds: number): void {
  if (Number.isInteger(nanoseconds) && nanoseconds >= 0 && nanoseconds <= MAX_NANOSECONDS) return
  throw invalidLog(`nanoseconds must be an integer from 0 to ${MAX_NANOSECONDS}, but is ${describe(nanoseconds)}`)
}
