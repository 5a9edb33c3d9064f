import type { SpoolFile } from './files.ts'
import { isDiskFull } from './files.ts'
import { encodeRecordHeader, encodeSegmentHeader, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './record-format.ts'
import { Segment } from './segment.ts'
import { Settlements } from './settlements.ts'
import type { SlotContext, SlotPlace } from './slot-context.ts'
import { segmentPath, settledPath } from './slot-paths.ts'
import type { SpoolRecord } from './spool.ts'

/** A record with its sequence number in the slot. */
export interface SequencedRecord extends SpoolRecord {
  readonly sequence: number
  /** Group and note, encoded. */
  readonly name: Buffer
}

export interface WrittenRecord {
  readonly record: SequencedRecord
  readonly ordinal: number
  readonly offset: number
}

export interface NewSegment {
  readonly number: number
  readonly firstSequence: number
  readonly isRewritten: boolean
}

/** A segment whose file is open for appending. Only the process that created it appends to it. */
export class SegmentFile {
  readonly segment: Segment
  readonly #file: SpoolFile
  readonly #spoolId: bigint
  /** Number of synced records. */
  #synced = 0

  private constructor(segment: Segment, file: SpoolFile, spoolId: bigint) {
    this.segment = segment
    this.#file = file
    this.#spoolId = spoolId
  }

  /** When it resolves, the header and the name of the file are on disk. If it fails, the file is removed. */
  static async create(context: SlotContext, place: SlotPlace, what: NewSegment): Promise<SegmentFile> {
    const segment = newSegment(context, place, what)
    const file = await context.files.create(segment.path)
    try {
      await file.write([headerOf(context, place, what)], 0)
      await file.sync()
      await context.files.syncDirectory(place.directory)
      return new SegmentFile(segment, file, place.spoolId)
    } catch (error) {
      await file.close().catch(() => {})
      await context.files.remove(segment.path).catch(() => {})
      throw error
    }
  }

  static createSync(context: SlotContext, place: SlotPlace, what: NewSegment): SegmentFile {
    const segment = newSegment(context, place, what)
    const file = context.files.createSync(segment.path)
    file.writeSync([headerOf(context, place, what)], 0)
    context.files.syncDirectorySync(place.directory)
    return new SegmentFile(segment, file, place.spoolId)
  }

  /** Writes all records or none. If it fails, the file is cut to its former length, or {@link CannotTakeBack} is thrown. */
  async write(records: readonly SequencedRecord[]): Promise<WrittenRecord[]> {
    const { written, parts, bytes, counts } = this.#encode(records)
    try {
      await this.#file.write(parts, this.segment.size)
    } catch (error) {
      await this.#takeBack(error)
      throw error
    }
    this.#advance(records.length, counts, bytes)
    return written
  }

  writeSync(record: SequencedRecord): WrittenRecord {
    const { written, parts, bytes, counts } = this.#encode([record])
    this.#file.writeSync(parts, this.segment.size)
    this.#file.syncSync()
    this.#advance(1, counts, bytes)
    this.#synced = this.segment.written.records
    return written[0] as WrittenRecord
  }

  async sync(): Promise<void> {
    const { records } = this.segment.written
    await this.#file.sync()
    this.#synced = Math.max(this.#synced, records)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  #encode(records: readonly SequencedRecord[]) {
    const { segment } = this
    const written: WrittenRecord[] = []
    const parts: Uint8Array[] = []
    let [bytes, counts] = [0, 0]
    for (const record of records) {
      const ordinal = segment.written.records + written.length
      const header = encodeRecordHeader({
        segment: segment.number,
        spoolId: this.#spoolId,
        unsynced: ordinal - this.#synced,
        ordinal,
        count: record.count,
        sequence: record.sequence,
        countsBefore: segment.written.counts + counts,
        timeMs: record.timeMs,
        name: record.name,
        body: record.body,
      })
      written.push({ record, ordinal, offset: segment.size + bytes })
      parts.push(header, record.body)
      bytes += header.length + record.body.length
      counts += record.count
    }
    return { written, parts, bytes, counts }
  }

  #advance(records: number, counts: number, bytes: number): void {
    this.segment.size += bytes
    this.segment.written.records += records
    this.segment.written.counts += counts
  }

  async #takeBack(cause: unknown): Promise<void> {
    try {
      await this.#file.truncate(this.segment.size)
    } catch {
      throw new CannotTakeBack(cause)
    }
    // After an I/O error the file is not used any more.
    if (!isDiskFull(cause)) throw new CannotTakeBack(cause)
  }
}

/** A write failed, and the file may not end where it ended before. */
export class CannotTakeBack extends Error {
  constructor(cause: unknown) {
    super('a write to a segment failed', { cause })
  }
}

export function sizeOnDisk({ name, body }: SequencedRecord): number {
  return RECORD_HEADER_BYTES + name.length + body.length
}

function newSegment(context: SlotContext, place: SlotPlace, { number, firstSequence }: NewSegment): Segment {
  const paths = { path: segmentPath(place.directory, number), settledPath: settledPath(place.directory, number) }
  const settlements = new Settlements(context, paths.settledPath, place.spoolId, number)
  const segment = new Segment({ number, firstSequence, ...paths }, settlements, context.tallies)
  segment.size = SEGMENT_HEADER_BYTES
  return segment
}

function headerOf(context: SlotContext, place: SlotPlace, what: NewSegment): Buffer {
  return encodeSegmentHeader({ ...what, spoolId: place.spoolId, createdAtMs: context.clock.now() })
}
