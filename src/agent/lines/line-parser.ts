import { isUtf8 } from 'node:buffer'
import type { Contents, Log } from '../../sls/wire/log.ts'
import { BadLine } from './bad-line.ts'
import { parseLogTime } from './log-time.ts'
import { jsonParser } from './parsers/json.ts'

/** Reads one log out of the bytes of a line; undefined for a line that holds nothing. Never throws. */
export type LineParser = (line: Buffer) => Log | BadLine | undefined

/** Each line is the value of one field, empty lines too. Bytes that are not UTF-8 become U+FFFD. */
export function textLines(field: string): LineParser {
  return (line) => ({ contents: [[field, isUtf8(line) ? line : line.toString()]] })
}

/**
 * Each line is an object, and its members the fields, numbers with the digits of their source; blank lines are skipped.
 *
 * @param timeField the field that says when it happened: a line without it is a bad one. It becomes the time of the log, down to the
 *   nanosecond, and is not stored a second time
 */
export function jsonLines(timeField?: string): LineParser {
  return (line) => {
    const log = jsonParser(line.toString())
    if (log === undefined || log instanceof BadLine || timeField === undefined) return log
    return timedLog(log.contents as Record<string, unknown>, timeField)
  }
}

function timedLog(contents: Record<string, unknown>, timeField: string): Log | BadLine {
  if (!Object.hasOwn(contents, timeField)) return new BadLine(`no time field '${timeField}'`)
  const time = parseLogTime(contents[timeField])
  if (time === undefined) return new BadLine(`the time field '${timeField}' is neither an epoch time nor ISO 8601`)
  // Undefined fields are left out; deleting one would make every object slow to read.
  contents[timeField] = undefined
  return { contents: contents as Contents, ...time }
}
