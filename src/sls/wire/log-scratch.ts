// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import { Buffer } from 'node:buffer'
import type { Texts } from './read-contents.ts'
import { varintSize, writeVarint } from './varint.ts'

// Up to this length a loop in JavaScript beats the fixed price of a native call (`bench/encode.mjs`).
const SHORT = 24
const FIRST_CAPACITY = 4096
const KEPT_CAPACITY = 256 * 1024
/** Tags and lengths: of a field with its key and value at most, and of a log with its time and nanoseconds. */
export const FIELD_OVERHEAD = 18
export const LOG_OVERHEAD = 17
/** UTF-8 has at most so many bytes for a UTF-16 unit. */
const BYTES_PER_UNIT = 3

/**
 * Memory in which logs are encoded one behind the other, and which is used again. In one pass: a length is not known
 * before what follows it is written, so it is guessed as if all text were ASCII, which is nearly always right, and put
 * right behind.
 */
export class LogScratch {
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY)
  #length = 0

  /** Bytes of the logs in it. */
  get length(): number {
    return this.#length
  }

  /** Encodes a log behind the others, and returns its size. */
  add(texts: Texts, count: number, seconds: number, nanoseconds: number | undefined): number {
    this.#makeRoom(LOG_OVERHEAD + (FIELD_OVERHEAD * count) / 2 + mostBytes(texts, count))
    const bytes = this.#bytes
    const start = this.#length
    bytes[start] = 0x0a
    const lengthAt = start + 1
    const room = 1
    let at = lengthAt + room
    bytes[at] = 0x08
    at = writeVarint(bytes, at + 1, seconds)
    for (let i = 0; i < count; i += 2) at = writeContent(bytes, at, texts[i] as string, texts[i + 1]!)
    if (nanoseconds !== undefined) {
      bytes[at] = 0x25
      at = bytes.writeUInt32LE(nanoseconds, at + 1)
    }
    this.#length = endLength(bytes, lengthAt, room, at)
    return this.#length - start
  }

  copy(target: Buffer, at: number, start: number, end: number): void {
    // Half the price of `copy`, which makes the same view behind more checks.
    target.set(new Uint8Array(this.#bytes.buffer, start, end - start), at)
  }

  clear(): void {
    this.#length = 0
    if (this.#bytes.length > KEPT_CAPACITY) this.#bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY)
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

function mostBytes(texts: Texts, count: number): number {
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const text = texts[i]!
    const isLongText = typeof text === 'string' && text.length > KEPT_CAPACITY
    bytes += isLongText ? Buffer.byteLength(text) : text.length * BYTES_PER_UNIT
  }
  return bytes
}

function writeContent(target: Buffer, at: number, key: string, value: string | Uint8Array): number {
  target[at] = 0x12
  const room = varintSize(key.length + value.length + 4)
  let end = writeText(target, at + 1 + room, 0x0a, key)
  end = typeof value === 'string' ? writeText(target, end, 0x12, value) : writeBytes(target, end, 0x12, value)
  return endLength(target, at + 1, room, end)
}

function writeText(target: Buffer, at: number, tag: number, text: string): number {
  const { length } = text
  const room = varintSize(length)
  const start = at + 1 + room
  target[at] = tag
  if (length > SHORT) return endLength(target, at + 1, room, start + target.write(text, start))
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return endLength(target, at + 1, room, start + target.write(text, start))
    target[start + i] = unit
  }
  target[at + 1] = length
  return start + length
}

function writeBytes(target: Buffer, at: number, tag: number, bytes: Uint8Array): number {
  target[at] = tag
  const start = writeVarint(target, at + 1, bytes.length)
  target.set(bytes, start)
  return start + bytes.length
}

/**
 * Writes the length of what stands between the `room` left for it and `end`. Where the room is not what the length takes,
 * that moves. Returns where it then ends.
 */
function endLength(target: Buffer, at: number, room: number, end: number): number {
  const start = at + room
  const length = end - start
  const size = varintSize(length)
  if (size !== room) target.copyWithin(at + size, start, end)
  writeVarint(target, at, length)
  return end + size - room
}
