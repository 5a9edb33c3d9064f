import protobuf from 'protobufjs'
import { textOf } from './log-group.ts'

/** A key and its value. */
export type Pair = readonly [key: string, value: string]

/** The fields that all logs of a LogGroup share. */
export interface GroupHead {
  readonly topic: string
  readonly source: string
  readonly tags: readonly Pair[]
}

/** A log of a LogGroup that is decoded only when its contents are read. */
export class LogView {
  readonly head: GroupHead
  /** Epoch seconds. */
  readonly time: number
  /** The nanosecond part; undefined if none was sent. */
  readonly nanoseconds: number | undefined
  /** Index of the log in its group, from 0. */
  readonly index: number
  /** Encoded length. */
  readonly sizeInBytes: number
  readonly #bytes: Uint8Array
  readonly #start: number
  #contents: readonly Pair[] | undefined

  constructor(head: GroupHead, bytes: Uint8Array, start: number, end: number, index: number) {
    this.head = head
    this.index = index
    this.sizeInBytes = end - start
    this.#bytes = bytes
    this.#start = start
    const reader = readerAt(bytes, start, end)
    let time = 0
    let nanoseconds: number | undefined
    while (reader.pos < end) {
      const tag = reader.uint32()
      if (tag === TIME) time = reader.uint32()
      else if (tag === TIME_NS) nanoseconds = reader.fixed32()
      else reader.skipType(tag & 7, 0, tag >>> 3)
    }
    this.time = time
    this.nanoseconds = nanoseconds
  }

  /** Decoded at the first call. */
  get contents(): readonly Pair[] {
    this.#contents ??= contentsOf(readerAt(this.#bytes, this.#start, this.#start + this.sizeInBytes))
    return this.#contents
  }
}

// Tags of protobuf fields: field number and wire type.
const LOG = 0x0a
const TOPIC = 0x1a
const SOURCE = 0x22
const LOG_TAG = 0x32
const TIME = 0x08
const CONTENT = 0x12
const TIME_NS = 0x25
const KEY = 0x0a
const VALUE = 0x12

/** The fields of a group other than its logs; they may be anywhere among the logs. The group was checked when it was received. */
export function groupHeadOf(bytes: Uint8Array): GroupHead {
  const reader = protobuf.Reader.create(bytes)
  let topic = ''
  let source = ''
  const tags: Pair[] = []
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === TOPIC) topic = reader.string()
    else if (tag === SOURCE) source = reader.string()
    else if (tag === LOG_TAG) tags.push(pairOf(reader))
    else reader.skipType(tag & 7, 0, tag >>> 3)
  }
  return { topic, source, tags }
}

/** The logs of a group. Only one of them is an object at a time. */
export function* logViews(bytes: Uint8Array): Generator<LogView> {
  const head = groupHeadOf(bytes)
  const reader = protobuf.Reader.create(bytes)
  let index = 0
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag !== LOG) {
      reader.skipType(tag & 7, 0, tag >>> 3)
      continue
    }
    const length = reader.uint32()
    const start = reader.pos
    reader.skip(length)
    yield new LogView(head, bytes, start, start + length, index++)
  }
}

function contentsOf(reader: protobuf.Reader): Pair[] {
  const contents: Pair[] = []
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === CONTENT) contents.push(pairOf(reader))
    else reader.skipType(tag & 7, 0, tag >>> 3)
  }
  return contents
}

/** Content and LogTag have the same form. */
function pairOf(reader: protobuf.Reader): Pair {
  const outerEnd = reader.len
  const end = reader.uint32() + reader.pos
  let key = ''
  let value = ''
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === KEY) key = reader.string()
    else if (tag === VALUE) value = textOf(reader.bytes())
    else reader.skipType(tag & 7, 0, tag >>> 3)
  }
  reader.len = outerEnd
  return [key, value]
}

function readerAt(bytes: Uint8Array, start: number, end: number): protobuf.Reader {
  const reader = protobuf.Reader.create(bytes)
  reader.pos = start
  reader.len = end
  return reader
}
