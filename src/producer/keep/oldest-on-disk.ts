import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import { Deferred } from '../../core/deferred.ts'
import { isProducerError } from '../../core/errors.ts'
import type { Spool, TakenRecord } from '../../spool/spool.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { groupOf } from './batch-codec.ts'

export interface OldestOnDiskParts {
  readonly clock: Clock
  readonly spool: () => Spool | undefined
  readonly isDropping: () => boolean
  /** The record is dropped. */
  readonly drop: (record: TakenRecord) => void
}

/** Longest wait for the room of dropped records: it takes some disk operations, or never comes if the disk fails. */
const ROOM_MS = 200
/** Estimated size of a record without its body. */
const RECORD_BYTES = 1024

/** The overflow policy `drop-oldest` on disk: the oldest batches of a project are dropped to make room for newer ones. */
export class OldestOnDisk {
  readonly #parts: OldestOnDiskParts
  readonly #patience: Alarm
  #making: Deferred<void> | undefined

  constructor(parts: OldestOnDiskParts) {
    this.#parts = parts
    this.#patience = new Alarm(parts.clock, () => this.roomCame())
  }

  /** A batch could not be written. Resolves to true if batches were dropped for it, so that another attempt may succeed. */
  async makeRoom(batch: ProducerBatch, error: unknown): Promise<boolean> {
    const isFull = isProducerError(error) && error.code === 'ERR_LOGHUB_SPOOL_FULL'
    if (!isFull || !this.#parts.isDropping()) return false
    if (this.#making === undefined && !this.#drop(batch)) return false
    await this.#making?.promise
    return true
  }

  /** There may be room on disk. */
  roomCame(): void {
    this.#patience.clear()
    this.#making?.resolve()
    this.#making = undefined
  }

  /** Other batches that wait meanwhile use the same room: nothing more is dropped for them. */
  #drop(batch: ProducerBatch): boolean {
    const bytes = (batch.payload?.bytes.length ?? batch.raw.length) + RECORD_BYTES
    const oldest = this.#parts.spool()?.takeForRoom(groupOf(batch.key), bytes) ?? []
    if (oldest.length === 0) return false
    this.#making = new Deferred()
    this.#patience.set(this.#parts.clock.monotonicMs() + ROOM_MS)
    for (const record of oldest) this.#parts.drop(record)
    return true
  }
}
