import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { SendResult } from '../sends/send-result.ts'

/** The result of what the last request of a batch carried, before that is taken out of the batch. */
export function resultOf(batch: ProducerBatch, successful: boolean, nowMs: number): SendResult {
  const firstAttemptAtMs = batch.firstAttemptAtMs ?? nowMs
  return {
    successful,
    project: batch.key.project,
    logstore: batch.key.logstore,
    // A copy: an answer that comes after the verdict is still recorded in the batch.
    attempts: [...batch.attempts],
    attemptCount: batch.attemptCount,
    requestId: batch.attempts.at(-1)?.requestId ?? '',
    packId: batch.packId,
    batchLogCount: batch.partLogCount,
    rawSizeInBytes: batch.rawSizeInBytes,
    sentSizeInBytes: batch.payload?.bytes.length ?? 0,
    sealReason: batch.sealReason,
    queuedMs: firstAttemptAtMs - batch.openedAtMs,
    sendingMs: nowMs - firstAttemptAtMs,
  }
}
