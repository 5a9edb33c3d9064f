import { type ErrorCode, ProducerError, setErrorName } from '../../core/errors.ts'
import type { SinkError } from '../../sls/sink.ts'
import type { SendResult } from './send-result.ts'

/** A log that the service refuses for its content, or that is too large for it by itself. */
export interface RefusedLog {
  /** Its index in the list that was sent; 0 for a single log. */
  readonly index: number
  /** The service's refusal of this log alone. */
  readonly error: SinkError
}

/** A range of logs of a list that are stored. */
export interface StoredLogs {
  /** Index of the first of them in the list that was sent. */
  readonly firstIndex: number
  /** How many logs, from that one on. */
  readonly logCount: number
}

/**
 * An accepted send that was not delivered. `cause` is the last failure.
 *
 * @example
 * ```ts
 * import { SendError } from 'loghub-producer'
 *
 * producer.send({ logs: { contents: { n: 1 } } }, (error) => {
 *   if (error instanceof SendError) console.error(error.code, error.serverCode, error.result.attemptCount)
 * })
 * ```
 */
export class SendError extends ProducerError {
  /** The result of the send, with its attempts. */
  readonly result: SendResult
  /** HTTP status of the last answer, if there was one. */
  readonly status: number | undefined
  /** The service's own code of the last answer, such as `WriteQuotaExceed`. */
  readonly serverCode: string | undefined
  /** The service's id of the last request; empty if there was none. */
  readonly requestId: string
  /** If not empty: exactly these logs of the send are not stored, by rising index; all its other logs are stored. */
  readonly refusedLogs: readonly RefusedLog[]
  /**
   * Of a list that took several requests and failed as a whole: the logs that are stored, by rising index. Leave them out if you send
   * the list again, or they are stored twice.
   */
  readonly storedLogs: readonly StoredLogs[]

  /** @internal */
  constructor(
    failure: BatchFailure,
    result: SendResult,
    refusedLogs: readonly RefusedLog[] = [],
    storedLogs: readonly StoredLogs[] = [],
  ) {
    super(failure.code, failure.message, { retriable: failure.retriable, cause: failure.cause })
    this.result = result
    this.status = failure.status
    this.serverCode = failure.serverCode
    this.requestId = result.requestId
    this.refusedLogs = refusedLogs
    this.storedLogs = storedLogs
  }

  static {
    setErrorName(this, 'SendError')
  }
}

/** Why a batch was given up, before it is told to each of its sends. */
export interface BatchFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly retriable: boolean
  readonly status?: number
  readonly serverCode?: string
  readonly cause?: unknown
}

/** Why a send of `logCount` logs failed when all that is wrong are these of its logs. There is one at least. */
export function refusedLogsFailure(refused: readonly RefusedLog[], logCount: number): BatchFailure {
  const { index, error } = refused[0] as RefusedLog
  const { code, status, serverCode } = error
  const which = logCount === 1 ? 'the log was' : `${refused.length} of ${logCount} logs were`
  const first = logCount === 1 ? '' : ` logs[${index}]:`
  const message = `${which} refused:${first} ${error.message}`
  return { code, message, retriable: false, status, serverCode, cause: error }
}
