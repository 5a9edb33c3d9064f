import type { Ledger } from './ledger.ts'
import { MOST_RECORDS, SEGMENT_HEADER_BYTES } from './record-format.ts'
import { TAKEN } from './record-index.ts'
import type { Segment } from './segment.ts'
import { type NewSegment, SegmentFile, type SequencedRecord, sizeOnDisk, type WrittenRecord } from './segment-file.ts'
import type { SlotContext, SlotPlace } from './slot-context.ts'

export interface Placement {
  readonly segment: Segment
  readonly row: number
}

/** The numbers that the next segment and the next record get. */
export interface Numbers {
  nextSegment: number
  nextSequence: number
}

/** How much of a segment is synced. */
export interface SyncPoint {
  readonly records: number
  readonly counts: number
  readonly size: number
}

const NO_SYNC_YET: SyncPoint = { records: 0, counts: 0, size: SEGMENT_HEADER_BYTES }

export interface OpenSegmentParts {
  readonly context: SlotContext
  readonly place: SlotPlace
  readonly ledger: Ledger
  readonly numbers: Numbers
  readonly onClosed: (segment: Segment) => void
}

/** The segment of a slot that is written to, if there is one, and how much of it is synced. {@link SegmentWriter} calls it in turns. */
export class OpenSegment {
  readonly #parts: OpenSegmentParts
  #file: SegmentFile | undefined
  #synced = NO_SYNC_YET

  constructor(parts: OpenSegmentParts) {
    this.#parts = parts
  }

  get file(): SegmentFile | undefined {
    return this.#file
  }

  get isSynced(): boolean {
    return this.#file === undefined || this.#synced.size === this.#file.segment.size
  }

  /** Uses up the next segment number. */
  nextSegment(firstSequence: number): NewSegment {
    return { number: this.#parts.numbers.nextSegment++, firstSequence, isRewritten: false }
  }

  /** Whether the records fit into the segment. */
  hasRoomFor(records: readonly SequencedRecord[]): boolean {
    const segment = this.#file?.segment
    if (segment === undefined || segment.written.records === 0) return true
    const bytes = records.reduce((sum, record) => sum + sizeOnDisk(record), 0)
    const isLong = segment.size + bytes > this.#parts.context.segmentBytes
    return !isLong && segment.written.records + records.length <= MOST_RECORDS
  }

  async begin(firstSequence: number): Promise<SegmentFile> {
    const { context, place, ledger } = this.#parts
    await place.checkOwner()
    const file = await SegmentFile.create(context, place, this.nextSegment(firstSequence))
    try {
      await ledger.add([{ kind: 'created', segment: file.segment.number }])
    } catch (error) {
      await file.close().catch(() => {})
      await context.files.remove(file.segment.path).catch(() => {})
      throw error
    }
    this.use(file, NO_SYNC_YET)
    return file
  }

  /** The ledger must have the segment already. */
  use(file: SegmentFile, synced: SyncPoint): void {
    this.#file = file
    this.#synced = synced
    this.#parts.context.onSegment(file.segment)
  }

  /** How much will be synced when a sync that begins now succeeds. */
  get syncPoint(): SyncPoint {
    const segment = (this.#file as SegmentFile).segment
    return { ...segment.closedAt, size: segment.size }
  }

  synced(at = this.syncPoint): void {
    this.#synced = at
  }

  /** Closes the segment at its last sync point. The records after it belong to failed appends, or are in another segment. */
  async abandon(): Promise<void> {
    const { written } = (this.#file as SegmentFile).segment
    written.records = this.#synced.records
    written.counts = this.#synced.counts
    await this.close()
  }

  /** Closes the file without a change: the slot belongs to another process now. */
  async letGo(): Promise<void> {
    await this.#file?.close().catch(() => {})
    this.#file = undefined
  }

  async close(): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    this.#file = undefined
    const { segment } = file
    segment.isClosed = true
    segment.index.trim()
    const { ledger, onClosed } = this.#parts
    // If this fails, no reported record is lost: recovery finds the end of the segment.
    await ledger.add([{ kind: 'closed', segment: segment.number, closedAt: segment.closedAt }]).catch(() => {})
    await file.close().catch(() => {})
    onClosed(segment)
  }
}

/** Adds a record that is on disk to the index. The process that appended it has it taken. */
export function place(segment: Segment, { record, ordinal, offset }: WrittenRecord, state = TAKEN): Placement {
  const { group, count, timeMs } = record
  return { segment, row: segment.add({ group, count, timeMs, ordinal, bodyBytes: record.body.length }, offset, state) }
}
