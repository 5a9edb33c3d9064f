import type { Log } from '../../../sls/wire/log.ts'
import { BadLine } from '../bad-line.ts'
import { parseLogTime } from '../log-time.ts'
import { timeReader } from '../time-format.ts'
import type { LogParser, Pairs } from './parser.ts'

const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  )
const SEVERITIES = 'emerg alert crit err warning notice info debug'.split(' ')

const NOT_SYSLOG = new BadLine('not a message of syslog (RFC 5424 or 3164)')

const RFC5424 = /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) ?/
const PRIORITY = /^<(\d{1,3})>/
const RFC3164 = /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (\S+) ?/
const TAG = /^([\w./@-]{1,128})(?:\[([^\]]{1,128})\])?: ?/
const PARAM = /^ ([^\s="\]]{1,64})="((?:[^"\\\]]|\\.)*)"/s

/**
 * Parses syslog messages from files and the network: RFC 5424 with structured data, or RFC 3164; the priority may be missing.
 * @param nowMs for the year, which RFC 3164 does not contain
 */
export function syslogParser(nowMs: () => number): LogParser {
  const readTime = timeReader({ format: '%b %d %H:%M:%S' }, nowMs)
  return (text) => rfc5424(text) ?? rfc3164(text, readTime) ?? NOT_SYSLOG
}

function rfc5424(text: string): Log | undefined {
  const match = RFC5424.exec(text)
  if (match === null) return undefined
  const [head, priority, time, host, program, pid, messageId] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const contents: Pairs = priorityFields(priority)
  const named = { hostname: host, program, pid, msgid: messageId }
  for (const [key, value] of Object.entries(named)) if (value !== '-') contents.push([key, value])
  const data = structuredData(text, head.length, contents)
  if (data === undefined) return undefined
  // A message may begin with a byte order mark.
  contents.push(['message', text.slice(data).replace(/^ ?\uFEFF?/, '')])
  return { contents, ...(time !== '-' && parseLogTime(time)) }
}

/** Adds `[id name="value" ...]` as fields `id.name`. Returns its end, or undefined if it is not valid. */
function structuredData(text: string, from: number, contents: Pairs): number | undefined {
  if (text[from] === '-') return from + 1
  let at = from
  while (text[at] === '[') {
    const id = /^\[([^\s="\]]{1,64})/.exec(text.slice(at, at + 70))
    if (id === null) return undefined
    at += id[0].length
    for (let param = PARAM.exec(text.slice(at)); param !== null; param = PARAM.exec(text.slice(at))) {
      contents.push([`${id[1]}.${param[1]}`, (param[2] as string).replace(/\\(["\\\]])/g, '$1')])
      at += param[0].length
    }
    if (text[at] !== ']') return undefined
    at++
  }
  return at === from ? undefined : at
}

function rfc3164(text: string, readTime: (text: string) => ReturnType<typeof parseLogTime>): Log | undefined {
  const priority = PRIORITY.exec(text)
  const rest = priority === null ? text : text.slice(priority[0].length)
  const head = RFC3164.exec(rest)
  if (head === null && priority === null) return undefined
  const contents: Pairs = priority === null ? [] : priorityFields(priority[1] as string)
  let message = rest
  let time: ReturnType<typeof parseLogTime>
  if (head !== null) {
    const stamp = head[1] as string
    time = /^\d/.test(stamp) ? parseLogTime(stamp) : readTime(stamp)
    contents.push(['hostname', head[2] as string])
    message = rest.slice(head[0].length)
  }
  const tag = TAG.exec(message)
  if (tag !== null) {
    contents.push(['program', tag[1] as string])
    if (tag[2] !== undefined) contents.push(['pid', tag[2]])
    message = message.slice(tag[0].length)
  }
  contents.push(['message', message])
  return { contents, ...time }
}

function priorityFields(priority: string): Pairs {
  const code = Number(priority)
  const facility = FACILITIES[code >> 3]
  if (facility === undefined) return [['priority', priority]]
  return [
    ['facility', facility],
    ['severity', SEVERITIES[code & 7] as string],
  ]
}
