import type { Counters } from './counters.ts'
import type { ProducerMetrics } from './metrics.ts'

/** What a snapshot reads beside the counters, taken in one turn. */
export interface Readings {
  readonly logsInMemory: number
  readonly logsOnDisk: number
  readonly spool: ProducerMetrics['spool']
  readonly batches: Pick<ProducerMetrics['batches'], 'open' | 'queued' | 'inFlight' | 'retrying' | 'held' | 'inLine'>
  readonly memory: ProducerMetrics['memory']
  readonly requests: Pick<ProducerMetrics['requests'], 'made' | 'failed'>
  readonly lanes: ProducerMetrics['lanes']
}

/** The metrics of a producer; nothing is changed by taking them. */
export function snapshotOf(counters: Counters, readings: Readings): ProducerMetrics {
  return {
    logs: {
      accepted: counters.acceptedLogs,
      delivered: counters.deliveredLogs,
      failed: counters.failedLogs,
      failedByCode: counters.failedByCode.snapshot(),
      dropped: counters.droppedLogs,
      droppedByReason: counters.droppedByReason.snapshot(),
      inMemory: readings.logsInMemory,
      onDisk: readings.logsOnDisk,
      recovered: counters.recoveredLogs,
      damaged: counters.damagedLogs,
      refused: counters.refusedLogs,
      refusedByCode: counters.refusedByCode.snapshot(),
    },
    batches: {
      ...readings.batches,
      delivered: counters.deliveredBatches,
      failed: counters.failedBatches,
      sealedByReason: counters.sealedByReason.snapshot(),
    },
    memory: readings.memory,
    requests: {
      ...readings.requests,
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
    lanes: readings.lanes,
    spool: readings.spool,
    callbackErrors: counters.callbackErrors,
  }
}
