import type { ProducerBatch, SealReason } from '../accumulate/producer-batch.ts'

/** One request for a batch, as the user sees it. */
export interface Attempt {
  readonly successful: boolean
  /** Epoch milliseconds when the attempt began. */
  readonly startedAt: number
  readonly durationMs: number
  /** The service's id of the request; empty where there was no answer. */
  readonly requestId: string
  /** The service's code, or this package's where there was no answer; empty on success. */
  readonly errorCode: string
  readonly errorMessage: string
}

/** What became of a send: the same object for every send that shared the batch. */
export interface SendResult {
  readonly successful: boolean
  readonly project: string
  readonly logstore: string
  /** The newest attempts, oldest first; `maxReservedAttempts` at most. */
  readonly attempts: readonly Attempt[]
  /** All attempts made, also those no longer kept. 0 for a batch that never reached a lane. */
  readonly attemptCount: number
  /** The service's id of the last request; empty where there was none. */
  readonly requestId: string
  /** The `__pack_id__` tag of the batch: the same over all its attempts. */
  readonly packId: string
  /** Logs in the batch that the send travelled in. */
  readonly batchLogCount: number
  readonly rawSizeInBytes: number
  /** Bytes on the wire; 0 for a batch that was never compressed. */
  readonly sentSizeInBytes: number
  readonly sealReason: SealReason
  /** From the first append until the first attempt began: linger and queueing. */
  readonly queuedMs: number
  /** From the first attempt until the verdict: requests and back-off. */
  readonly sendingMs: number
  /** For a list that one request could not hold: the results of its parts, in order. */
  readonly parts?: readonly SendResult[]
}

/** The result of a batch that has just ended. */
export function resultOf(batch: ProducerBatch, nowMs: number): SendResult {
  const firstAttemptAtMs = batch.firstAttemptAtMs ?? nowMs
  return {
    successful: batch.outcome === 'delivered',
    project: batch.key.project,
    logstore: batch.key.logstore,
    // A copy: an answer that comes after the verdict is still recorded in the batch.
    attempts: [...batch.attempts],
    attemptCount: batch.attemptCount,
    requestId: batch.attempts.at(-1)?.requestId ?? '',
    packId: batch.packId,
    batchLogCount: batch.logCount,
    rawSizeInBytes: batch.rawSizeInBytes,
    sentSizeInBytes: batch.payload?.bytes.length ?? 0,
    // A batch can end before it is sealed only when close ran out of time.
    sealReason: batch.sealReason ?? 'close',
    queuedMs: firstAttemptAtMs - batch.openedAtMs,
    sendingMs: nowMs - firstAttemptAtMs,
  }
}
