// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import { Buffer } from 'node:buffer'
import { type ByteSource, viewOf } from './byte-source.ts'
import type { Log } from './log.ts'
import { LogEncoder } from './log-encoder.ts'
import { FIELD_OVERHEAD, LOG_OVERHEAD } from './log-scratch.ts'
import { logTimeMs, nanosecondsOf, secondsOf } from './log-time.ts'
import { varintSize, writeVarint } from './varint.ts'

const FIRST_BYTES = 64 * 1024
const FIRST_LOGS = 512
/** Beyond, memory that one large log has made grow is given back. */
const KEPT_BYTES = 1024 * 1024
/** Tag and seconds, of every time since July 1978. */
const TIME_BYTES = 6

/**
 * Logs that are encoded where they are read, one behind the other, for `Writer.appendLogs`. A field is copied from where it stands
 * in the bytes of its source: no string and no object is made for it. Used again and again: {@link clear}.
 *
 * @example
 * ```
 * logs.begin(1, 5 + to - from)
 * logs.field(names, 0, 5, chunk, from, to)
 * logs.end(timeMs)
 * ```
 */
export class LogBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #view = viewOf(this.#bytes)
  #ends = new Int32Array(FIRST_LOGS)
  /** Logs in it, and of those from the front the ones that were taken. */
  #written = 0
  #taken = 0
  /** Where the last whole log ends, where the fields of the open one begin, and where they end so far. */
  #end = 0
  #fieldsAt = 0
  #at = 0
  /** Bytes that the length of a log takes: those of the one before, as most are alike. */
  #lengthBytes = 2
  readonly #encoder = new LogEncoder()
  #first = 0
  #lastExclusive = 0

  /** Logs that are in it and were not taken. */
  get count(): number {
    return this.#written - this.#taken
  }

  /** Encoded bytes of these logs. */
  get restInBytes(): number {
    return this.#end - this.#startOf(0)
  }

  /** Begins a log of at most `fields` fields, whose keys and values have at most `textBytes` together. It is in no list before {@link end}. */
  begin(fields: number, textBytes: number): void {
    this.#makeRoom(LOG_OVERHEAD + FIELD_OVERHEAD * fields + textBytes)
    this.#fieldsAt = this.#end + 1 + this.#lengthBytes + TIME_BYTES
    this.#at = this.#fieldsAt
  }

  /** Adds a field to the log that was begun: its key and its value, UTF-8 as it is. The key must not be empty. */
  field(
    keys: ByteSource,
    keyStart: number,
    keyEnd: number,
    values: ByteSource,
    valueStart: number,
    valueEnd: number,
  ): void {
    const target = this.#bytes
    const keyBytes = keyEnd - keyStart
    const valueBytes = valueEnd - valueStart
    const view = this.#view
    const bytes = 4 + keyBytes + valueBytes
    let at = this.#at
    target[at] = 0x12
    if (bytes < 0x80) {
      // All three lengths take a byte each, as those of most fields do.
      target[at + 1] = bytes
      target[at + 2] = 0x0a
      target[at + 3] = keyBytes
      at = keys.copyTo(target, view, at + 4, keyStart, keyEnd)
      target[at] = 0x12
      target[at + 1] = valueBytes
      this.#at = values.copyTo(target, view, at + 2, valueStart, valueEnd)
      return
    }
    at = writeVarint(target, at + 1, 2 + varintSize(keyBytes) + keyBytes + varintSize(valueBytes) + valueBytes)
    target[at] = 0x0a
    at = writeVarint(target, at + 1, keyBytes)
    at = keys.copyTo(target, view, at, keyStart, keyEnd)
    target[at] = 0x12
    at = writeVarint(target, at + 1, valueBytes)
    this.#at = values.copyTo(target, view, at, valueStart, valueEnd)
  }

  /** The log is whole: it has at least one field. */
  end(timeMs: number, nanoseconds?: number): void {
    const target = this.#bytes
    if (nanoseconds !== undefined) {
      target[this.#at] = 0x25
      this.#at = target.writeUInt32LE(nanosecondsOf(nanoseconds, timeMs), this.#at + 1)
    }
    const seconds = secondsOf(timeMs)
    const bodyBytes = 1 + varintSize(seconds) + this.#at - this.#fieldsAt
    this.#lengthBytes = varintSize(bodyBytes)
    const start = this.#end
    const fieldsAt = start + 2 + this.#lengthBytes + varintSize(seconds)
    // The length, or a time long ago, takes another number of bytes than the room that was left for it.
    if (fieldsAt !== this.#fieldsAt) target.copyWithin(fieldsAt, this.#fieldsAt, this.#at)
    target[start] = 0x0a
    const timeAt = writeVarint(target, start + 1, bodyBytes)
    target[timeAt] = 0x08
    writeVarint(target, timeAt + 1, seconds)
    this.#added(fieldsAt + this.#at - this.#fieldsAt)
  }

  /**
   * Adds a log that is an object. A log that was begun is left out.
   *
   * @throws ProducerError `ERR_LOGHUB_INVALID_LOG`, `ERR_LOGHUB_LOG_TOO_LARGE`; nothing is added then
   */
  add(log: Log, nowMs: number): void {
    this.#encoder.encode(log.contents, logTimeMs(log.time, nowMs), log.nanoseconds)
    const { sizeInBytes } = this.#encoder
    this.#makeRoom(sizeInBytes)
    this.#encoder.writeTo(this.#bytes, this.#end)
    this.#encoder.clear()
    this.#added(this.#end + sizeInBytes)
  }

  /** Leaves out logs from the front: they were taken. */
  drop(count: number): void {
    this.#taken += count
  }

  /** Leaves out all logs, so that others can be written. */
  clear(): void {
    this.#written = 0
    this.#taken = 0
    this.#end = 0
    if (this.#bytes.length > KEPT_BYTES) this.#use(Buffer.allocUnsafeSlow(FIRST_BYTES))
  }

  /** Encoded bytes of a log. @internal */
  sizeOf(index: number): number {
    return this.#startOf(index + 1) - this.#startOf(index)
  }

  /** Picks the logs that are encoded logs to who takes them. @internal */
  select(first: number, lastExclusive: number): void {
    this.#first = first
    this.#lastExclusive = lastExclusive
  }

  /** Of those that were picked. @internal */
  get logCount(): number {
    return this.#lastExclusive - this.#first
  }

  /** Of those that were picked. @internal */
  get sizeInBytes(): number {
    return this.endOf(this.logCount - 1)
  }

  /** @internal */
  endOf(index: number): number {
    return this.#startOf(this.#first + index + 1) - this.#startOf(this.#first)
  }

  /** @internal */
  writeTo(target: Buffer, at: number): void {
    this.writeRangeTo(target, at, 0, this.logCount)
  }

  /** @internal */
  writeRangeTo(target: Buffer, at: number, firstLog: number, lastLogExclusive: number): void {
    this.#bytes.copy(target, at, this.#startOf(this.#first + firstLog), this.#startOf(this.#first + lastLogExclusive))
  }

  #startOf(index: number): number {
    const before = this.#taken + index - 1
    return before < 0 ? 0 : (this.#ends[before] as number)
  }

  #added(end: number): void {
    if (this.#written === this.#ends.length) this.#ends = grown(this.#ends)
    this.#ends[this.#written++] = end
    this.#end = end
  }

  #makeRoom(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#use(larger)
  }

  #use(bytes: Buffer<ArrayBuffer>): void {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
  }
}

function grown(list: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(list.length * 2)
  longer.set(list)
  return longer
}
