import { ProducerError } from '../../core/errors.ts'
import { kindOf } from '../../core/has-names.ts'
import { limits } from '../limits.ts'

export function invalidLog(message: string, cause?: unknown): ProducerError {
  return new ProducerError('ERR_LOGHUB_INVALID_LOG', message, { cause })
}

export function logTooLarge(size: number | string): ProducerError {
  const message = `A log of ${size} bytes is over the limit of ${limits.requestInBytes} bytes: shorten or split it`
  return new ProducerError('ERR_LOGHUB_LOG_TOO_LARGE', message)
}

export function tooManyObjects(most: number): ProducerError {
  const message = `A field holds more than ${most} objects: log what is needed of them`
  return new ProducerError('ERR_LOGHUB_LOG_TOO_LARGE', message)
}

export function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof ProducerError && thrown.code === 'ERR_LOGHUB_LOG_TOO_LARGE'
}

/** What kind of thing was given. Never its text: a log may hold anything, and errors get logged. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value)
  if (typeof value === 'object') return kindOf(value)
  return `a ${typeof value}`
}

/** A name of the caller in an error: short, and on one line. */
export function quote(key: string): string {
  return JSON.stringify(key.length > 64 ? `${key.slice(0, 64)}…` : key)
}

/**
 * What user code threw while a log was read, as a coded error. Errors that this package made pass as they are.
 * Anything may be thrown, also an object that throws when it is looked at.
 */
export function asLogError(thrown: unknown): ProducerError {
  try {
    if (thrown instanceof ProducerError && LOG_CODES.has(thrown.code)) return thrown
    if (thrown instanceof Error) return invalidLog(`The log cannot be read: ${thrown.message}`, thrown)
  } catch {
    // Not even its prototype can be read.
  }
  return invalidLog('The log cannot be read: a getter, a proxy or toJSON threw something that is not an Error', thrown)
}

const LOG_CODES: ReadonlySet<string> = new Set(['ERR_LOGHUB_INVALID_LOG', 'ERR_LOGHUB_LOG_TOO_LARGE'])
