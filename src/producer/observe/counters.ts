import type { SplitReason } from '../batch/batch-parts.ts'
import type { RetryReason } from '../deliver/retry-policy.ts'
import type { SealReason } from '../sends/seal-reason.ts'
import type { Settlement } from '../settle/settlement-queue.ts'
import { LatencyHistogram } from './latency.ts'
import type { CountsByName } from './metrics.ts'

/** Counts by name; a name appears with its first occurrence. */
class NamedCounts {
  readonly #counts = new Map<string, number>()

  add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  snapshot(): CountsByName {
    return Object.fromEntries(this.#counts)
  }
}

/** Every counter of a producer. They only grow. */
export class Counters {
  acceptedLogs = 0
  deliveredLogs = 0
  failedLogs = 0
  droppedLogs = 0
  /** Of the failed: those that `close` came too early for. */
  closedLogs = 0
  refusedLogs = 0
  deliveredBatches = 0
  failedBatches = 0
  rawBytes = 0
  sentBytes = 0
  callbackErrors = 0
  recoveredLogs = 0
  damagedLogs = 0
  durableLogs = 0
  spoolTroubles = 0
  readonly failedByCode = new NamedCounts()
  readonly droppedByReason = new NamedCounts()
  readonly refusedByCode = new NamedCounts()
  readonly sealedByReason = new NamedCounts()
  readonly retriesByReason = new NamedCounts()
  readonly splitsByReason = new NamedCounts()
  readonly queueMs = new LatencyHistogram()
  readonly compressMs = new LatencyHistogram()
  readonly requestMs = new LatencyHistogram()
  readonly totalMs = new LatencyHistogram()

  sealed(reason: SealReason): void {
    this.sealedByReason.add(reason, 1)
  }

  dropped(reason: string, logCount: number): void {
    this.droppedLogs += logCount
    this.droppedByReason.add(reason, logCount)
  }

  refused(code: string, logCount: number): void {
    this.refusedLogs += logCount
    this.refusedByCode.add(code, logCount)
  }

  retried(reason: RetryReason): void {
    this.retriesByReason.add(reason, 1)
  }

  split(reason: SplitReason): void {
    this.splitsByReason.add(reason, 1)
  }

  completed({ outcome, logCount, error, result }: Settlement): void {
    if (outcome === 'delivered') {
      this.deliveredLogs += logCount
      this.rawBytes += result.rawSizeInBytes
      this.sentBytes += result.sentSizeInBytes
    } else if (outcome === 'dropped') {
      this.dropped('drop-oldest', logCount)
    } else if (outcome === 'damaged') {
      this.damagedLogs += logCount
    } else if (outcome === 'spooled') {
      return
    } else {
      this.failedLogs += logCount
      if (error?.code === 'ERR_LOGHUB_CLOSED') this.closedLogs += logCount
      this.failedByCode.add(error?.code ?? '', logCount)
    }
    if (outcome === 'delivered') this.deliveredBatches++
    else this.failedBatches++
    this.queueMs.record(result.queuedMs)
    this.totalMs.record(result.queuedMs + result.sendingMs)
  }
}
