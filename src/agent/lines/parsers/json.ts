import { parseJsonFields } from '../../../core/json-fields.ts'
import type { Contents } from '../../../sls/wire/log.ts'
import { BadLine } from '../bad-line.ts'
import type { LogParser } from './parser.ts'

const NOT_JSON = new BadLine('not JSON')
const AN_ARRAY = new BadLine('not a JSON object but an array')
const A_VALUE = new BadLine('not a JSON object but a single value')
const EMPTY_KEY = new BadLine('a JSON object with an empty key')
const NO_FIELDS = new BadLine('a JSON object without fields')

/** Each line is a JSON object and its members are the fields; numbers keep their digits. Blank lines are skipped. */
export const jsonParser: LogParser = (text) => {
  let fields: Record<string, unknown> | undefined
  try {
    fields = parseJsonFields(text)
  } catch {
    return text.trim() === '' ? undefined : NOT_JSON
  }
  if (fields === undefined) return text.trimStart().startsWith('[') ? AN_ARRAY : A_VALUE
  if (Object.hasOwn(fields, '')) return EMPTY_KEY
  for (const _ in fields) return { contents: fields as Contents }
  return NO_FIELDS
}
