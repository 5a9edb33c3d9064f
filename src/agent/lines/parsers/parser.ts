import type { Contents, Log } from '../../../sls/wire/log.ts'
import type { BadLine } from '../bad-line.ts'

/** Reads one log out of a line; undefined for a line that holds nothing. Never throws. */
export type LogParser = (line: string) => Log | BadLine | undefined

/** Fields of a log as pairs: keys may repeat, and their order is kept. */
export type Pairs = [key: string, value: string][]

export const CONTENT_FIELD = 'content'
export const PARSE_ERROR_FIELD = '__parse_error__'

/** A line that its parser cannot read, kept whole. */
export function unparsed(line: string, { reason }: BadLine): Log {
  const contents: Contents = [
    [CONTENT_FIELD, line],
    [PARSE_ERROR_FIELD, reason],
  ]
  return { contents }
}
