import type { ByteSource } from '../../../sls/wire/byte-source.ts'
import type { LogBuffer } from '../../../sls/wire/log-buffer.ts'
import type { LogTime } from '../log-time.ts'
import type { ByteParser } from './byte-parser.ts'
import { JsonText } from './json-text.ts'
import { nestedEnd, numberEnd, skipBlanks, wordEnd } from './json-values.ts'
import { NameSet } from './name-set.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const OPEN = 0x7b
const CLOSE = 0x7d
const NULL = 0x6e

/** `"a":1,`: so many bytes of a line for each of its fields, at least. */
const LEAST_FIELD_BYTES = 6

export interface TimeField {
  readonly name: string
  /** The text of the field, or undefined where the line has none; undefined for what is no time. */
  readonly read: (text: string | undefined) => LogTime | undefined
}

/**
 * Objects whose members are the fields, as `jsonParser` reads them: texts without their escapes, numbers with the digits of their
 * source, objects and lists as they stand. Not for what JavaScript would write in another way than its source: blanks and odd
 * escapes inside of a value, keys with escapes or that are numbers, and keys that come twice.
 */
export class JsonBytes implements ByteParser {
  readonly #text = new JsonText()
  readonly #names = new NameSet()
  readonly #timeKey: Buffer | undefined
  readonly #readTime: TimeField['read']

  constructor(time?: TimeField) {
    this.#timeKey = time && Buffer.from(time.name)
    this.#readTime = time?.read ?? (() => undefined)
  }

  read(source: ByteSource, start: number, end: number, logs: LogBuffer, nowMs: number): boolean {
    const { bytes } = source
    let at = skipBlanks(bytes, start, end)
    if (bytes[at] !== OPEN) return false
    logs.begin(1 + Math.ceil((end - start) / LEAST_FIELD_BYTES), end - start)
    this.#names.clear()
    let timeText: string | undefined
    do {
      const keyAt = skipBlanks(bytes, at + 1, end)
      if (bytes[keyAt] !== QUOTE) return false
      const keyEnd = this.#names.addOutermost(source, keyAt + 1, end)
      if (keyEnd < 0) return false
      at = skipBlanks(bytes, keyEnd + 1, end)
      if (bytes[at] !== COLON) return false
      const valueAt = skipBlanks(bytes, at + 1, end)
      const isTime = this.#timeKey !== undefined && isKey(this.#timeKey, bytes, keyAt + 1, keyEnd)
      if (bytes[valueAt] === QUOTE) {
        const valueEnd = this.#text.read(source, valueAt + 1, end)
        if (valueEnd < 0) return false
        const { text, from, to } = this.#text
        logs.field(source, keyAt + 1, keyEnd, text, from, to)
        if (isTime) timeText = text.bytes.toString('utf8', from, to)
        at = valueEnd + 1
      } else {
        at = this.#valueEnd(bytes, valueAt, end)
        if (at < 0) return false
        const isNull = bytes[valueAt] === NULL
        logs.field(source, keyAt + 1, keyEnd, source, valueAt, isNull ? valueAt : at)
        if (isTime) timeText = bytes.toString('utf8', valueAt, at)
      }
      at = skipBlanks(bytes, at, end)
    } while (bytes[at] === COMMA)
    if (bytes[at] !== CLOSE || skipBlanks(bytes, at + 1, end) !== end) return false
    const time = this.#readTime(timeText)
    logs.end(time?.time ?? nowMs, time?.nanoseconds)
    return true
  }

  #valueEnd(bytes: Buffer, at: number, end: number): number {
    const first = bytes[at] as number
    if (first === OPEN || first === OPEN_ARRAY) return nestedEnd(bytes, at, end, this.#names)
    return first > 0x39 ? wordEnd(bytes, at) : numberEnd(bytes, at)
  }
}

function isKey(key: Buffer, bytes: Buffer, start: number, end: number): boolean {
  return end - start === key.length && key.compare(bytes, start, end) === 0
}
