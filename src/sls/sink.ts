import { type ErrorCode, isProducerError, ProducerError, setErrorName } from '../core/errors.ts'

/** How a body is compressed. */
export type Compression = 'lz4' | 'zstd' | 'deflate' | 'none'

/** A LogGroup as it is sent. It is compressed once and sent in each attempt. */
export interface Payload {
  /** The body as it is sent. */
  readonly bytes: Uint8Array
  /** Size before compression, the `x-log-bodyrawsize` of the request. */
  readonly rawSizeInBytes: number
  /** How `bytes` is compressed. */
  readonly compression: Compression
}

/** A batch for a sink. */
export interface SinkRequest {
  /** The project to write to. */
  readonly project: string
  /** The logstore to write to. */
  readonly logstore: string
  /** 32 hex digits that pick the shard, or undefined for any shard. */
  readonly shardHash: string | undefined
  /** The batch as it is sent. */
  readonly payload: Payload
  /** Time limit of this attempt, in milliseconds. The sink must keep it: its lane and `close` wait until it settles. */
  readonly timeoutMs: number
  /** Index of the lane, from 0. A lane makes one request at a time, so a sink can keep a connection for each. */
  readonly lane: number
}

/** The confirmation that a batch is stored. */
export interface Receipt {
  /** The service's id of the request. */
  readonly requestId: string
}

/**
 * Where batches go. One call is one attempt: a sink never retries. It resolves when the batch is stored and rejects
 * with a {@link SinkError}; any other error counts as a final failure. If an answer says that the clock differs or the
 * credentials no longer work, the sink remembers it for the next attempt.
 */
export interface Sink {
  /** Resolves when the batch is stored. Rejects with a {@link SinkError} if it knows why it is not. The signal ends the attempt. */
  send(request: SinkRequest, signal: AbortSignal): Promise<Receipt>
  /** Frees connections and other resources. The producer calls it once, at its end. */
  close(): Promise<void>
}

/**
 * The kind of a failure. The retry policy depends only on it.
 *
 * - `back-off`: network, timeout, 5xx, unreadable answers, things that may appear later
 * - `quota`: the project, logstore or shard is over its write quota
 * - `credentials`: refused key, signature or token; the sink has marked them for renewal
 * - `clock`: the request's date was refused; the sink has learned the offset
 * - `too-large`: the body is over the service's limit
 * - `content`: the service refuses a log inside
 * - `final`: sending it again cannot help
 */
export type FailureClass = 'back-off' | 'quota' | 'credentials' | 'clock' | 'too-large' | 'content' | 'final'

/** What is known of a failed attempt. */
export interface SinkErrorDetails {
  /** What kind of failure it is: it decides whether the batch is sent again. */
  readonly failureClass: FailureClass
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined
  /** The service's own code, such as `WriteQuotaExceed`. */
  readonly serverCode?: string | undefined
  /** The service's id of the request, where there was an answer. */
  readonly requestId?: string | undefined
  /** How long the answer asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** The connection had been idle and was closed by the other side: nothing was wrong with the request. */
  readonly staleConnection?: boolean | undefined
  /**
   * The credentials cannot be right: the service refused them, it has never taken any for the project, and no others are
   * to be had (they are fixed, or the provider returned the same ones again). To go on trying is a waste of time.
   */
  readonly wrongCredentials?: boolean | undefined
  /** The error behind it. */
  readonly cause?: unknown
}

/** The same request can only fail again. */
const PERMANENT: ReadonlySet<FailureClass> = new Set<FailureClass>(['too-large', 'content', 'final'])

/** Why one attempt failed. */
export class SinkError extends ProducerError {
  /** What kind of failure it is: it decides whether the batch is sent again. */
  readonly failureClass: FailureClass
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** The service's own code, such as `WriteQuotaExceed`. */
  readonly serverCode: string | undefined
  /** The service's id of the request, where there was an answer. */
  readonly requestId: string | undefined
  /** How long the answer asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** The connection had been idle and was closed by the other side: nothing was wrong with the request. */
  readonly staleConnection: boolean
  /** See {@link SinkErrorDetails.wrongCredentials}. */
  readonly wrongCredentials: boolean

  constructor(code: ErrorCode, message: string, details: SinkErrorDetails) {
    super(code, message, { retriable: !PERMANENT.has(details.failureClass), cause: details.cause })
    this.failureClass = details.failureClass
    this.status = details.status
    this.serverCode = details.serverCode
    this.requestId = details.requestId
    this.retryAfterMs = details.retryAfterMs
    this.staleConnection = details.staleConnection ?? false
    this.wrongCredentials = details.wrongCredentials ?? false
  }

  static {
    setErrorName(this, 'SinkError')
  }
}

/** Whether a value is a {@link SinkError}, from whichever copy of this package. */
export function isSinkError(value: unknown): value is SinkError {
  return isProducerError(value) && 'failureClass' in value
}
