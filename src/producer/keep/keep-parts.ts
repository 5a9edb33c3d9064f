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
  /** Batches of a group go one after the other: what is on disk goes before what is newer. */
  readonly keepsOrder: boolean
  /** Bytes of batches from disk that may be in memory at once. */
  readonly windowBytes: () => number
  /** Batches from disk that may be under way to one destination at once, while fresh ones come or while none do. */
  readonly windowBatches: (freshOnesCome: boolean) => number
  /** With `drop-oldest`, what is oldest on disk makes room there for what is newer. */
  readonly overflow: () => Overflow
  readonly hasProject: (project: string) => boolean
  readonly nextPackId: (key: GroupKey) => string
}

export interface KeepListener {
  /** The batch is delivered. */
  deliver(batch: ProducerBatch): void
  /** A batch that delivery has parked is tried again later. */
  postpone(batch: ProducerBatch, delayMs: number): void
  /** A batch came from disk: it is under way from now on. */
  replayed(batch: ProducerBatch): void
  /** It is on disk now: it has no deadline any longer, and who waits for that is told. */
  kept(batch: ProducerBatch): void
  /** It stays on disk, though the service refuses it: who still waits is told so. */
  refused(batch: ProducerBatch, failure: BatchFailure): void
  /** It leaves memory, being on disk. Who still waits is told so. */
  detach(batch: ProducerBatch): void
  /** It could not be kept and is lost for the reason for which it should have been kept. */
  failed(batch: ProducerBatch, failure: BatchFailure): void
  /** Counted as dropped: it was on disk only. */
  droppedFromDisk(group: string, logCount: number, reason: 'age' | 'drop-oldest'): void
  recovered(logCount: number, records: number): void
  lost(logCount: number, records: number): void
  /** The spool does not work. It is tried again. */
  troubled(error: ProducerError): void
}
