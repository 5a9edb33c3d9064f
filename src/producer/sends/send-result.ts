import type { SealReason } from './seal-reason.ts'

/** One request for a batch, as the user sees it. */
export interface Attempt {
  /** Whether the service has stored the batch. */
  readonly successful: boolean
  /** Epoch milliseconds when the attempt began. */
  readonly startedAt: number
  /** Duration in milliseconds. */
  readonly durationMs: number
  /** The service's id of the request; empty if there was no answer. */
  readonly requestId: string
  /** The service's code, or a code of this package if there was no answer; empty on success. */
  readonly errorCode: string
  /** The message of the service, or what failed; empty on success. */
  readonly errorMessage: string
}

/** The result of a send. All sends in a batch, or in a part of a split batch, share one object. */
export interface SendResult {
  /** Whether the service has stored the logs. */
  readonly successful: boolean
  /** The project that the logs went to. */
  readonly project: string
  /** The logstore that the logs went to. */
  readonly logstore: string
  /** The newest attempts, oldest first; `maxReservedAttempts` at most. */
  readonly attempts: readonly Attempt[]
  /** Number of all attempts, including those not kept. 0 for a batch that never reached a lane. */
  readonly attemptCount: number
  /** The service's id of the last request; empty if there was none. */
  readonly requestId: string
  /** The `__pack_id__` tag of the batch or the part: the same over all its attempts. Empty for a batch that was never sealed. */
  readonly packId: string
  /** Logs in the batch of the send or, if it was split, in the part. */
  readonly batchLogCount: number
  /** Bytes of the batch before compression. */
  readonly rawSizeInBytes: number
  /** Bytes as sent; 0 for a batch that was never compressed. */
  readonly sentSizeInBytes: number
  /** Why the batch was sealed; undefined for a batch that was given up while it was open. */
  readonly sealReason: SealReason | undefined
  /** Milliseconds from the first log of the batch to the first attempt: linger and queueing. */
  readonly queuedMs: number
  /** Milliseconds from the first attempt to the result: requests and back-off. */
  readonly sendingMs: number
  /** When the batch was on disk, in epoch milliseconds; undefined if it was not written there. */
  readonly durableAt?: number | undefined
  /** For a list that needed several requests: the results of its parts, in order. */
  readonly parts?: readonly SendResult[]
}
