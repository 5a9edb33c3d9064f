import type { LaneMetrics } from '../deliver/lane.ts'
import type { LatencySnapshot } from './latency.ts'

/** A count for each code or reason that has occurred. */
export type CountsByName = Readonly<Record<string, number>>

/** A snapshot of a producer. Counters only grow; the other figures are the current state. */
export interface ProducerMetrics {
  /**
   * Counted in logs. At any moment `accepted + recovered = delivered + failed + dropped + inMemory + onDisk + damaged`; `recovered`,
   * `onDisk` and `damaged` are 0 without a spool.
   */
  readonly logs: {
    readonly accepted: number
    readonly delivered: number
    readonly failed: number
    readonly failedByCode: CountsByName
    /** Given up to make room. */
    readonly dropped: number
    readonly droppedByReason: CountsByName
    /** In memory only. */
    readonly inMemory: number
    /** On disk, including batches that are also in memory, and those that another process took over. */
    readonly onDisk: number
    /** Found on disk: left by an earlier process, or by another one that died. */
    readonly recovered: number
    /** Lost on disk: damaged or missing. */
    readonly damaged: number
    /** Never accepted: bad input, no room, closed. */
    readonly refused: number
    readonly refusedByCode: CountsByName
  }
  /** `delivered` and `failed` count verdicts: each part of a batch that was split is one. Elsewhere it stays one batch. */
  readonly batches: {
    readonly open: number
    /** Sealed and waiting for a lane. */
    readonly queued: number
    readonly inFlight: number
    /** Waiting for their next attempt. */
    readonly retrying: number
    /** Held because their project or logstore fails or is over its quota. */
    readonly held: number
    /** Waiting for an earlier batch of their group: only with the router `key-hash`. */
    readonly inLine: number
    readonly delivered: number
    readonly failed: number
    readonly sealedByReason: CountsByName
  }
  /** The memory budget and its use, in bytes. */
  readonly memory: {
    readonly totalBytes: number
    readonly usedBytes: number
    readonly highWaterBytes: number
    readonly blockedSends: number
    readonly blockedBytes: number
  }
  /** Requests and their answers. */
  readonly requests: {
    readonly made: number
    readonly failed: number
    readonly retriesByReason: CountsByName
    /** Requests whose batch was split: `too-large`, or `content` to find the refused log. These are not retries. */
    readonly splitsByReason: CountsByName
    /** Bytes of delivered batches, before and after compression. */
    readonly rawBytes: number
    readonly sentBytes: number
  }
  /** How long the stages of a batch take. */
  readonly latency: {
    /** From the first log of a batch to its first attempt. */
    readonly queueMs: LatencySnapshot
    readonly compressMs: LatencySnapshot
    /** One HTTP request. */
    readonly requestMs: LatencySnapshot
    /** From the first log of a batch to its verdict. */
    readonly totalMs: LatencySnapshot
  }
  /** Each lane and its queue. */
  readonly lanes: readonly LaneMetrics[]
  /** Undefined without the option `spool`, and until the spool is open. */
  readonly spool: SpoolMetrics | undefined
  /** Callbacks and listeners that threw or rejected. */
  readonly callbackErrors: number
}

/** What is on disk, and what was written and read. A record is a batch. */
export interface SpoolMetrics {
  /** Size of the files, without those in quarantine. */
  readonly bytes: number
  /** The option `spool.maxBytes`. */
  readonly maxBytes: number
  /** Batches on disk that are not settled. */
  readonly records: number
  /** How long the oldest batch has been on disk, in milliseconds of the wall clock; 0 if there is none. */
  readonly oldestAgeMs: number
  /** Batches written to disk. */
  readonly appends: number
  /** Logs of this producer that were written to disk. */
  readonly durableLogs: number
  /** How often files were forced to the disk; one sync covers many batches. */
  readonly syncs: number
  /** Batches that earlier processes had left on disk. */
  readonly recoveredRecords: number
  /** Damaged or missing. */
  readonly lostRecords: number
  /** Segments set aside because they held damage. */
  readonly quarantined: number
  /** Batches that came back from disk to be sent. */
  readonly replayed: number
  /** How often an append, or opening the spool, failed: no room, or a failing disk. */
  readonly troubles: number
  /** What is on disk, by project. */
  readonly byProject: Readonly<
    Record<string, { readonly records: number; readonly logs: number; readonly bytes: number }>
  >
}
