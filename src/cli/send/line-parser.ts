import { isUtf8 } from 'node:buffer'
import { parseLogTime } from '../../agent/lines/log-time.ts'
import { parseJsonFields } from '../../core/json-fields.ts'
import type { Contents, Log } from '../../sls/wire/log.ts'

/** A line as a log; undefined for a line that holds nothing to send. Throws {@link BadLine}. */
export type LineParser = (line: Buffer) => Log | undefined

/** Why a line cannot be a log. Does not quote the line: it may hold what is not for a terminal. */
export class BadLine extends Error {}

/** Each line is the value of one field, empty lines too. Bytes that are not UTF-8 become U+FFFD. */
export function textParser(field: string): LineParser {
  return (line) => ({ contents: [[field, isUtf8(line) ? line : line.toString()]] })
}

/**
 * Each line is an object, and its members the fields, numbers with the digits of their source; blank lines are skipped.
 *
 * @param timeField the field that says when it happened. It becomes the time of the log, down to the nanosecond, and is
 *   not stored a second time
 */
export function jsonParser(timeField?: string): LineParser {
  return (line) => {
    const text = line.toString()
    if (text.trim() === '') return undefined
    const contents = objectOf(text)
    return timeField === undefined ? { contents: contents as Contents } : timedLog(contents, timeField)
  }
}

function objectOf(text: string): Record<string, unknown> {
  const fields = parse(text)
  if (fields !== undefined) return fields
  const kind = text.trimStart().startsWith('[') ? 'an array' : 'a single value'
  throw new BadLine(`not a JSON object but ${kind}`)
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return parseJsonFields(text)
  } catch {
    throw new BadLine('not JSON')
  }
}

function timedLog(contents: Record<string, unknown>, timeField: string): Log {
  if (!Object.hasOwn(contents, timeField)) throw new BadLine(`no time field '${timeField}'`)
  const time = parseLogTime(contents[timeField])
  if (time === undefined) throw new BadLine(`the time field '${timeField}' is neither an epoch time nor ISO 8601`)
  // Undefined fields are left out; deleting one would make every object slow to read.
  contents[timeField] = undefined
  return { contents: contents as Contents, ...time }
}
