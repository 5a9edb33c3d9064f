// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import { Buffer } from 'node:buffer'
import { FieldHeads, highBytesOfHead } from './field-heads.ts'
import type { Texts } from './read-contents.ts'
import { varintSize, varintText } from './varint.ts'

// Where the joined form wins, by `bench/encode.mjs`: below, writing character by character is faster; above, a native
// call for each text is cheap beside the copy that joining makes.
const FROM = 100
const UP_TO = 16 * 1024

const LONGEST_PAUSE = 32

const LENGTHS = Array.from({ length: 2048 }, (_, length) => varintText(length))

/** Makes an encoded log one string, a latin1 character for each byte, so that one native call writes it all. */
export class LogJoiner {
  readonly #heads = new FieldHeads()
  // Text that is not ASCII rarely comes alone, and a vain try costs as much as the encoding: after each in a row, twice as
  // many logs pass untried.
  #untried = 0
  #pause = 1
  #second = -1
  #secondText = ''

  /** Undefined where the log is not ASCII text alone, or is too short or too long for this to be the faster way. */
  join(texts: Texts, count: number, seconds: number, nanoseconds: number | undefined): string | undefined {
    const units = textUnits(texts, count)
    if (units < FROM || units > UP_TO || this.#untried-- > 0) return undefined
    const log = this.#joinAscii(texts, count, this.#timeText(seconds), nanoseconds)
    this.#pause = log === undefined ? Math.min(this.#pause * 2, LONGEST_PAUSE) : 1
    this.#untried = log === undefined ? this.#pause : 0
    return log
  }

  #joinAscii(texts: Texts, count: number, time: string, nanoseconds: number | undefined): string | undefined {
    let body = time
    let highBytes = countHigh(time)
    for (let i = 0; i < count; i += 2) {
      const key = texts[i] as string
      const value = texts[i + 1] as string
      highBytes += highBytesOfHead(key.length, value.length)
      body += this.#heads.of(key, value.length)
      body += value
    }
    if (nanoseconds !== undefined) {
      const tail = nanosecondsText(nanoseconds)
      highBytes += countHigh(tail)
      body += tail
    }
    highBytes += varintSize(body.length) - 1
    const log = `\x0a${LENGTHS[body.length] ?? varintText(body.length)}${body}`
    // In UTF-8 each of the length bytes from 0x80 on takes one byte more than its one unit, and any text that is not
    // ASCII takes more as well. So the numbers agree exactly when all of the text is ASCII, and then the lengths are right.
    return Buffer.byteLength(log) === log.length + highBytes ? log : undefined
  }

  #timeText(seconds: number): string {
    if (seconds !== this.#second) {
      this.#second = seconds
      this.#secondText = `\x08${varintText(seconds)}`
    }
    return this.#secondText
  }
}

/** Length of all texts, or -1 when there are bytes among them. */
function textUnits(texts: Texts, count: number): number {
  let units = 0
  for (let i = 0; i < count; i++) {
    const text = texts[i]!
    if (typeof text !== 'string') return -1
    units += text.length
  }
  return units
}

function countHigh(bytes: string): number {
  let count = 0
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) > 0x7f) count++
  return count
}

function nanosecondsText(nanoseconds: number): string {
  const byte = (shift: number) => (nanoseconds >>> shift) & 0xff
  return `\x25${String.fromCharCode(byte(0), byte(8), byte(16), byte(24))}`
}
