import type { Contents, Log } from '../../sls/wire/log.ts'

/** What streams and iterables carry: a chunk whose `contents` is an object is a log; any other is the contents of one. */
export function asLog(chunk: unknown): Log {
  const contents = (chunk as { contents?: unknown } | null)?.contents
  return typeof contents === 'object' && contents !== null ? (chunk as Log) : { contents: chunk as Contents }
}
