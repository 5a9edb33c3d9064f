import type { Contents, Log } from '../../sls/wire/log.ts'

const FIELD_OVERHEAD = 8

/** About how many bytes the content of logs has: text is counted by its UTF-16 length. For shares and counters, not for limits. */
export function sizeOfLogs(logs: readonly Log[]): number {
  let bytes = 0
  for (const { contents } of logs) bytes += sizeOfContents(contents)
  return bytes
}

function sizeOfContents(contents: Contents): number {
  let bytes = 0
  if (Array.isArray(contents)) {
    for (const [key, value] of contents) bytes += key.length + sizeOfValue(value) + FIELD_OVERHEAD
    return bytes
  }
  for (const key in contents)
    bytes += key.length + sizeOfValue((contents as Record<string, unknown>)[key]) + FIELD_OVERHEAD
  return bytes
}

function sizeOfValue(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  return typeof value === 'object' && value !== null ? 64 : 8
}
