import { malformed, ProtobufReader, type WireType } from './protobuf-reader.ts'

/** A log as it was read back. */
export interface DecodedLog {
  /** Unix seconds. */
  readonly time: number
  /** The nanosecond part, 0 to 999,999,999; undefined where none was sent. */
  readonly nanoseconds?: number
  /** Its fields, in order; a key may come more than once. */
  readonly contents: (readonly [key: string, value: string])[]
}

/** A LogGroup as it was read back. */
export interface DecodedLogGroup {
  /** What its logs are about; empty where none was sent. */
  readonly topic: string
  /** Where its logs come from; empty where none was sent. */
  readonly source: string
  /** Its tags, in order. */
  readonly tags: (readonly [key: string, value: string])[]
  /** Its logs, in order. */
  readonly logs: DecodedLog[]
}

/**
 * Reads a LogGroup by the rules of protobuf: fields in any order, the last of a repeated scalar counts, unknown fields are
 * skipped. Bytes that are not UTF-8 come as U+FFFD.
 *
 * @throws ProducerError `ERR_LOGHUB_SEND` for bytes that are not a LogGroup
 */
export function decodeLogGroup(bytes: Uint8Array): DecodedLogGroup {
  const group = { topic: '', source: '', tags: [] as [string, string][], logs: [] as DecodedLog[] }
  const reader = new ProtobufReader(asBuffer(bytes))
  while (reader.next()) {
    if (is(reader, 1, 'bytes')) group.logs.push(decodeLog(reader.bytes()))
    else if (is(reader, 3, 'bytes')) group.topic = reader.bytes().toString()
    else if (is(reader, 4, 'bytes')) group.source = reader.bytes().toString()
    else if (is(reader, 6, 'bytes')) group.tags.push(decodePair(reader.bytes(), 'tag'))
    else reader.skip()
  }
  return group
}

/** Reads a LogGroupList, the body of a PullLogs answer. Throws as {@link decodeLogGroup}. */
export function decodeLogGroupList(bytes: Uint8Array): DecodedLogGroup[] {
  const groups: DecodedLogGroup[] = []
  const reader = new ProtobufReader(asBuffer(bytes))
  while (reader.next()) {
    if (is(reader, 1, 'bytes')) groups.push(decodeLogGroup(reader.bytes()))
    else reader.skip()
  }
  return groups
}

function decodeLog(bytes: Buffer): DecodedLog {
  let time: number | undefined
  let nanoseconds: number | undefined
  const contents: [string, string][] = []
  const reader = new ProtobufReader(bytes)
  while (reader.next()) {
    if (is(reader, 1, 'varint')) time = reader.varint()
    else if (is(reader, 2, 'bytes')) contents.push(decodePair(reader.bytes(), 'field'))
    else if (is(reader, 4, 'fixed32')) nanoseconds = reader.fixed32()
    else reader.skip()
  }
  if (time === undefined) throw malformed('a log has no time')
  return nanoseconds === undefined ? { time, contents } : { time, nanoseconds, contents }
}

function decodePair(bytes: Buffer, what: string): [string, string] {
  let key: string | undefined
  let value: string | undefined
  const reader = new ProtobufReader(bytes)
  while (reader.next()) {
    if (is(reader, 1, 'bytes')) key = reader.bytes().toString()
    else if (is(reader, 2, 'bytes')) value = reader.bytes().toString()
    else reader.skip()
  }
  if (key === undefined || value === undefined) throw malformed(`a ${what} has no key or no value`)
  return [key, value]
}

/** A known field with another wire type counts as unknown. */
function is(reader: ProtobufReader, field: number, wireType: WireType): boolean {
  return reader.field === field && reader.wireType === wireType
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
