import { isUtf8 } from 'node:buffer'
import { sep } from 'node:path'

/**
 * Paths whose bytes are not UTF-8 (POSIX allows any bytes). In this program a path is a string in which each byte that is not part of
 * valid UTF-8 is one lone surrogate, U+DC80 to U+DCFF, as in Python's `surrogateescape`. No valid name contains such a character, so
 * the string stands for exactly one path, and JSON keeps it.
 */
const ESCAPED_BYTE = /((?<![\ud800-\udbff])[\udc80-\udcff])/
const ESCAPED_BYTES = new RegExp(ESCAPED_BYTE, 'g')
const ESCAPE_BASE = 0xdc00
/** A valid path with text that looks like an escape. */
const LOOKS_ESCAPED = /\\x[0-9A-F]{2}/

/** Windows has no such paths; its names are UTF-16 and may hold lone surrogates themselves. */
export const hasRawPaths = sep === '/'

/** Converts bytes of a path to its string. */
export function pathOfBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  let path = ''
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)))
    path +=
      length === undefined ? String.fromCharCode(ESCAPE_BASE + bytes[at]!) : bytes.toString('utf8', at, at + length)
    at += length ?? 1
  }
  return path
}

/** Converts the string of a path to an argument for `node:fs`. */
export function rawPath(path: string): string | Buffer {
  if (!hasRawPaths || !ESCAPED_BYTE.test(path)) return path
  const parts = path.split(ESCAPED_BYTE)
  return Buffer.concat(parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.of(part.charCodeAt(0) & 0xff))))
}

/**
 * The path as text for people, tags and messages: a byte that is not UTF-8 is `\xFF`. Two paths never have the same text: in one that
 * has such an escape, or looks as if it had one, each backslash is doubled.
 */
export function shownPath(path: string): string {
  if (!hasRawPaths || !(ESCAPED_BYTE.test(path) || LOOKS_ESCAPED.test(path))) return path
  return path
    .replaceAll('\\', '\\\\')
    .replace(ESCAPED_BYTES, (byte) => `\\x${(byte.charCodeAt(0) & 0xff).toString(16).toUpperCase()}`)
}
