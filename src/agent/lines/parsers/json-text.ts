import { ByteSource } from '../../../sls/wire/byte-source.ts'
import { plainEnd } from './plain-end.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const FIRST_BYTES = 4096

/** What follows a backslash, and what both stand for. */
const ESCAPES = new Uint8Array(128)
for (const [letter, meaning] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}))
  ESCAPES[letter.charCodeAt(0)] = meaning.charCodeAt(0)

/** A text of JSON without its escapes: where it stands, or a copy. */
export class JsonText {
  text = new ByteSource(Buffer.alloc(FIRST_BYTES))
  from = 0
  to = 0
  #copy = this.text

  /**
   * Reads the text that begins at `start`, behind its quote, and returns where its last quote is. -1 if it is no text, or has an
   * escape for half of a character.
   */
  read(source: ByteSource, start: number, end: number): number {
    const { bytes } = source
    const at = plainEnd(source, start, end)
    if (at === end) return -1
    if (bytes[at] === BACKSLASH) return this.#unescape(bytes, start, at, end)
    if (bytes[at] !== QUOTE) return -1
    this.text = source
    this.from = start
    this.to = at
    return at
  }

  /** A text never gets longer by this. */
  #unescape(bytes: Buffer, start: number, firstEscape: number, end: number): number {
    if (this.#copy.bytes.length < end - start) this.#copy = new ByteSource(Buffer.allocUnsafe(2 * (end - start)))
    const copy = this.#copy.bytes
    let to = bytes.copy(copy, 0, start, firstEscape)
    for (let at = firstEscape; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE) {
        this.text = this.#copy
        this.from = 0
        this.to = to
        return at
      }
      if (byte < 0x20) return -1
      if (byte !== BACKSLASH) {
        copy[to++] = byte
        continue
      }
      const letter = bytes[++at] as number
      if (letter === LETTER_U) {
        to = writeUnit(copy, to, unitAt(bytes, at + 1, end))
        if (to < 0) return -1
        at += 4
      } else {
        const meaning = ESCAPES[letter] ?? 0
        if (meaning === 0) return -1
        copy[to++] = meaning
      }
    }
    return -1
  }
}

/** The four hexadecimal digits at `at` as a number; -1 for anything else. */
function unitAt(bytes: Buffer, at: number, end: number): number {
  if (at + 4 > end) return -1
  let unit = 0
  for (let i = at; i < at + 4; i++) {
    const digit = hexDigit(bytes[i] as number)
    if (digit < 0) return -1
    unit = unit * 16 + digit
  }
  return unit
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** As UTF-8; -1 for half of a character, and for what is no unit. */
function writeUnit(target: Buffer, at: number, unit: number): number {
  if (unit < 0 || (unit >= 0xd800 && unit <= 0xdfff)) return -1
  if (unit < 0x80) {
    target[at] = unit
    return at + 1
  }
  if (unit < 0x800) {
    target[at] = 0xc0 | (unit >> 6)
    target[at + 1] = 0x80 | (unit & 0x3f)
    return at + 2
  }
  target[at] = 0xe0 | (unit >> 12)
  target[at + 1] = 0x80 | ((unit >> 6) & 0x3f)
  target[at + 2] = 0x80 | (unit & 0x3f)
  return at + 3
}
