// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import { Buffer } from 'node:buffer'

// Up to this length a loop in JavaScript beats the fixed price of a native call (`bench/encode.mjs`).
const SHORT = 24

/** Bytes of a text in UTF-8; a lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  const { length } = text
  if (length > SHORT) return Buffer.byteLength(text)
  for (let i = 0; i < length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text)
  }
  return length
}

/** Writes a text of which `length`, its size from {@link utf8Length}, is known, and returns the offset behind it. */
export function writeUtf8(target: Buffer, at: number, text: string, length: number): number {
  if (length !== text.length) target.write(text, at, length, 'utf8')
  else if (length > SHORT) target.write(text, at, length, 'latin1')
  else for (let i = 0; i < length; i++) target[at + i] = text.charCodeAt(i)
  return at + length
}
