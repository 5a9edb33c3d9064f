import { type ErrorCode, ProducerError } from '../../core/errors.ts'
import type { SendResult } from './send-result.ts'

/** An accepted send that was not delivered. `cause` is the last thing that went wrong on the way. */
export class SendError extends ProducerError {
  readonly result: SendResult
  /** HTTP status of the last answer, where there was one. */
  readonly status: number | undefined
  /** The service's own code of the last answer, such as `WriteQuotaExceed`. */
  readonly serverCode: string | undefined
  readonly requestId: string

  /** @internal */
  constructor(failure: BatchFailure, result: SendResult) {
    super(failure.code, failure.message, { retriable: failure.retriable, cause: failure.cause })
    this.result = result
    this.status = failure.status
    this.serverCode = failure.serverCode
    this.requestId = result.requestId
  }

  static {
    SendError.prototype.name = 'SendError'
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
