import { crc32 } from 'node:zlib'
import { FORMAT_VERSION, isSealed, readUint64, seal, writeUint64 } from './checked.ts'

// docs/spool-format.md describes what these functions write.
export const SEGMENT_HEADER_BYTES = 64
export const RECORD_HEADER_BYTES = 64
/** In bytes: group and note. */
export const LONGEST_NAME = 65_535 - RECORD_HEADER_BYTES
export const MOST_RECORDS = 2 ** 22
const MOST_UNSYNCED = 0xffff
export const RECORD_MAGIC = Buffer.from('LHRC', 'latin1')
/** Between group and note. A group does not contain it. */
export const NOTE_MARK = '\0'
const RECORD_MAGIC_NUMBER = RECORD_MAGIC.readUInt32LE(0)
const SEGMENT_MAGIC = 'LHSEGMNT'

export interface SegmentHeader {
  readonly version: number
  readonly spoolId: bigint
  readonly number: number
  readonly firstSequence: number
  readonly createdAtMs: number
  /** A rewrite created the segment. It is valid only after the ledger has its `created` entry. */
  readonly isRewritten: boolean
}

export function encodeSegmentHeader(header: Omit<SegmentHeader, 'version'>): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES)
  bytes.write(SEGMENT_MAGIC, 0, 8, 'latin1')
  bytes.writeUInt16LE(FORMAT_VERSION, 8)
  bytes.writeUInt16LE(SEGMENT_HEADER_BYTES, 10)
  bytes.writeBigUInt64LE(header.spoolId, 16)
  bytes.writeUInt32LE(header.number, 24)
  writeUint64(bytes, header.firstSequence, 32)
  bytes.writeDoubleLE(header.createdAtMs, 40)
  bytes.writeUInt8(header.isRewritten ? 1 : 0, 48)
  return seal(bytes)
}

export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || bytes.toString('latin1', 0, 8) !== SEGMENT_MAGIC) return undefined
  const header = bytes.subarray(0, SEGMENT_HEADER_BYTES)
  if (!isSealed(header)) return undefined
  return {
    version: header.readUInt16LE(8),
    spoolId: header.readBigUInt64LE(16),
    number: header.readUInt32LE(24),
    firstSequence: readUint64(header, 32),
    createdAtMs: header.readDoubleLE(40),
    isRewritten: header.readUInt8(48) === 1,
  }
}

export interface RecordHeader {
  readonly headerBytes: number
  readonly spoolId: bigint
  readonly segment: number
  /** How many records before this one were not synced when it was written. If some of these are missing, nothing is lost. */
  readonly unsynced: number
  readonly ordinal: number
  readonly count: number
  readonly sequence: number
  readonly countsBefore: number
  readonly timeMs: number
  readonly bodyBytes: number
  readonly bodyChecksum: number
  readonly group: string
  readonly note: string
}

export interface RecordToEncode
  extends Omit<RecordHeader, 'headerBytes' | 'bodyBytes' | 'bodyChecksum' | 'group' | 'note'> {
  /** Group and note, encoded by {@link encodeName}. */
  readonly name: Buffer
  readonly body: Uint8Array
}

/** The group, and after a zero byte the note, if there is one. */
export function encodeName({
  group,
  note = '',
}: {
  readonly group: string
  readonly note?: string | undefined
}): Buffer {
  return Buffer.from(note === '' ? group : `${group}${NOTE_MARK}${note}`)
}

export function encodeRecordHeader(record: RecordToEncode): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_HEADER_BYTES + record.name.length)
  RECORD_MAGIC.copy(bytes, 0)
  bytes.writeUInt16LE(bytes.length, 8)
  bytes.writeUInt16LE(Math.min(record.unsynced, MOST_UNSYNCED), 10)
  bytes.writeUInt32LE(record.segment, 12)
  bytes.writeBigUInt64LE(record.spoolId, 16)
  bytes.writeUInt32LE(record.ordinal, 24)
  bytes.writeUInt32LE(record.count, 28)
  writeUint64(bytes, record.sequence, 32)
  writeUint64(bytes, record.countsBefore, 40)
  bytes.writeDoubleLE(record.timeMs, 48)
  bytes.writeUInt32LE(record.body.length, 56)
  bytes.writeUInt32LE(crc32(record.body), 60)
  record.name.copy(bytes, RECORD_HEADER_BYTES)
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4)
  return bytes
}

/** The length field of a header whose checksum was not verified yet. Undefined if there is no header. */
export function claimedHeaderBytes(bytes: Buffer): number | undefined {
  if (bytes.length < RECORD_HEADER_BYTES || bytes.readUInt32LE(0) !== RECORD_MAGIC_NUMBER) return undefined
  const length = bytes.readUInt16LE(8)
  return length >= RECORD_HEADER_BYTES ? length : undefined
}

/** `bytes` begins with a header of that length. Undefined if its checksum is wrong. */
export function decodeRecordHeader(bytes: Buffer, headerBytes = bytes.length): RecordHeader | undefined {
  if (crc32(bytes.subarray(8, headerBytes)) !== bytes.readUInt32LE(4)) return undefined
  const name = bytes.toString('utf8', RECORD_HEADER_BYTES, headerBytes)
  const mark = name.indexOf(NOTE_MARK)
  return {
    headerBytes,
    unsynced: bytes.readUInt16LE(10),
    segment: bytes.readUInt32LE(12),
    spoolId: bytes.readBigUInt64LE(16),
    ordinal: bytes.readUInt32LE(24),
    count: bytes.readUInt32LE(28),
    sequence: readUint64(bytes, 32),
    countsBefore: readUint64(bytes, 40),
    timeMs: bytes.readDoubleLE(48),
    bodyBytes: bytes.readUInt32LE(56),
    bodyChecksum: bytes.readUInt32LE(60),
    group: mark === -1 ? name : name.slice(0, mark),
    note: mark === -1 ? '' : name.slice(mark + 1),
  }
}
