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

/** Where the next segment begins. */
export interface Numbers {
  nextSegment: number
  nextSequence: number
}

/** How much of a segment is on disk. */
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

/** The segment of a slot that is written to, where there is one, and what of it is known to be on disk. Used in turns: see {@link SegmentWriter}. */
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

  /** The next number is used up. */
  nextSegment(firstSequence: number): NewSegment {
    return { number: this.#parts.numbers.nextSegment++, firstSequence, isRewritten: false }
  }

  /** Whether so many records fit. */
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

  /** It is in the ledger. */
  use(file: SegmentFile, synced: SyncPoint): void {
    this.#file = file
    this.#synced = synced
    this.#parts.context.onSegment(file.segment)
  }

  /** What of it is on disk once a sync that begins now has succeeded. */
  get syncPoint(): SyncPoint {
    const segment = (this.#file as SegmentFile).segment
    return { ...segment.closedAt, size: segment.size }
  }

  synced(at = this.syncPoint): void {
    this.#synced = at
  }

  /** The segment ends at what was synced last: what came after it belongs to appends that failed, or are elsewhere. */
  async abandon(): Promise<void> {
    const { written } = (this.#file as SegmentFile).segment
    written.records = this.#synced.records
    written.counts = this.#synced.counts
    await this.close()
  }

  /** The slot is not this process's any more. */
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
    // Without these nothing is lost that was reported: the end of the segment is found when it is read.
    await ledger.add([{ kind: 'closed', segment: segment.number, closedAt: segment.closedAt }]).catch(() => {})
    await file.close().catch(() => {})
    onClosed(segment)
  }
}

/** A record that is on disk: it can be found from now on. Taken by who appended it. */
export function place(segment: Segment, { record, ordinal, offset }: WrittenRecord, state = TAKEN): Placement {
  const { group, count, timeMs } = record
  return { segment, row: segment.add({ group, count, timeMs, ordinal, bodyBytes: record.body.length }, offset, state) }
}
