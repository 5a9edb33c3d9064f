import type { Contents, Log } from '../../../sls/wire/log.ts'
import type { BadLine } from '../bad-line.ts'

/** Reads a log from a line; undefined for a blank line. Never throws. */
export type LogParser = (line: string) => Log | BadLine | undefined

/** Fields of a log as pairs: keys may repeat, and the order is kept. */
export type Pairs = [key: string, value: string][]

export const CONTENT_FIELD = 'content'
export const PARSE_ERROR_FIELD = '__parse_error__'

/** The log of a line that cannot be parsed: the whole line, and the reason. */
export function unparsed(line: string, { reason }: BadLine): Log {
  const contents: Contents = [
    [CONTENT_FIELD, line],
    [PARSE_ERROR_FIELD, reason],
  ]
  return { contents }
}
