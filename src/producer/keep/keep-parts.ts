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
  /** Batches of a group are sent one after the other: those on disk before newer ones. */
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
  /** The batch is delivered. */
  deliver(batch: ProducerBatch): void
  /** A batch that delivery has parked is tried again later. */
  postpone(batch: ProducerBatch, delayMs: number): void
  /** A batch came from disk: it is in memory from now on. */
  replayed(batch: ProducerBatch): void
  /** The batch is on disk now: it has no deadline any more, and sends that waited for this resolve. */
  kept(batch: ProducerBatch): void
  /** The batch stays on disk, although the service refuses it: waiting sends reject with the reason. */
  refused(batch: ProducerBatch, failure: BatchFailure): void
  /** The batch leaves memory and is on disk. Waiting sends reject with the reason. */
  detach(batch: ProducerBatch): void
  /** The batch could not be kept, and is lost for the reason for which it should have been kept. */
  failed(batch: ProducerBatch, failure: BatchFailure): void
  /** Counts the batch as dropped: it was only on disk. */
  droppedFromDisk(group: string, logCount: number, reason: 'age' | 'drop-oldest'): void
  recovered(logCount: number, records: number): void
  lost(logCount: number, records: number): void
  /** The spool does not work; it is tried again. */
  troubled(error: ProducerError): void
}
