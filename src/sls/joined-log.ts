// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import { Buffer } from 'node:buffer'
import type { Texts } from './read-contents.ts'
import { varintSize, varintText } from './varint.ts'

// Where the joined form wins, by `bench/encode.mjs`: below, writing character by character is faster; above, a native
// call for each text is cheap beside the copy that joining makes.
const FROM = 100
const UP_TO = 16 * 1024

const TABLE_SIZE = 2048
const LENGTHS = Array.from({ length: TABLE_SIZE }, (_, length) => varintText(length))
const CONTENT_HEADS = LENGTHS.map((length) => `\x12${length}\x0a`)
const VALUE_HEADS = LENGTHS.map((length) => `\x12${length}`)

/**
 * The encoded log as one string, a latin1 character for each byte, so that one native call writes it all. Undefined when the
 * log is not made of ASCII text alone, or is too short or too long for this to be the faster way.
 */
export function joinedLog(
  texts: Texts,
  from: number,
  to: number,
  time: string,
  nanoseconds: string,
): string | undefined {
  const units = textUnits(texts, from, to)
  if (units < FROM || units > UP_TO) return undefined
  let body = time
  let highBytes = countHigh(time) + countHigh(nanoseconds)
  for (let i = from; i < to; i += 2) {
    const key = texts[i] as string
    const value = texts[i + 1] as string
    const prefixes = varintSize(key.length) + varintSize(value.length)
    const content = 2 + prefixes + key.length + value.length
    highBytes += prefixes + varintSize(content) - 3
    body += contentHead(content) + lengthText(key.length) + key + valueHead(value.length) + value
  }
  if (nanoseconds !== '') body += nanoseconds
  highBytes += varintSize(body.length) - 1
  const log = `\x0a${lengthText(body.length)}${body}`
  // In UTF-8 each of the prefix characters from 0x80 on takes one byte more than its one unit, and any text that is not
  // ASCII takes more as well. So the numbers agree exactly when all of the text is ASCII, and then the lengths are right.
  return Buffer.byteLength(log) === log.length + highBytes ? log : undefined
}

/** Length of all texts, or -1 when there are bytes among them. */
function textUnits(texts: Texts, from: number, to: number): number {
  let units = 0
  for (let i = from; i < to; i++) {
    const text = texts[i]!
    if (typeof text !== 'string') return -1
    units += text.length
  }
  return units
}

function countHigh(prefix: string): number {
  let count = 0
  for (let i = 0; i < prefix.length; i++) if (prefix.charCodeAt(i) > 0x7f) count++
  return count
}

function lengthText(length: number): string {
  return length < TABLE_SIZE ? LENGTHS[length]! : varintText(length)
}

function contentHead(length: number): string {
  return length < TABLE_SIZE ? CONTENT_HEADS[length]! : `\x12${varintText(length)}\x0a`
}

function valueHead(length: number): string {
  return length < TABLE_SIZE ? VALUE_HEADS[length]! : `\x12${varintText(length)}`
}
