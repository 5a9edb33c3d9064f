import { Alarm } from '../core/alarm.ts'
import type { Ledger } from './ledger.ts'
import { MOST_RECORDS, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './record-format.ts'
import { SETTLED, TAKEN } from './record-index.ts'
import type { Segment } from './segment.ts'
import { CannotTakeBack, SegmentFile, type SequencedRecord, type WrittenRecord } from './segment-file.ts'
import type { SlotContext, SlotPlace } from './slot-context.ts'

export interface Placement {
  readonly segment: Segment
  readonly row: number
}

interface Unsynced extends Placement {
  readonly record: SequencedRecord
}

/** Where the next segment begins. */
export interface Numbers {
  nextSegment: number
  nextSequence: number
}

const MOST_UNSYNCED_BYTES = 8 * 1024 * 1024
const NO_SYNC_YET = { records: 0, counts: 0, size: SEGMENT_HEADER_BYTES }

/** Appends to the newest segment of a slot, and begins the next. Its calls come one after the other: see `SlotStore`. */
export class SegmentWriter {
  readonly #context: SlotContext
  readonly #place: SlotPlace
  readonly #ledger: Ledger
  readonly #numbers: Numbers
  readonly #onClosed: (segment: Segment) => void
  readonly #syncAlarm: Alarm
  #current: SegmentFile | undefined
  /** What the current segment is known to have on disk. */
  #synced = NO_SYNC_YET
  #unsynced: Unsynced[] = []
  #unsyncedBytes = 0
  /** Written at the exit of the process, beside the current one: a write to that may be under way. */
  #last: SegmentFile | undefined

  constructor(
    context: SlotContext,
    place: SlotPlace,
    ledger: Ledger,
    numbers: Numbers,
    onSyncDue: () => void,
    onClosed: (segment: Segment) => void,
  ) {
    this.#context = context
    this.#place = place
    this.#ledger = ledger
    this.#numbers = numbers
    this.#onClosed = onClosed
    this.#syncAlarm = new Alarm(context.clock, onSyncDue)
  }

  get current(): Segment | undefined {
    return this.#current?.segment
  }

  /** All of them or none. Taken by who appends. */
  async write(records: readonly SequencedRecord[]): Promise<Placement[]> {
    if (this.#context.durability !== 'batch') return this.#writeUnsynced(records)
    try {
      return await this.#writeSynced(records)
    } catch (error) {
      // A failed sync is of the file, not of the records: once more, elsewhere.
      if (!(error instanceof SyncFailed)) throw error
      return this.#writeSynced(records)
    }
  }

  writeSync(record: SequencedRecord): Placement {
    if (this.#last === undefined) {
      this.#last = SegmentFile.createSync(this.#context, this.#place, this.#nextSegment(record.sequence, false))
      this.#context.onSegment(this.#last.segment)
    }
    return place(this.#last.segment, this.#last.writeSync(record))
  }

  /** What is written is on disk afterwards, whatever the durability. */
  async sync(): Promise<void> {
    this.#syncAlarm.clear()
    const current = this.#current
    if (current === undefined || this.#synced.size === current.segment.size) return
    try {
      await current.sync()
      this.#context.tallies.syncs++
      this.#rememberSync(current.segment)
    } catch {
      await this.#writeAnew(current)
    }
  }

  /** No more is written to the current segment. */
  async closeCurrent(): Promise<void> {
    if (this.#context.durability !== 'os') await this.sync()
    const current = this.#current
    if (current === undefined) return
    this.#current = undefined
    this.#forgetUnsynced()
    await this.#close(current)
  }

  async #writeSynced(records: readonly SequencedRecord[]): Promise<Placement[]> {
    const current = await this.#roomFor(records)
    const written = await this.#writeTo(current, records)
    try {
      await current.sync()
      this.#context.tallies.syncs++
    } catch (error) {
      await this.#abandon(current)
      throw new SyncFailed('a sync to disk failed', { cause: error })
    }
    await this.#place.checkOwner()
    this.#rememberSync(current.segment)
    return written.map((each) => place(current.segment, each))
  }

  async #writeUnsynced(records: readonly SequencedRecord[]): Promise<Placement[]> {
    const current = await this.#roomFor(records)
    const written = await this.#writeTo(current, records)
    await this.#place.checkOwner()
    const placements = written.map((each) => place(current.segment, each))
    // Nothing is ever synced: what was written is all there is to trust.
    if (this.#context.durability === 'os') this.#rememberSync(current.segment)
    if (this.#context.durability === 'interval') {
      placements.forEach((placement, index) => {
        const record = records[index] as SequencedRecord
        this.#unsynced.push({ ...placement, record })
        this.#unsyncedBytes += record.body.length
      })
      if (this.#unsyncedBytes > MOST_UNSYNCED_BYTES) await this.sync()
      else if (!this.#syncAlarm.isSet) {
        this.#syncAlarm.set(this.#context.clock.monotonicMs() + this.#context.syncIntervalMs)
      }
    }
    return placements
  }

  async #writeTo(current: SegmentFile, records: readonly SequencedRecord[]): Promise<WrittenRecord[]> {
    try {
      return await current.write(records)
    } catch (error) {
      if (!(error instanceof CannotTakeBack)) throw error
      // What is not synced yet has to go elsewhere with it.
      if (this.#unsynced.length > 0) await this.#writeAnew(current).catch(() => {})
      else await this.#abandon(current)
      throw error.cause
    }
  }

  async #roomFor(records: readonly SequencedRecord[]): Promise<SegmentFile> {
    const bytes = records.reduce((sum, record) => sum + sizeOnDisk(record), 0)
    const segment = this.#current?.segment
    const isFull =
      segment !== undefined &&
      segment.written.records > 0 &&
      (segment.size + bytes > this.#context.segmentBytes || segment.written.records + records.length > MOST_RECORDS)
    if (isFull) await this.closeCurrent()
    return this.#current ?? this.#begin((records[0] as SequencedRecord).sequence)
  }

  async #begin(firstSequence: number): Promise<SegmentFile> {
    await this.#place.checkOwner()
    const file = await SegmentFile.create(this.#context, this.#place, this.#nextSegment(firstSequence, false))
    try {
      await this.#ledger.add([{ kind: 'created', segment: file.segment.number }])
    } catch (error) {
      await file.close().catch(() => {})
      await this.#context.files.remove(file.segment.path).catch(() => {})
      throw error
    }
    this.#current = file
    this.#synced = NO_SYNC_YET
    this.#context.onSegment(file.segment)
    return file
  }

  #nextSegment(firstSequence: number, isRewritten: boolean) {
    return { number: this.#numbers.nextSegment++, firstSequence, isRewritten }
  }

  /** The segment ends at what was synced last: what came after it belongs to appends that failed, or are elsewhere. */
  async #abandon(file: SegmentFile): Promise<void> {
    const { segment } = file
    segment.written.records = this.#synced.records
    segment.written.counts = this.#synced.counts
    this.#current = undefined
    this.#forgetUnsynced()
    await this.#close(file)
  }

  /** After a failed sync the unsynced records are written to another segment; where that fails, they stay and it is tried again. */
  async #writeAnew(failed: SegmentFile): Promise<void> {
    const unsynced = this.#unsynced
    const alive = unsynced.filter(({ segment, row }) => segment.index.state(row) !== SETTLED)
    if (alive.length > 0) {
      const next = this.#nextSegment((alive[0] as Unsynced).record.sequence, false)
      try {
        const file = await SegmentFile.create(this.#context, this.#place, next)
        const written = await file.write(alive.map(({ record }) => record))
        await file.sync()
        await this.#ledger.add([{ kind: 'created', segment: next.number }])
        await this.#abandon(failed)
        this.#adopt(file, alive, written)
      } catch (error) {
        this.#syncAlarm.set(this.#context.clock.monotonicMs() + this.#context.syncIntervalMs)
        throw error
      }
      return
    }
    await this.#abandon(failed)
  }

  #adopt(file: SegmentFile, moved: readonly Unsynced[], written: readonly WrittenRecord[]): void {
    this.#context.onSegment(file.segment)
    moved.forEach(({ segment, row }, index) => {
      const to = place(file.segment, written[index] as WrittenRecord, segment.index.state(row))
      segment.forget(row)
      this.#context.onMoved(segment, row, file.segment, to.row)
    })
    this.#current = file
    this.#rememberSync(file.segment)
  }

  #rememberSync(segment: Segment): void {
    this.#synced = { ...segment.closedAt, size: segment.size }
    this.#forgetUnsynced()
  }

  #forgetUnsynced(): void {
    this.#unsynced = []
    this.#unsyncedBytes = 0
    this.#syncAlarm.clear()
  }

  async #close(file: SegmentFile): Promise<void> {
    const { segment } = file
    segment.isClosed = true
    segment.index.trim()
    // Without these nothing is lost that was reported: the end of the segment is found when it is read.
    await this.#ledger.add([{ kind: 'closed', segment: segment.number, closedAt: segment.closedAt }]).catch(() => {})
    await file.close().catch(() => {})
    this.#onClosed(segment)
  }
}

class SyncFailed extends Error {}

export function sizeOnDisk({ name, body }: SequencedRecord): number {
  return RECORD_HEADER_BYTES + name.length + body.length
}

function place(segment: Segment, { record, ordinal, offset }: WrittenRecord, state = TAKEN): Placement {
  const { group, count, timeMs } = record
  return { segment, row: segment.add({ group, count, timeMs, ordinal, bodyBytes: record.body.length }, offset, state) }
}
