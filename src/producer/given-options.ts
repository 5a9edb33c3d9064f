import { checkSignal } from '../core/check-signal.ts'
import { isProducerError, toError } from '../core/errors.ts'
import { shown } from '../core/shown.ts'
import { optionError } from './resolve-options.ts'

/** Options of `ready()`. */
export interface ReadyOptions {
  /** Waits for room of this project only. Default: of each project that had none. */
  readonly project?: string | undefined
  /** Ends the wait: `ready` then rejects with `ERR_LOGHUB_ABORTED`, with the reason as its cause. */
  readonly signal?: AbortSignal | undefined
}

/** How long a wait may take. */
export interface WaitOptions {
  /**
   * With a spool, `durable` waits until everything is on disk or stored; it also writes what the mode of the spool would leave in
   * memory. Default: `delivered`.
   */
  readonly until?: 'delivered' | 'durable' | undefined
  /** Longest wait, in milliseconds. Default: no limit except the delivery deadlines. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait; nothing that was accepted is cancelled. */
  readonly signal?: AbortSignal | undefined
}

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

function wrongTimeout(timeoutMs: unknown): Error {
  return optionError([`timeoutMs: must be a number of milliseconds, 0 or more, got ${shown(timeoutMs)}`])
}
