import { isProducerError, toError } from '../core/errors.ts'
import { shown } from '../core/shown.ts'
import type { ReadyOptions } from './lifecycle.ts'
import { optionError } from './resolve-options.ts'

/**
 * Reads what a caller gives as options: an object of the caller, whose getters and traps may throw anything.
 *
 * @throws ProducerError as `read` does; `ERR_LOGHUB_OPTION` for whatever else it throws
 */
export function readOptions<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if (isProducerError(thrown)) throw thrown
    throw optionError([`${what} cannot be used: ${toError(thrown).message}`])
  }
}

/** The limits of a wait, as given. */
export interface GivenWait {
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** @throws ProducerError `ERR_LOGHUB_OPTION` */
export function readWait(given: GivenWait | null): { timeoutMs: number; signal: AbortSignal | undefined } {
  return readOptions('the options', () => {
    if (typeof given !== 'object' || given === null) throw optionError(['the options of a wait must be an object'])
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = given
    if (!(typeof timeoutMs === 'number' && timeoutMs >= 0)) throw wrongTimeout(timeoutMs)
    checkSignal(signal)
    return { timeoutMs, signal }
  })
}

/** @throws ProducerError `ERR_LOGHUB_OPTION` */
export function readReady(given: ReadyOptions | null): ReadyOptions {
  const { signal } = readWait(given)
  return readOptions('the options', () => {
    const project = given?.project
    if (project === undefined || typeof project === 'string') return { project, signal }
    throw optionError(['project: must be the name of a project'])
  })
}

/** @throws ProducerError `ERR_LOGHUB_OPTION` for a value that is not an AbortSignal of any realm */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return
  const { aborted, addEventListener, removeEventListener } = (signal ?? {}) as Partial<AbortSignal>
  const canListen = typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  if (typeof aborted === 'boolean' && canListen) return
  throw optionError(['signal: must be an AbortSignal'])
}

function wrongTimeout(timeoutMs: unknown): Error {
  return optionError([`timeoutMs: must be a number of milliseconds, 0 or more, got ${shown(timeoutMs)}`])
}
