import type { Clock } from '../../core/clock.ts'
import type { ProducerError } from '../../core/errors.ts'
import type { Payload } from '../../sls/sink.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { MemoryAccount } from '../batch/reservation.ts'
import type { Overflow } from '../options.ts'
import type { BatchFailure } from '../sends/send-error.ts'
import type { ResolvedSpoolConfig } from './spool-config.ts'
import type { OpenSpool } from './spool-opening.ts'

export interface KeepParts {
  readonly config: ResolvedSpoolConfig
  readonly clock: Clock
  readonly openSpool: OpenSpool
  readonly compress: (raw: Buffer) => Promise<Payload>
  readonly memory: MemoryAccount
  /** Whether the order of a group is kept: batches on disk are sent before newer ones. */
  readonly keepsOrder: boolean
  /** Bytes of batches from disk that may be in memory at once. */
  readonly windowBytes: () => number
  /** Batches from disk that may be in flight to one destination at once, while fresh batches come or while none do. */
  readonly windowBatches: (freshOnesCome: boolean) => number
  /** With `drop-oldest`, the oldest batches on disk make room for newer ones. */
  readonly overflow: () => Overflow
  readonly hasProject: (project: string) => boolean
  readonly nextPackId: (key: GroupKey) => string
}

export interface KeepListener {
  /** Passes the batch to delivery. */
  deliver(batch: ProducerBatch): void
  /** Delivery tries a parked batch again after `delayMs`. */
  postpone(batch: ProducerBatch, delayMs: number): void
  /** A batch was read back from disk. */
  replayed(batch: ProducerBatch): void
  /** The batch is on disk: it has no delivery deadline any more, and sends with `resolveOn: 'durable'` resolve. */
  kept(batch: ProducerBatch): void
  /** The service refused the batch, which stays on disk: waiting sends reject with the reason. */
  refused(batch: ProducerBatch, failure: BatchFailure): void
  /** The batch leaves memory and stays on disk. Waiting sends reject with `ERR_LOGHUB_SPOOLED`. */
  detach(batch: ProducerBatch): void
  /** The batch could not be written to disk and fails, with the failure because of which it should have been written. */
  failed(batch: ProducerBatch, failure: BatchFailure): void
  /** A batch that was on disk only was dropped. */
  droppedFromDisk(group: string, logCount: number, reason: 'age' | 'drop-oldest'): void
  recovered(logCount: number, records: number): void
  lost(logCount: number, records: number): void
  /** The spool cannot be opened or written to; this is tried again. */
  troubled(error: ProducerError): void
}
