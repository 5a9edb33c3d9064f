import { Buffer } from 'node:buffer'
import type { Compression, Payload } from '../../sls/sink.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { Origin } from '../sends/origin.ts'

/** A batch as it is stored on disk: the payload of a request, and the pack id, by which copies are recognised. */
export interface KeptBatch {
  readonly packId: string
  readonly payload: Payload
}

const VERSION = 1
/** Fits into a record beside the longest group. If the origins need more, the batch is stored without them. */
const LONGEST_NOTE = 16 * 1024
const FIXED_BYTES = 8
const COMPRESSIONS: readonly Compression[] = ['none', 'lz4', 'zstd', 'deflate']

/**
 * The body of a record: version (1 byte), compression (1), length of the pack id (1), zero (1), size before compression (4),
 * the pack id, and then what a request carries.
 */
export function encodeKept({ packId, payload }: KeptBatch): Buffer {
  const id = Buffer.from(packId, 'latin1')
  const body = Buffer.allocUnsafe(FIXED_BYTES + id.length + payload.bytes.length)
  body.writeUInt8(VERSION, 0)
  body.writeUInt8(COMPRESSIONS.indexOf(payload.compression), 1)
  body.writeUInt8(id.length, 2)
  body.writeUInt8(0, 3)
  body.writeUInt32LE(payload.rawSizeInBytes, 4)
  id.copy(body, FIXED_BYTES)
  body.set(payload.bytes, FIXED_BYTES + id.length)
  return body
}

/** Undefined if the bytes were not written by this version or an older one. */
export function decodeKept(body: Uint8Array): KeptBatch | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (bytes.length < FIXED_BYTES || bytes.readUInt8(0) !== VERSION) return undefined
  const compression = COMPRESSIONS[bytes.readUInt8(1)]
  const start = FIXED_BYTES + bytes.readUInt8(2)
  if (compression === undefined || start > bytes.length) return undefined
  return {
    packId: bytes.toString('latin1', FIXED_BYTES, start),
    payload: { bytes: bytes.subarray(start), rawSizeInBytes: bytes.readUInt32LE(4), compression },
  }
}

/** The group of the record of a batch: records of one group stay in order. */
export function groupOf({ project, logstore, topic, source, shardHash, tags, context }: GroupKey): string {
  const rest = [shardHash, tags, context].map((text) => text ?? null)
  return JSON.stringify([project, logstore, topic, source, ...rest])
}

/** Undefined if the text is not a group of a producer. */
export function keyOf(group: string): GroupKey | undefined {
  try {
    const [project, logstore, topic, source, ...rest] = JSON.parse(group) as unknown[]
    const texts = [project, logstore, topic, source]
    if (!texts.every((text) => typeof text === 'string')) return undefined
    const [shardHash, tags, context] = rest.map((text) => text ?? undefined)
    return { project, logstore, topic, source, shardHash, tags, context } as GroupKey
  } catch {
    return undefined
  }
}

/** The origins of the logs, as the note of their record. */
export function encodeOrigins(origins: readonly Origin[]): string | undefined {
  if (origins.length === 0) return undefined
  const text = JSON.stringify(origins.map(({ name, from, to }) => [name, from, to]))
  return Buffer.byteLength(text) > LONGEST_NOTE ? undefined : text
}

/** The origins in a note. */
export function decodeOrigins(note: string): Origin[] {
  try {
    const origins = (JSON.parse(note) as unknown[][]).map(([name, from, to]) => ({ name, from, to }))
    const isOrigin = ({ name, from, to }: (typeof origins)[number]) =>
      typeof name === 'string' && Number.isFinite(from) && Number.isFinite(to)
    return origins.filter(isOrigin) as Origin[]
  } catch {
    return []
  }
}

const PROJECT_AT = 2

/** The project of a group. Does not parse the whole group, because it is called for each append. Names of projects need no escape. */
export function projectOf(group: string): string {
  const end = group.indexOf('"', PROJECT_AT)
  const project = group.slice(PROJECT_AT, end)
  const isPlain = group.startsWith('["') && end !== -1 && !project.includes('\\')
  return isPlain ? project : (keyOf(group)?.project ?? '')
}
