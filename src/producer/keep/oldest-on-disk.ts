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
  /** It is given up. */
  readonly drop: (record: TakenRecord) => void
}

/** Dropped records give their room back within some operations of the disk; or never, where it fails. */
const ROOM_MS = 200
/** Beside its body: the head of a record, and some of a file. */
const RECORD_BYTES = 1024

/** The overflow policy `drop-oldest` on disk: what is oldest of a project there makes room for what is newer. */
export class OldestOnDisk {
  readonly #parts: OldestOnDiskParts
  readonly #patience: Alarm
  #making: Deferred<void> | undefined

  constructor(parts: OldestOnDiskParts) {
    this.#parts = parts
    this.#patience = new Alarm(parts.clock, () => this.roomCame())
  }

  /** A batch could not be written. Resolves to whether it is worth another attempt: something was dropped for it. */
  async makeRoom(batch: ProducerBatch, error: unknown): Promise<boolean> {
    const isFull = isProducerError(error) && error.code === 'ERR_LOGHUB_SPOOL_FULL'
    if (!isFull || !this.#parts.isDropping()) return false
    if (this.#making === undefined && !this.#drop(batch)) return false
    await this.#making?.promise
    return true
  }

  /** There is room on disk. */
  roomCame(): void {
    this.#patience.clear()
    this.#making?.resolve()
    this.#making = undefined
  }

  /** What is dropped makes room for others that wait as well: nobody drops more meanwhile. */
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
