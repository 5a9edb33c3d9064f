import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'
import { parseBoundedJson } from './bounded-json.ts'
import { type DecodedLog, encodeLogGroup } from './log-group.ts'

// Including keys and values of logs; about 50 MB as objects.
const MOST_LOG_VALUES = 500_000
// Far more than any configuration needs.
const MOST_VALUES = 20_000

/** Converts the JSON form of a write, which the browser plugin and web tracking send, into a LogGroup. */
export function jsonLogGroup(body: Buffer, nowSeconds: number): Buffer {
  const form = objectOf(parseBoundedJson(body, MOST_LOG_VALUES), 'the body')
  const logs = form.__logs__
  if (!Array.isArray(logs)) throw refusal('PostBodyInvalid', '__logs__ must be a list of objects')
  const tags = Object.entries(objectOf(form.__tags__ ?? {}, '__tags__'))
  return encodeLogGroup({
    Topic: textOf(form.__topic__ ?? ''),
    Source: textOf(form.__source__ ?? ''),
    LogTags: tags.map(([Key, value]) => ({ Key, Value: textOf(value) })),
    Logs: logs.map((log) => logOf(objectOf(log, 'a log'), nowSeconds)),
  })
}

/** Parses JSON that must be an object. Refuses anything else. */
export function jsonObject(body: Buffer): Record<string, unknown> {
  return objectOf(parseBoundedJson(body, MOST_VALUES), 'the body')
}

function logOf(log: Record<string, unknown>, nowSeconds: number): DecodedLog {
  const { __time__, __time_ns_part__, ...fields } = log
  return {
    Time: __time__ === undefined ? nowSeconds : wholeNumber(__time__, 2 ** 32 - 1),
    ...(__time_ns_part__ !== undefined && { TimeNs: wholeNumber(__time_ns_part__, 999_999_999) }),
    Contents: Object.entries(fields).map(([Key, value]) => ({ Key, Value: Buffer.from(textOf(value)) })),
  }
}

function wholeNumber(value: unknown, max: number): number {
  const number = wholeNumberOf(value)
  if (number !== undefined && number >= 0 && number <= max) return number
  throw refusal('PostBodyInvalid', 'a time is not a whole number in its range')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw refusal('PostBodyInvalid', `${what} is not a JSON object`)
}
