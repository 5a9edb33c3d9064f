import type { Pipeline } from '../pipeline.ts'
import type { ProducerMetrics } from './metrics.ts'

/** Reads every part at once; nothing is changed by it. */
export function takeSnapshot(pipeline: Pipeline): ProducerMetrics {
  const { counters, budget, intake, incomplete, accumulator, delivery } = pipeline
  const { requests, failedRequests, lanes, ...waiting } = delivery.state
  return {
    logs: {
      accepted: counters.acceptedLogs,
      delivered: counters.deliveredLogs,
      failed: counters.failedLogs,
      failedByCode: counters.failedByCode.snapshot(),
      dropped: counters.droppedLogs,
      droppedByReason: counters.droppedByReason.snapshot(),
      inMemory: incomplete.logCount,
      refused: counters.refusedLogs,
      refusedByCode: counters.refusedByCode.snapshot(),
    },
    batches: {
      open: accumulator.openCount,
      ...waiting,
      delivered: counters.deliveredBatches,
      failed: counters.failedBatches,
      sealedByReason: counters.sealedByReason.snapshot(),
    },
    memory: {
      totalBytes: budget.totalBytes,
      usedBytes: budget.usedBytes,
      highWaterBytes: budget.highWaterBytes,
      blockedSends: intake.blockedSends,
      blockedBytes: intake.blockedBytes,
    },
    requests: {
      made: requests,
      failed: failedRequests,
      retriesByReason: counters.retriesByReason.snapshot(),
      splitsByReason: counters.splitsByReason.snapshot(),
      rawBytes: counters.rawBytes,
      sentBytes: counters.sentBytes,
    },
    latency: {
      queueMs: counters.queueMs.snapshot(),
      compressMs: counters.compressMs.snapshot(),
      requestMs: counters.requestMs.snapshot(),
      totalMs: counters.totalMs.snapshot(),
    },
    lanes,
    callbackErrors: counters.callbackErrors,
  }
}
