import { types } from 'node:util'
import type { ProducerError } from '../../core/errors.ts'
import { describe, invalidLog } from './invalid-log.ts'
import type { Log } from './log.ts'

const MAX_SECONDS = 0xffff_ffff
const MAX_NANOSECONDS = 999_999_999
const NANOSECONDS_PER_MS = 1_000_000

/** From here up to the last second that can be stored, a time in milliseconds is one of the first weeks of 1970, and in seconds one from 1973 on. */
const LIKELY_SECONDS = 100_000_000
/** The same for finer units: years far behind 2106 in milliseconds. */
const LIKELY_MICROSECONDS = LIKELY_SECONDS * 1e6
const LIKELY_NANOSECONDS = LIKELY_SECONDS * 1e9

/**
 * The time that a caller gives a log, in epoch milliseconds.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG` when it is neither a Date nor a number, or cannot be told from a time in
 *   seconds; the range is checked by {@link secondsOf}
 */
export function logTimeMs(time: Log['time'], nowMs: number): number {
  if (time === undefined) return nowMs
  const ms = typeof time === 'number' ? time : types.isDate(time) ? Date.prototype.getTime.call(time) : undefined
  if (ms === undefined) throw wrongTime('a Date or epoch milliseconds', describe(time))
  if (ms >= LIKELY_SECONDS && ms <= MAX_SECONDS)
    throw wrongTime('epoch milliseconds', `${ms}, which looks like seconds: multiply it by 1000`)
  return ms
}

/**
 * Whole seconds, as a log stores them.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG` for what is no time from 1970 to 2106
 */
export function secondsOf(timeMs: number): number {
  const seconds = typeof timeMs === 'number' ? Math.floor(timeMs / 1000) : Number.NaN
  if (seconds >= 0 && seconds <= MAX_SECONDS) return seconds
  throw wrongTime(
    `epoch milliseconds from 0 to ${MAX_SECONDS * 1000 + 999} (the year 2106)`,
    `${describe(timeMs)}${unitHint(timeMs)}`,
  )
}

/**
 * The nanosecond part of a time: as given, or of the time itself, whose fraction of a millisecond counts.
 *
 * @throws ProducerError `ERR_LOGHUB_INVALID_LOG`
 */
export function nanosecondsOf(given: number | 'from-time', timeMs: number): number {
  if (given === 'from-time') {
    const wholeMs = Math.floor(timeMs)
    const below = Math.floor((timeMs - wholeMs) * NANOSECONDS_PER_MS)
    return (wholeMs % 1000) * NANOSECONDS_PER_MS + below
  }
  if (Number.isInteger(given) && given >= 0 && given <= MAX_NANOSECONDS) return given
  throw invalidLog(
    `nanoseconds must be an integer from 0 to ${MAX_NANOSECONDS} or 'from-time', but is ${describe(given)}`,
  )
}

function unitHint(time: unknown): string {
  if (typeof time !== 'number' || !Number.isFinite(time)) return ''
  if (time >= LIKELY_NANOSECONDS) return ', which looks like nanoseconds: divide it by 1,000,000'
  return time >= LIKELY_MICROSECONDS ? ', which looks like microseconds: divide it by 1000' : ''
}

function wrongTime(mustBe: string, given: string): ProducerError {
  return invalidLog(`The time of a log must be ${mustBe}, but is ${given}`)
}
