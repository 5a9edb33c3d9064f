import { type ServiceAnswer, unreadable } from './http/classify-answer.ts'
import type { Compression } from './sink.ts'
import type { DecodedLogGroup } from './wire/decode-log-group.ts'

/** The LogGroups of one PullLogs call, as they came: a LogGroupList, compressed. */
export interface PulledLogs {
  /** The LogGroups, compressed and encoded as they came. */
  readonly bytes: Buffer
  /** How `bytes` is compressed. */
  readonly compression: Compression
  /** Size of the LogGroupList after decompression. */
  readonly rawSizeInBytes: number
  /** LogGroups in it. 0: nothing more for now. */
  readonly count: number
  /** Where to go on. */
  readonly nextCursor: string
}

/** The same, decompressed and decoded. */
export interface PulledLogGroups {
  /** The LogGroups, read. */
  readonly groups: readonly DecodedLogGroup[]
  /** Where to go on. The cursor that was given when there is nothing more for now. */
  readonly nextCursor: string
}

const COMPRESSIONS: readonly string[] = ['lz4', 'zstd', 'deflate', 'none'] satisfies Compression[]

/** @throws SinkError when a header is missing without which the body cannot be read or followed */
export function pulledLogs(answer: ServiceAnswer): PulledLogs {
  const compression = answer.header('x-log-compresstype') ?? 'none'
  const count = integer(answer.header('x-log-count'))
  const rawSizeInBytes = integer(answer.header('x-log-bodyrawsize'))
  const nextCursor = answer.header('x-log-cursor')
  if (nextCursor === undefined) throw unreadable(answer, 'it has no x-log-cursor')
  if (count === undefined) throw unreadable(answer, 'it has no x-log-count')
  if (rawSizeInBytes === undefined) throw unreadable(answer, 'it has no x-log-bodyrawsize')
  if (!isCompression(compression)) throw unreadable(answer, 'its compression is unknown')
  return { bytes: answer.body, compression, rawSizeInBytes, count, nextCursor }
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function isCompression(text: string): text is Compression {
  return COMPRESSIONS.includes(text)
}
