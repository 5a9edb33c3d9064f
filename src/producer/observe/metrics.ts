import type { LaneMetrics } from '../deliver/lane.ts'
import type { LatencySnapshot } from './latency.ts'

/** A count for each code or reason that has occurred. */
export type CountsByName = Readonly<Record<string, number>>

/** A reading of the producer; taking it changes nothing. Counters only grow; the others are the state of now. */
export interface ProducerMetrics {
  /**
   * Counted in logs. At any moment `accepted + recovered = delivered + failed + dropped + inMemory + onDisk + damaged`; the last
   * three of these words are 0 without a spool.
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
    /** On disk, those of batches that are in memory as well included. */
    readonly onDisk: number
    /** Found on disk: left there by an earlier process, or by another one that died. */
    readonly recovered: number
    /** Were on disk, and what is there now is not what was written. */
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
    /** Held back because their project or logstore is in trouble, or over its quota. */
    readonly held: number
    /** Waiting for an earlier batch of their group: only with the router `key-hash`. */
    readonly inLine: number
    readonly delivered: number
    readonly failed: number
    readonly sealedByReason: CountsByName
  }
  /** The budget and what is in use of it. */
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
    /** Requests answered by cutting their logs in two: `too-large`, or `content` to find the log that is refused. No retries. */
    readonly splitsByReason: CountsByName
    /** Of delivered batches, before and after compression. */
    readonly rawBytes: number
    readonly sentBytes: number
  }
  /** How long batches take on their way. */
  readonly latency: {
    /** From the first log of a batch to its first attempt. */
    readonly queueMs: LatencySnapshot
    readonly compressMs: LatencySnapshot
    /** One HTTP request. */
    readonly requestMs: LatencySnapshot
    /** From the first log of a batch to its verdict. */
    readonly totalMs: LatencySnapshot
  }
  /** Each lane and its line. */
  readonly lanes: readonly LaneMetrics[]
  /** Undefined without the option `spool`, and until the spool is open. */
  readonly spool: SpoolMetrics | undefined
  /** Callbacks and listeners that threw or rejected. */
  readonly callbackErrors: number
}

/** What is on disk, and what was done there. Records are batches. */
export interface SpoolMetrics {
  /** What the files take, those in quarantine left out. */
  readonly bytes: number
  /** Batches on disk that wait for their end. */
  readonly records: number
  /** How long the oldest batch has been on disk, by the wall clock; 0 where there is none. */
  readonly oldestAgeMs: number
  /** Batches written to disk. */
  readonly appends: number
  /** How often files were forced to the disk; one time covers many batches. */
  readonly syncs: number
  /** Batches that earlier processes had left on disk. */
  readonly recoveredRecords: number
  /** Damaged or missing. */
  readonly lostRecords: number
  /** Segments set aside because they held damage. */
  readonly quarantined: number
  /** Batches that came back from disk to be sent. */
  readonly replayed: number
  /** How often an append failed: no room, or a disk that fails. */
  readonly troubles: number
  /** What is on disk, by the name of the project. */
  readonly byProject: Readonly<
    Record<string, { readonly records: number; readonly logs: number; readonly bytes: number }>
  >
}
