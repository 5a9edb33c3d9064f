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

/** The metadata of a group. */
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

/** The place of a record in its file. */
export interface RecordPlace {
  readonly spoolId: bigint
  readonly ordinal: number
  /** Number of logs in all records before it. */
  readonly countsBefore: number
}

/** Each file is one segment. */
export const SEGMENT = 0

/** The note of the record: fields of a group that a record does not have. (The shard is the record's group.) */
type GroupNote = readonly [arrival: number, firstTime: number, lastTime: number, requestId: string]

const LONGEST_BODY = limits.serverBodyInBytes + 64 * 1024

/** The header of a group as a record of the spool (docs/spool-format.md). The bytes of the group follow it. */
export function encodeGroupHeader(meta: GroupMeta, place: RecordPlace, body: Uint8Array): Buffer {
  const { shard, sequence, arrival, logCount, firstTime, lastTime, receivedAtMs, requestId } = meta
  const note: GroupNote = [arrival, firstTime, lastTime, requestId]
  return encodeRecordHeader({
    ...place,
    segment: SEGMENT,
    count: logCount,
    sequence,
    timeMs: receivedAtMs,
    // Nothing is synced here, and every missing group is reported.
    unsynced: 0,
    name: encodeName({ group: String(shard), note: JSON.stringify(note) }),
    body,
  })
}

/** The header at the start of `bytes`, which may be longer; undefined if its checksum is wrong. */
export function headerIn(bytes: Buffer): RecordHeader | undefined {
  const length = claimedHeaderBytes(bytes)
  if (length === undefined || length > bytes.length) return undefined
  const header = decodeRecordHeader(bytes.subarray(0, length))
  return header !== undefined && header.bodyBytes <= LONGEST_BODY ? header : undefined
}

/** Enough bytes for the header of any group. */
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
