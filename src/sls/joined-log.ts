// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import { Buffer } from 'node:buffer'
import { FieldHeads, highBytesOfHead } from './field-heads.ts'
import type { Value } from './log.ts'
import { checkField } from './read-contents.ts'
import { valueText } from './value-text.ts'
import { varintSize, varintText } from './varint.ts'

const UP_TO = 16 * 1024
const LONGEST_PAUSE = 32
const LENGTHS = Array.from({ length: 2048 }, (_, length) => varintText(length))
const { hasOwnProperty } = Object.prototype

export class LogJoiner {
  readonly #heads = new FieldHeads()
  #untried = 0
  #pause = 1
  #second = -1
  #secondText = ''
  #secondHigh = 0

  join(
    contents: { readonly [key: string]: Value },
    seconds: number,
    nanoseconds: number | undefined,
  ): string | undefined {
    if (this.#untried-- > 0) return undefined
    const log = this.#joinFields(contents, seconds, nanoseconds)
    if (log !== undefined) {
      this.#pause = 1
      this.#untried = 0
      return log
    }
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    this.#untried = this.#pause
    return undefined
  }

  #joinFields(
    fields: { readonly [key: string]: Value },
    seconds: number,
    nanoseconds: number | undefined,
  ): string | undefined {
    let body = this.#timeText(seconds)
    let high = this.#secondHigh
    let position = 0
    let size = 0
    for (const key in fields) {
      if (!hasOwnProperty.call(fields, key)) continue
      const value = fields[key]
      if (value === undefined) continue
      const text = typeof value === 'string' ? value : valueText(key, value)
      if (typeof text !== 'string') return undefined
      const { length } = text
      size += key.length + length
      if (size > UP_TO) return undefined
      if (key === '') checkField(key, size)
      if (key.length + length > 120) high += highBytesOfHead(key.length, length)
      body += this.#heads.of(key, length, position++)
      body += text
    }
    if (position === 0) return undefined
    if (nanoseconds !== undefined) {
      const tail = nanosecondsText(nanoseconds)
      high += countHigh(tail)
      body += tail
    }
    high += varintSize(body.length) - 1
    const log = `\x0a${LENGTHS[body.length] ?? varintText(body.length)}${body}`
    return Buffer.byteLength(log) === log.length + high ? log : undefined
  }

  #timeText(seconds: number): string {
    if (seconds !== this.#second) {
      this.#second = seconds
      this.#secondText = `\x08${varintText(seconds)}`
      this.#secondHigh = countHigh(this.#secondText)
    }
    return this.#secondText
  }
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
