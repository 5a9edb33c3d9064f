import type { DecodedLog, DecodedLogGroup } from '../../sls/wire/decode-log-group.ts'
import type { Paint } from '../shared/colors.ts'

/** A log that was read. */
export interface ReadLog {
  /** Undefined for logs that a query found. */
  readonly shard: number | undefined
  readonly group: DecodedLogGroup
  readonly log: DecodedLog
}

/** Formats a log as one line without its end. Undefined for a log that has nothing to show. */
export type LogFormat = (log: ReadLog) => string | undefined

/** Formats time, topic and fields: `2026-01-31T12:00:00Z [web] status=200 path=/a`. */
export function textFormat(paint: Paint): LogFormat {
  return ({ group, log }) => {
    const topic = group.topic === '' ? [] : [paint('yellow', `[${quoted(group.topic)}]`)]
    const fields = log.contents.map(([key, value]) => `${paint('dim', `${quoted(key)}=`)}${quoted(value)}`)
    return [paint('green', timeText(log)), ...topic, ...fields].join(' ')
  }
}

/** Prints the unchanged value of one field, so that the lines of a file are restored. Skips logs without the field. */
export function fieldFormat(field: string): LogFormat {
  return ({ log }) => log.contents.find(([key]) => key === field)?.[1]
}

/** Formats a log as a JSON object. Of a repeated key the last value is shown. */
export function jsonFormat({ shard, group, log }: ReadLog): string {
  const { topic, source, tags } = group
  return JSON.stringify({
    time: timeText(log),
    topic,
    source,
    tags: Object.fromEntries(tags),
    contents: Object.fromEntries(log.contents),
    shard,
  })
}

function timeText({ time, nanoseconds = 0 }: DecodedLog): string {
  const whole = new Date(time * 1000).toISOString().slice(0, -5)
  const fraction = String(nanoseconds).padStart(9, '0').replace(/0+$/, '')
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`
}

/** Quotes a text that is empty or contains blanks, quotes or control characters, so that it stays on its line and cannot control the terminal. */
function quoted(text: string): string {
  if (/^[^\s"=\p{Cc}]+$/u.test(text)) return text
  // JSON does not escape these, and some of them start a control sequence of a terminal.
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
