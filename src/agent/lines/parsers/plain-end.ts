import type { ByteSource } from '../../../sls/wire/byte-source.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Where the first quote, backslash or control character is, from `start` on; `end` if there is none. */
export function plainEnd({ bytes, view }: ByteSource, start: number, end: number): number {
  let at = start
  // Four bytes at a time: each of the three is not zero when one of the four is what it looks for.
  for (; at + 4 <= end; at += 4) {
    const four = view.getInt32(at, true)
    const quotes = four ^ 0x22222222
    const escapes = four ^ 0x5c5c5c5c
    const isQuote = (quotes - 0x01010101) & ~quotes
    const isEscape = (escapes - 0x01010101) & ~escapes
    const isControl = (four - 0x20202020) & ~four
    if (((isQuote | isEscape | isControl) & 0x80808080) !== 0) break
  }
  while (at < end && isPlain(bytes[at] as number)) at++
  return at
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH
}
