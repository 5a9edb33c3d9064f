// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import { Buffer } from 'node:buffer'
import { FieldHeads, highBytesOfHead } from './field-heads.ts'
import type { Contents, Value } from './log.ts'
import { valueText } from './value-text.ts'
import { varintSize, varintText } from './varint.ts'

// Above, a native call for each text is cheap beside the copy that joining makes (`bench/encode.mjs`).
const UP_TO = 16 * 1024
/** Of a key and its value together, in characters: up to here no length of the field takes a second byte. */
const SHORT_FIELD = 120
const LONGEST_PAUSE = 128
const LENGTHS = Array.from({ length: 2048 }, (_, length) => varintText(length))

/**
 * Makes an encoded log one string, a latin1 character for each byte, so that one native call writes it all. In one pass
 * over the contents: what turns out not to be fit for it is read again for the other way of encoding, so that a getter
 * or `toJSON` in it may run twice.
 */
export class LogJoiner {
  readonly #heads = new FieldHeads()
  // Text that is not ASCII rarely comes alone, and a vain try costs as much as the encoding: after each in a row, twice as
  // many logs pass untried.
  #untried = 0
  #pause = 1
  #second = -1
  #secondText = ''
  /** Of the current log: its bytes from 0x80 on, which are all in lengths and the time. */
  #highBytes = 0

  /** Undefined where the log is not ASCII text alone, or too long for this to be the faster way, or not a log. */
  join(contents: Contents, seconds: number, nanoseconds: number | undefined): string | undefined {
    if (this.#untried-- > 0) return undefined
    const log = this.#join(contents, seconds, nanoseconds)
    this.#pause = log === undefined ? Math.min(this.#pause * 2, LONGEST_PAUSE) : 1
    this.#untried = log === undefined ? this.#pause : 0
    return log
  }

  #join(contents: Contents, seconds: number, nanoseconds: number | undefined): string | undefined {
    this.#highBytes = 0
    const fields = Array.isArray(contents) ? this.#joinPairs(contents) : this.#joinFields(contents as Fields)
    if (fields === undefined) return undefined
    const body = this.#timeText(seconds) + fields + this.#nanosecondsText(nanoseconds)
    const log = `\x0a${LENGTHS[body.length] ?? varintText(body.length)}${body}`
    const highBytes = this.#highBytes + varintSize(body.length) - 1
    // In UTF-8 each of the length bytes from 0x80 on takes one byte more than its one unit, and any text that is not
    // ASCII takes more as well. So the numbers agree exactly when all of the text is ASCII, and then the lengths are right.
    return Buffer.byteLength(log) === log.length + highBytes ? log : undefined
  }

  #joinFields(fields: Fields): string | undefined {
    let joined = ''
    let position = 0
    for (const key in fields) {
      // Written out: V8 then knows that most keys of this loop are the object's own and leaves the call out. A constant of the
      // module is a variable once a bundler has had it, and is called for each field (`bench/encode.mjs`).
      // biome-ignore lint/suspicious/noPrototypeBuiltins: `Object.hasOwn` is called for each field as well
      if (!Object.prototype.hasOwnProperty.call(fields, key)) continue
      const value = fields[key]
      if (value === undefined) continue
      const text = typeof value === 'string' ? value : valueText(key, value)
      if (typeof text !== 'string' || key === '') return undefined
      joined += this.#headOf(key, text, position++)
      joined += text
      if (joined.length > UP_TO) return undefined
    }
    return position === 0 ? undefined : joined
  }

  #joinPairs(pairs: readonly (readonly [string, Value])[]): string | undefined {
    let joined = ''
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i]
      if (!Array.isArray(pair) || pair.length !== 2) return undefined
      const [key, value] = pair as [unknown, Value]
      if (value === undefined) continue
      if (typeof key !== 'string' || key === '') return undefined
      const text = valueText(key, value)
      if (typeof text !== 'string') return undefined
      joined += this.#headOf(key, text, i)
      joined += text
      if (joined.length > UP_TO) return undefined
    }
    return joined === '' ? undefined : joined
  }

  #headOf(key: string, { length }: string, position: number): string {
    if (key.length + length > SHORT_FIELD) this.#highBytes += highBytesOfHead(key.length, length)
    return this.#heads.of(key, length, position)
  }

  #timeText(seconds: number): string {
    if (seconds !== this.#second) {
      this.#second = seconds
      this.#secondText = `\x08${varintText(seconds)}`
    }
    this.#highBytes += this.#secondText.length - 2
    return this.#secondText
  }

  #nanosecondsText(nanoseconds: number | undefined): string {
    if (nanoseconds === undefined) return ''
    const bytes = [0, 8, 16, 24].map((shift) => (nanoseconds >>> shift) & 0xff)
    for (const byte of bytes) if (byte > 0x7f) this.#highBytes++
    return `\x25${String.fromCharCode(...bytes)}`
  }
}

type Fields = { readonly [key: string]: Value }
