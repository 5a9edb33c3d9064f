import { refusal } from '../http/service-error.ts'
import { type DecodedLogGroup, textOf } from './log-group.ts'

const PAST_SECONDS = 7 * 24 * 3600
const FUTURE_SECONDS = 15 * 60
const LONGEST_NAME_BYTES = 128
const LONGEST_VALUE_BYTES = 1024 * 1024
const KEY = /^[A-Za-z_][A-Za-z0-9_]*$/
const RESERVED_KEYS = new Set([
  '__time__',
  '__source__',
  '__topic__',
  '__partition_time__',
  '_extract_others_',
  '__extract_others__',
])

/** Checks the documented rules for logs. Used only with `strict`, because the service is known to accept more keys. */
export function checkLogRules(group: DecodedLogGroup, nowMs: number): void {
  for (const text of [group.Topic ?? '', group.Source ?? '']) {
    if (Buffer.byteLength(text) > LONGEST_NAME_BYTES) throw invalid('a topic or source is longer than 128 bytes')
  }
  for (const log of group.Logs) {
    checkTime(log.Time, Math.floor(nowMs / 1000))
    if (log.Contents.length === 0) throw invalid('a log has no contents')
    for (const { Key, Value } of log.Contents) checkContent(Key, Value)
  }
}

function checkTime(time: number, nowSeconds: number): void {
  if (time >= nowSeconds - PAST_SECONDS && time <= nowSeconds + FUTURE_SECONDS) return
  throw invalid('The post data time is out of range')
}

function checkContent(key: string, value: Uint8Array): void {
  if (!KEY.test(key) || key.length > LONGEST_NAME_BYTES || RESERVED_KEYS.has(key)) {
    throw invalid(`the key ${JSON.stringify(key.slice(0, LONGEST_NAME_BYTES))} is invalid`)
  }
  if (value.length > LONGEST_VALUE_BYTES) throw invalid(`the value of ${key} is larger than 1 MB`)
  if (textOf(value).includes('\ufffd')) throw invalid(`the value of ${key} is not UTF-8`)
}

function invalid(reason: string) {
  return refusal('PostBodyInvalid', reason)
}
