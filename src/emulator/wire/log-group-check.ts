import protobuf from 'protobufjs'

/** The metadata that the store needs of a LogGroup. */
export interface LogGroupSummary {
  readonly logCount: number
  /** Earliest and latest log time, in epoch seconds; 0 without logs. */
  readonly firstTime: number
  readonly lastTime: number
}

type Field = (reader: protobuf.Reader, end: number) => void

// Tags of protobuf fields: field number and wire type.
const VARINT_1 = 0x08
const BYTES_1 = 0x0a
const BYTES_2 = 0x12
const BYTES_6 = 0x32

/**
 * Checks a LogGroup as strictly as decoding it would, without creating an object for every field. This is five times as
 * fast, and a body of two million empty logs takes no memory. Throws if it is not a LogGroup or a required field is missing.
 * test/emulator/wire/log-group-check.test.ts compares it with the decoder.
 */
export function checkLogGroup(bytes: Uint8Array): LogGroupSummary {
  const reader = protobuf.Reader.create(bytes)
  let logCount = 0
  let firstTime = Number.POSITIVE_INFINITY
  let lastTime = 0
  readMessage(reader, reader.len, (tag) => {
    if (tag === BYTES_6) return readNested(reader, checkPair)
    if (tag !== BYTES_1) return skip(reader, tag)
    readNested(reader, (_, end) => {
      const time = timeOfLog(reader, end)
      logCount++
      if (time < firstTime) firstTime = time
      if (time > lastTime) lastTime = time
    })
  })
  return { logCount, firstTime: logCount === 0 ? 0 : firstTime, lastTime }
}

function timeOfLog(reader: protobuf.Reader, end: number): number {
  let time: number | undefined
  readMessage(reader, end, (tag) => {
    if (tag === VARINT_1) time = reader.uint32()
    else if (tag === BYTES_2) readNested(reader, checkPair)
    else skip(reader, tag)
  })
  if (time === undefined) throw new Error("missing required 'Time'")
  return time
}

/** Content and LogTag have the same form: two required fields of bytes. */
const checkPair: Field = (reader, end) => {
  let found = 0
  readMessage(reader, end, (tag) => {
    if (tag === BYTES_1) found |= 1
    else if (tag === BYTES_2) found |= 2
    skip(reader, tag)
  })
  if (found !== 3) throw new Error(`missing required '${found & 1 ? 'Value' : 'Key'}'`)
}

function readNested(reader: protobuf.Reader, read: Field): void {
  const length = reader.size()
  const end = reader.pos + length
  if (end > reader.len) throw new RangeError('index out of range')
  read(reader, end)
}

function skip(reader: protobuf.Reader, tag: number): void {
  reader.skipType(tag & 7, 0, tag >>> 3)
}

/** Calls `onTag` for each field, which must read the field. Throws if the last field does not end at the end of the message. */
function readMessage(reader: protobuf.Reader, end: number, onTag: (tag: number) => unknown): void {
  // Within a message the reader must not read beyond its end, as the decoder does not.
  const outerEnd = reader.len
  reader.len = end
  while (reader.pos < end) {
    onTag(reader.tag())
  }
  if (reader.pos !== end) throw new RangeError('index out of range')
  reader.len = outerEnd
}
