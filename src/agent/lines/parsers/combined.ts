import { BadLine } from '../bad-line.ts'
import { isLogTime } from '../log-time.ts'
import type { LogParser } from './parser.ts'

const NOT_COMBINED = new BadLine('not the combined or common format of nginx and Apache')

// Linear: each part ends at a character that it cannot have, except for what is between quotes.
const LINE =
  /^(\S+) (\S+) ([^[]*) \[([^\]]{20,32})\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?: (.*))?)?$/s

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/** Access logs in the `combined` or the common format; the fields have the names of nginx's variables. The time of the log is the request's. */
export const combinedParser: LogParser = (line) => {
  const match = LINE.exec(line)
  if (match === null) return NOT_COMBINED
  const [, address, ident, user, time, request, status, bytes, referer, agent, extra] = match as unknown as string[]
  const method = request!.indexOf(' ')
  const protocol = request!.lastIndexOf(' ')
  // A request that was no HTTP is kept as it is, in `request` alone.
  const isHttp = method > 0 && protocol > method
  const ms = timeLocal(time!)
  // One literal, always of the same shape: made and read several times as fast as pairs (bench/tail-contestant.mjs).
  const contents = {
    remote_addr: address,
    remote_user: user,
    time_local: time,
    request,
    request_method: isHttp ? request!.slice(0, method) : undefined,
    request_uri: isHttp ? request!.slice(method + 1, protocol) : undefined,
    server_protocol: isHttp ? request!.slice(protocol + 1) : undefined,
    status,
    body_bytes_sent: bytes,
    http_referer: referer,
    http_user_agent: agent,
    remote_ident: ident === '-' ? undefined : ident,
    extra,
  }
  return Number.isNaN(ms) ? { contents } : { contents, time: ms }
}

let lastText = ''
let lastMs = Number.NaN

/** `10/Oct/2000:13:55:36 -0700` to epoch milliseconds, `NaN` for what is no time. Many lines in a row have the same second. */
export function timeLocal(text: string): number {
  if (text === lastText) return lastMs
  const two = (at: number) => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48
  const month = MONTHS.indexOf(text.slice(3, 6)) / 3
  const offset = (two(22) * 60 + two(24)) * (text[21] === '-' ? -60_000 : 60_000)
  const utc = Date.UTC(two(7) * 100 + two(9), month, two(0), two(12), two(15), two(18))
  lastText = text
  const isTime = Number.isInteger(month) && month >= 0 && text.length === 26 && isLogTime(utc - offset)
  lastMs = isTime ? utc - offset : Number.NaN
  return lastMs
}
