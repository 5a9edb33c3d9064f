import type { SealReason } from './seal-reason.ts'

/** One request for a batch, as the user sees it. */
export interface Attempt {
  /** Whether the service has stored the batch. */
  readonly successful: boolean
  /** Epoch milliseconds when the attempt began. */
  readonly startedAt: number
  /** Until it ended, in milliseconds. */
  readonly durationMs: number
  /** The service's id of the request; empty where there was no answer. */
  readonly requestId: string
  /** The service's code, or this package's where there was no answer; empty on success. */
  readonly errorCode: string
  /** What the service said or what failed; empty on success. */
  readonly errorMessage: string
}

/** What became of a send: the same object for every send that shared the batch, or the part of one that was split. */
export interface SendResult {
  /** Whether the service has stored the logs. */
  readonly successful: boolean
  /** The project that the logs went to. */
  readonly project: string
  /** The logstore that the logs went to. */
  readonly logstore: string
  /** The newest attempts, oldest first; `maxReservedAttempts` at most. */
  readonly attempts: readonly Attempt[]
  /** All attempts made, also those no longer kept. 0 for a batch that never reached a lane. */
  readonly attemptCount: number
  /** The service's id of the last request; empty where there was none. */
  readonly requestId: string
  /** The `__pack_id__` tag of the batch or the part: the same over all its attempts. Empty for a batch that was never sealed. */
  readonly packId: string
  /** Logs in the batch that the send travelled in or, where that was split, in the part. */
  readonly batchLogCount: number
  /** Bytes of the batch before compression. */
  readonly rawSizeInBytes: number
  /** Bytes on the wire; 0 for a batch that was never compressed. */
  readonly sentSizeInBytes: number
  /** Undefined for a batch that was given up while it was open. */
  readonly sealReason: SealReason | undefined
  /** From the first append until the first attempt began: linger and queueing. */
  readonly queuedMs: number
  /** From the first attempt until the verdict: requests and back-off. */
  readonly sendingMs: number
  /** When the batch was on disk, in epoch milliseconds; undefined where it was not kept there. */
  readonly durableAt?: number | undefined
  /** For a list that needed several requests: the results of its parts, in order. */
  readonly parts?: readonly SendResult[]
}
