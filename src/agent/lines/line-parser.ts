import { isUtf8 } from 'node:buffer'
import type { Contents, Log } from '../../sls/wire/log.ts'
import { BadLine } from './bad-line.ts'
import { parseLogTime } from './log-time.ts'
import { jsonParser } from './parsers/json.ts'

/** Reads a log from the bytes of a line; undefined for a blank line. Never throws. */
export type LineParser = (line: Buffer) => Log | BadLine | undefined

/** Each line, also an empty one, is the value of one field. Bytes that are not UTF-8 become U+FFFD. */
export function textLines(field: string): LineParser {
  return (line) => ({ contents: [[field, isUtf8(line) ? line : line.toString()]] })
}

/**
 * Each line is a JSON object and its members are the fields; numbers keep their digits. Blank lines are skipped.
 *
 * @param timeField the field with the time: a line without it is a bad line. It becomes the time of the log, with nanoseconds, and is
 *   not stored as a field
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
  // Undefined fields are left out. `delete` would make every access to the object slow.
  contents[timeField] = undefined
  return { contents: contents as Contents, ...time }
}
