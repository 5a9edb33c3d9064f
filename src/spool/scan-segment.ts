import { crc32 } from 'node:zlib'
import type { SpoolFile } from './files.ts'
import {
  claimedHeaderBytes,
  decodeRecordHeader,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  type RecordHeader,
  SEGMENT_HEADER_BYTES,
} from './record-format.ts'
import { Window } from './window.ts'

const PIECE = 1024 * 1024

export interface FoundRecord {
  readonly header: RecordHeader
  readonly offset: number
}

/** The number of records of a segment, and the sum of their counts, at the time it was closed. */
export interface ClosedAt {
  readonly records: number
  readonly counts: number
}

export interface ScanOptions {
  readonly spoolId: bigint
  readonly segment: number
  /** Reads the bodies too: for a segment whose end may be torn. */
  readonly checksBodies: boolean
  readonly closedAt: ClosedAt | undefined
  readonly onRecord: (record: FoundRecord) => void
}

/** Missing records with consecutive ordinals. */
export interface Gap extends ClosedAt {
  readonly firstOrdinal: number
  /** The records were written after the last sync before a crash: none of them was reported, so nothing is lost. */
  readonly isTorn: boolean
}

export interface Scan extends ClosedAt {
  readonly gaps: readonly Gap[]
  /** The segment contains damage: its bytes must be kept for a person to look at. */
  readonly isDamaged: boolean
}

/**
 * Finds the records of a segment. If no valid header follows a record, the next header is searched from the end of the last valid
 * header on, because bytes of that record's body may be missing. Never fails because of the content of the file.
 */
export async function scanSegment(file: SpoolFile, options: ScanOptions): Promise<Scan> {
  const window = new Window(file, await file.size())
  return new SegmentScan(window, options).run().finally(() => window.done())
}

class SegmentScan {
  readonly #window: Window
  readonly #options: ScanOptions
  readonly #gaps: Omit<Gap, 'isTorn'>[] = []
  #hasJunk = false
  /** The last record with a valid header. Its body may be damaged. */
  #last: FoundRecord | undefined
  #lastIsWhole = false
  /** Number of records before `#last`, and the sum of their counts. */
  #records = 0
  #counts = 0
  /** Records before this ordinal were synced. */
  #synced = 0

  constructor(window: Window, options: ScanOptions) {
    this.#window = window
    this.#options = options
  }

  async run(): Promise<Scan> {
    const { checksBodies } = this.#options
    for (let offset: number | undefined = SEGMENT_HEADER_BYTES; offset !== undefined; ) {
      const record = this.#recordInView(offset) ?? (await this.#recordAt(offset))
      if (record !== undefined) {
        this.#passLast()
        this.#last = record
        this.#lastIsWhole = !checksBodies || (await this.#isWhole(record))
        offset += record.header.headerBytes + record.header.bodyBytes
        continue
      }
      if (this.#last !== undefined && offset < this.#window.size) this.#lastIsWhole = await this.#isWhole(this.#last)
      offset = await this.#nextAfterJunk()
      if (offset !== undefined) this.#hasJunk = true
    }
    this.#passLast()
    const { closedAt } = this.#options
    if (closedAt !== undefined) this.#closeGap(closedAt.records, closedAt.counts)
    const isDamaged = this.#hasJunk || this.#gaps.length > 0
    return { gaps: this.#judgedGaps(), records: this.#records, counts: this.#counts, isDamaged }
  }

  #passLast(): void {
    if (this.#last === undefined || !this.#lastIsWhole) return
    const { header } = this.#last
    this.#closeGap(header.ordinal, header.countsBefore)
    this.#options.onRecord(this.#last)
    this.#synced = Math.max(this.#synced, header.ordinal - header.unsynced)
    this.#records = header.ordinal + 1
    this.#counts = header.countsBefore + header.count
  }

  /** Called at the end, because only a record after a gap shows whether the gap was synced. */
  #judgedGaps(): Gap[] {
    const isOpen = this.#options.closedAt === undefined
    return this.#gaps.map((gap) => ({ ...gap, isTorn: isOpen && gap.firstOrdinal >= this.#synced }))
  }

  /** The ordinals and counts before and after a gap give exactly what is missing. */
  #closeGap(records: number, counts: number): void {
    if (records <= this.#records) return
    this.#gaps.push({
      firstOrdinal: this.#records,
      records: records - this.#records,
      counts: counts - this.#counts,
    })
  }

  async #recordAt(offset: number): Promise<FoundRecord | undefined> {
    const claimed = claimedHeaderBytes(await this.#window.at(offset, RECORD_HEADER_BYTES))
    if (claimed === undefined) return undefined
    const bytes = await this.#window.at(offset, claimed)
    return bytes.length === claimed ? this.#recordOf(bytes, claimed, offset) : undefined
  }

  /** Like {@link #recordAt}, if the bytes are in memory. */
  #recordInView(offset: number): FoundRecord | undefined {
    const bytes = this.#window.inView(offset)
    const claimed = bytes && claimedHeaderBytes(bytes)
    return claimed && claimed <= bytes.length ? this.#recordOf(bytes, claimed, offset) : undefined
  }

  #recordOf(bytes: Buffer, headerBytes: number, offset: number): FoundRecord | undefined {
    const { spoolId, segment, closedAt } = this.#options
    const header = decodeRecordHeader(bytes, headerBytes)
    if (header === undefined || header.spoolId !== spoolId || header.segment !== segment) return undefined
    if (this.#last !== undefined && header.ordinal <= this.#last.header.ordinal) return undefined
    if (closedAt !== undefined && header.ordinal >= closedAt.records) return undefined
    return offset + headerBytes + header.bodyBytes > this.#window.size ? undefined : { header, offset }
  }

  async #isWhole({ header, offset }: FoundRecord): Promise<boolean> {
    const body = await this.#window.at(offset + header.headerBytes, header.bodyBytes)
    return body.length === header.bodyBytes && crc32(body) === header.bodyChecksum
  }

  async #nextAfterJunk(): Promise<number | undefined> {
    const last = this.#last
    const start = last === undefined ? SEGMENT_HEADER_BYTES : last.offset + last.header.headerBytes
    for (let position = start; position < this.#window.size; position += PIECE) {
      // Pieces overlap, so that a magic word at the end of a piece is found. A copy, because #recordAt moves the window.
      const piece = Buffer.from(await this.#window.at(position, PIECE + RECORD_MAGIC.length - 1))
      for (let at = piece.indexOf(RECORD_MAGIC); at !== -1; at = piece.indexOf(RECORD_MAGIC, at + 1)) {
        if ((await this.#recordAt(position + at)) !== undefined) return position + at
      }
    }
    return undefined
  }
}
