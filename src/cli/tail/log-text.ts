import type { DecodedLog, DecodedLogGroup } from '../../sls/wire/decode-log-group.ts'
import type { Paint } from '../shared/colors.ts'

/** A log as it was read back. */
export interface ReadLog {
  /** Undefined where it is not known: of logs found by a query. */
  readonly shard: number | undefined
  readonly group: DecodedLogGroup
  readonly log: DecodedLog
}

/** One line of output, without its end; undefined for a log that has nothing to show. */
export type LogFormat = (log: ReadLog) => string | undefined

/** Time, topic and fields: `2026-01-31T12:00:00Z [web] status=200 path=/a`. */
export function textFormat(paint: Paint): LogFormat {
  return ({ group, log }) => {
    const topic = group.topic === '' ? [] : [paint('yellow', `[${quoted(group.topic)}]`)]
    const fields = log.contents.map(([key, value]) => `${paint('dim', `${quoted(key)}=`)}${quoted(value)}`)
    return [paint('green', timeText(log)), ...topic, ...fields].join(' ')
  }
}

/** The value of one field as it is, so that the lines of a file come back as they were. Logs without the field are left out. */
export function fieldFormat(field: string): LogFormat {
  return ({ log }) => log.contents.find(([key]) => key === field)?.[1]
}

/** An object. Of a repeated key the last value is shown. */
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

/** Texts stay readable, on their line and without power over the terminal: quoted where they are empty or hold blanks, quotes or control characters. */
function quoted(text: string): string {
  if (/^[^\s"=\p{Cc}]+$/u.test(text)) return text
  // JSON leaves these as they are, and some of them begin commands to a terminal.
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
