import type { Contents, Log } from '../../sls/wire/log.ts'
import { logOfJsonLine } from './json-line.ts'

/**
 * What streams and iterables carry. A chunk is a log when its `contents` is an object and all else that it has is the time
 * of a log (`time`, `nanoseconds`); any other is the contents of one, in which `contents` is a field like all others: so
 * nothing of it is lost, whatever a row calls its columns. Text that is an object in JSON is that object. Never throws: what
 * cannot be read is refused when it is encoded.
 */
export function asLog(chunk: unknown): Log {
  if (isLog(chunk)) return chunk
  return (typeof chunk === 'string' ? logOfJsonLine(chunk) : undefined) ?? { contents: chunk as Contents }
}

function isLog(chunk: unknown): chunk is Log {
  try {
    if (typeof chunk !== 'object' || chunk === null) return false
    const { contents } = chunk as { contents?: unknown }
    if (typeof contents !== 'object' || contents === null) return false
    return Object.keys(chunk).every((name) => name === 'contents' || name === 'time' || name === 'nanoseconds')
  } catch {
    return false
  }
}
