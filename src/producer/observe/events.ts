import { ProducerError } from '../../core/errors.ts'
import { nearestName } from '../../core/nearest-name.ts'
import { shown } from '../../core/shown.ts'
import type { RetryReason } from '../deliver/retry-policy.ts'
import type { SendError } from '../sends/send-error.ts'
import type { SendResult } from '../sends/send-result.ts'
import type { DeadLetter } from '../settle/dead-letter.ts'

/** Events of a producer. If a listener throws, the error is counted and logged, and has no other effect. */
export interface ProducerEvents {
  /** A batch, or a part of one that was split, is stored. After its callbacks. */
  success: { readonly logCount: number; readonly result: SendResult }
  /** A batch, or a part of one that was split, was given up. After its callbacks. */
  failure: { readonly logCount: number; readonly result: SendResult; readonly error: SendError }
  /** A batch was given up to make room (`drop-oldest`). After its callbacks. */
  drop: { readonly logCount: number; readonly result: SendResult; readonly error: SendError }
  /** A batch that was only on disk was dropped: it was older than `maxAgeMs`, or made room for newer ones (`drop-oldest`). */
  dropFromDisk: {
    readonly logCount: number
    readonly project: string
    readonly logstore: string
    readonly reason: 'age' | 'drop-oldest'
  }
  /** A batch is on disk. */
  durable: { readonly logCount: number; readonly result: SendResult }
  /** A batch left memory and stays on disk until it can be sent. After its callbacks. */
  spooled: { readonly logCount: number; readonly result: SendResult; readonly error: SendError }
  /** Batches were found on disk, and will be sent. */
  recovered: { readonly logCount: number; readonly batchCount: number }
  /** Batches on disk are damaged or missing. `logCount`: of those that were found by opening; a damaged batch that was read fails besides. */
  damaged: { readonly logCount: number; readonly batchCount: number }
  /** The spool cannot be opened or written to. Batches stay in memory, and writing is tried again. */
  spoolError: { readonly error: ProducerError }
  /** The service will never accept a log: its content is refused, or it is too large by itself. */
  deadLetter: DeadLetter
  /** An attempt failed and will be repeated. */
  retry: RetryEvent
  /** A send was refused before anything of it was accepted. */
  refused: { readonly logCount: number; readonly error: ProducerError }
  /** After a `trySend` that returned false: there is memory again. */
  drain: undefined
  /** A callback or a listener threw. */
  callbackError: { readonly error: Error }
}

/** Every event, for those who listen to all of them and to refuse a misspelt name. */
export const EVENT_NAMES = [
  'success',
  'failure',
  'drop',
  'dropFromDisk',
  'durable',
  'spooled',
  'recovered',
  'damaged',
  'spoolError',
  'deadLetter',
  'retry',
  'refused',
  'drain',
  'callbackError',
] as const satisfies readonly (keyof ProducerEvents)[]

/** @throws ProducerError `ERR_LOGHUB_OPTION` for an unknown event */
export function checkEventName(event: unknown): void {
  if (EVENT_NAMES.includes(event as keyof ProducerEvents)) return
  const nearest = typeof event === 'string' ? nearestName(event, EVENT_NAMES) : undefined
  const advice = nearest === undefined ? `the events are ${EVENT_NAMES.join(', ')}` : `did you mean '${nearest}'?`
  throw new ProducerError('ERR_LOGHUB_OPTION', `there is no event ${shown(event)}; ${advice}`)
}

/** @throws ProducerError `ERR_LOGHUB_OPTION` for a listener that is not a function */
export function checkListener(listener: unknown): void {
  if (typeof listener === 'function') return
  throw new ProducerError('ERR_LOGHUB_OPTION', `a listener must be a function, got ${typeof listener}`)
}

/** If it returns a promise, a rejection counts as a throw. */
export type ProducerListener<Name extends keyof ProducerEvents> = (payload: ProducerEvents[Name]) => unknown

/** An attempt has failed, and the batch is sent again. */
export interface RetryEvent {
  /** The project that the batch goes to. */
  readonly project: string
  /** The logstore that the batch goes to. */
  readonly logstore: string
  /** Logs in the batch. */
  readonly logCount: number
  /** The `__pack_id__` tag of the batch. */
  readonly packId: string
  /** Attempts made so far. */
  readonly attemptCount: number
  /** Until the next attempt, in milliseconds. */
  readonly delayMs: number
  /** What kind of failure it was. */
  readonly reason: RetryReason
  /** Why the attempt failed. */
  readonly error: ProducerError
}
