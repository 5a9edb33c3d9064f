import { parseJsonFields } from '../../core/json-fields.ts'
import type { Contents, Log } from '../../sls/wire/log.ts'
import { BadLine } from '../lines/bad-line.ts'
import { LineSplitter } from '../lines/line-splitter.ts'
import type { LogLines } from '../lines/log-lines.ts'
import { jsonParser } from '../lines/parsers/json.ts'

/** The logs of a request body, or a text that says what is wrong: then nothing of the body is accepted. */
export function logsOfBody(body: Buffer, contentType: string | undefined, lines: LogLines): Log[] | string {
  switch ((contentType ?? '').split(';')[0]?.trim().toLowerCase()) {
    case 'application/json':
      return jsonLogs(body)
    case 'application/x-ndjson':
    case 'application/jsonl':
    case 'application/json-lines':
      return lineLogs(body, jsonParser)
    default:
      return lineLogs(body, (line) => (line === '' ? undefined : lines.read(line)))
  }
}

function jsonLogs(body: Buffer): Log[] | string {
  const text = body.toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return `the body is not JSON: ${(error as Error).message}`
  }
  if (!Array.isArray(value)) {
    const fields = parseJsonFields(text)
    return fields === undefined ? 'the body must be a JSON object or a list of them' : checked([fields])
  }
  const wrong = value.findIndex((item) => typeof item !== 'object' || item === null || Array.isArray(item))
  return wrong < 0 ? checked(value as Record<string, unknown>[]) : `entry ${wrong} is not a JSON object`
}

function checked(list: readonly Record<string, unknown>[]): Log[] | string {
  for (const [index, fields] of list.entries()) {
    const keys = Object.keys(fields)
    if (keys.length === 0) return `entry ${index} has no fields`
    if (keys.includes('')) return `entry ${index} has an empty key`
  }
  return list.map((fields) => ({ contents: fields as Contents }))
}

function lineLogs(body: Buffer, read: (line: string) => Log | BadLine | undefined): Log[] | string {
  const splitter = new LineSplitter(body.length)
  const logs: Log[] = []
  for (const line of [...splitter.push(body), ...splitter.end()]) {
    const log = read(line.bytes.toString())
    if (log instanceof BadLine) return `line ${line.number}: ${log.reason}`
    if (log !== undefined) logs.push(log)
  }
  return logs
}
