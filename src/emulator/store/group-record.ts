import { crc32 } from 'node:zlib'
import { limits } from '../../sls/limits.ts'
import {
  claimedHeaderBytes,
  decodeRecordHeader,
  encodeName,
  encodeRecordHeader,
  RECORD_HEADER_BYTES,
  type RecordHeader,
} from '../../spool/record-format.ts'

/** What is kept of a group besides its bytes. */
export interface GroupMeta {
  readonly shard: number
  readonly sequence: number
  readonly arrival: number
  readonly logCount: number
  readonly firstTime: number
  readonly lastTime: number
  readonly receivedAtMs: number
  readonly requestId: string
}

/** Where a record stands in its file. */
export interface RecordPlace {
  readonly spoolId: bigint
  readonly ordinal: number
  /** Logs of all records before it. */
  readonly countsBefore: number
}

/** All files have one segment each. */
export const SEGMENT = 0

/** The shard is the group of the record. What else is no field of it stands in its note. */
type GroupNote = readonly [arrival: number, firstTime: number, lastTime: number, requestId: string]

const LONGEST_BODY = limits.serverBodyInBytes + 64 * 1024

/** A group as a record of the spool (docs/spool-format.md): the header, which the bytes of the group follow. */
export function encodeGroupHeader(meta: GroupMeta, place: RecordPlace, body: Uint8Array): Buffer {
  const { shard, sequence, arrival, logCount, firstTime, lastTime, receivedAtMs, requestId } = meta
  const note: GroupNote = [arrival, firstTime, lastTime, requestId]
  return encodeRecordHeader({
    ...place,
    segment: SEGMENT,
    count: logCount,
    sequence,
    timeMs: receivedAtMs,
    // Nothing is synced here, and every group that is missing is told.
    unsynced: 0,
    name: encodeName({ group: String(shard), note: JSON.stringify(note) }),
    body,
  })
}

/** The header that stands at the beginning of `bytes`; undefined where its checksum does not hold. `bytes` may be longer. */
export function headerIn(bytes: Buffer): RecordHeader | undefined {
  const length = claimedHeaderBytes(bytes)
  if (length === undefined || length > bytes.length) return undefined
  const header = decodeRecordHeader(bytes.subarray(0, length))
  return header !== undefined && header.bodyBytes <= LONGEST_BODY ? header : undefined
}

/** Bytes that hold the header of any group. */
export const LONGEST_HEADER = RECORD_HEADER_BYTES + 1024

export function metaOf({ group, note, sequence, count, timeMs }: RecordHeader): GroupMeta {
  const [arrival, firstTime, lastTime, requestId] = JSON.parse(note) as GroupNote
  return {
    shard: Number(group),
    sequence,
    arrival,
    logCount: count,
    firstTime,
    lastTime,
    receivedAtMs: timeMs,
    requestId,
  }
}

export function isWhole(body: Buffer, { bodyBytes, bodyChecksum }: RecordHeader): boolean {
  return body.length === bodyBytes && crc32(body) === bodyChecksum
}
