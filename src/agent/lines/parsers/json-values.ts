import type { NameSet } from './name-set.ts'

const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN = 0x7b
const CLOSE = 0x7d
const SMALL_E = 0x65

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word))
/** Those that JavaScript writes as they stand: `\/` and most of `\u....` are not among them. */
const KEPT_ESCAPES = new Set(Buffer.from('"\\bfnrt'))
const MOST_DEPTH = 32

// Each returns where a value ends, or -1 if it is none. They may read behind the end of the line. The caller finds that out with its
// next step, as a position never goes back.

export function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && isBlank(bytes[at] as number)) at++
  return at
}

function isBlank(byte: number): boolean {
  if (byte > 0x20) return false
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

export function wordEnd(bytes: Buffer, start: number): number {
  for (const word of WORDS) {
    if (word[0] !== bytes[start]) continue
    for (let i = 1; i < word.length; i++) if (bytes[start + i] !== word[i]) return -1
    return start + word.length
  }
  return -1
}

export function numberEnd(bytes: Buffer, start: number): number {
  const whole = bytes[start] === MINUS ? start + 1 : start
  let at = bytes[whole] === ZERO ? whole + 1 : digitsEnd(bytes, whole)
  if (at > 0 && bytes[at] === POINT) at = digitsEnd(bytes, at + 1)
  if (at > 0 && ((bytes[at] as number) | 0x20) === SMALL_E) {
    const sign = bytes[at + 1]
    at = digitsEnd(bytes, at + (sign === PLUS || sign === MINUS ? 2 : 1))
  }
  return at
}

/** At least one digit. */
function digitsEnd(bytes: Buffer, start: number): number {
  let at = start
  while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= 0x39) at++
  return at > start ? at : -1
}

/** An object or a list that JavaScript would write as it stands. */
export function nestedEnd(bytes: Buffer, start: number, end: number, names: NameSet, depth = 0): number {
  if (depth > MOST_DEPTH) return -1
  const isObject = bytes[start] === OPEN
  const close = isObject ? CLOSE : CLOSE_ARRAY
  if (bytes[start + 1] === close) return start + 2
  const outer = names.enter()
  let at = start
  do {
    at++
    if (isObject) {
      at = bytes[at] === QUOTE ? names.add(bytes, at + 1, end) + 1 : -1
      if (at <= 0 || bytes[at++] !== COLON) return -1
    }
    const first = bytes[at] as number
    if (first === QUOTE) at = keptTextEnd(bytes, at + 1, end)
    else if (first === OPEN || first === OPEN_ARRAY) at = nestedEnd(bytes, at, end, names, depth + 1)
    else at = first > 0x39 ? wordEnd(bytes, at) : numberEnd(bytes, at)
    if (at < 0) return -1
  } while (bytes[at] === COMMA && at < end)
  names.leave(outer)
  return bytes[at] === close ? at + 1 : -1
}

/** Behind the last quote of a text whose escapes JavaScript writes as they stand. */
function keptTextEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) return at + 1
    if (byte < 0x20) return -1
    if (byte === BACKSLASH && !KEPT_ESCAPES.has(bytes[++at] as number)) return -1
  }
  return -1
}
