import type { Pipeline } from '../pipeline.ts'
import type { ProducerMetrics } from './metrics.ts'

/** Reads every part at once; nothing is changed by it. */
export function takeSnapshot(pipeline: Pipeline): ProducerMetrics {
  const { counters, budget, intake, incomplete, accumulator, pool, retries } = pipeline
  const lanes = pool.laneMetrics
  return {
    logs: {
      accepted: counters.acceptedLogs,
      delivered: counters.deliveredLogs,
      failed: counters.failedLogs,
      failedByCode: counters.failedByCode.snapshot(),
      inMemory: incomplete.logCount,
      refused: counters.refusedLogs,
      refusedByCode: counters.refusedByCode.snapshot(),
    },
    batches: {
      open: accumulator.openCount,
      queued: pool.queued,
      inFlight: pool.inFlight,
      retrying: retries.size,
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
      made: lanes.reduce((sum, lane) => sum + lane.requests, 0),
      failed: lanes.reduce((sum, lane) => sum + lane.failedRequests, 0),
      retriesByReason: counters.retriesByReason.snapshot(),
      splitsByReason: counters.splitsByReason.snapshot(),
      rawBytes: counters.rawBytes,
      sentBytes: counters.sentBytes,
    },
    latency: {
      queuedMs: counters.queuedMs.snapshot(),
      sendingMs: counters.sendingMs.snapshot(),
      totalMs: counters.totalMs.snapshot(),
    },
    lanes,
    callbackErrors: counters.callbackErrors,
  }
}
