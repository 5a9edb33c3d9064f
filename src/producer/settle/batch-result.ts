import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { SendResult } from '../sends/send-result.ts'

/** The result of what the last request of a batch carried, before that is taken out of the batch. */
export function resultOf(batch: ProducerBatch, successful: boolean, nowMs: number): SendResult {
  const firstAttemptAtMs = batch.firstAttemptAtMs ?? nowMs
  return {
    successful,
    project: batch.key.project,
    logstore: batch.key.logstore,
    attempts: batch.history.attempts,
    attemptCount: batch.history.attemptCount,
    requestId: batch.history.last?.requestId ?? '',
    packId: batch.packId,
    batchLogCount: batch.partLogCount,
    rawSizeInBytes: batch.partSizeInBytes,
    sentSizeInBytes: batch.payload?.bytes.length ?? 0,
    sealReason: batch.sealed.sealReason,
    queuedMs: firstAttemptAtMs - batch.openedAtMs,
    sendingMs: nowMs - firstAttemptAtMs,
    ...(batch.durableAt !== undefined && { durableAt: batch.durableAt }),
  }
}
