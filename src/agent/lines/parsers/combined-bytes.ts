import { ByteSource } from '../../../sls/wire/byte-source.ts'
import type { LogBuffer } from '../../../sls/wire/log-buffer.ts'
import type { ByteParser } from './byte-parser.ts'
import { timeLocal } from './combined.ts'
import { plainEnd } from './plain-end.ts'

const SPACE = 0x20
const QUOTE = 0x22
const MINUS = 0x2d
const OPEN = 0x5b
const BACKSLASH = 0x5c
const CLOSE = 0x5d

const NAMES = [
  'remote_addr',
  'remote_user',
  'time_local',
  'request',
  'request_method',
  'request_uri',
  'server_protocol',
  'status',
  'body_bytes_sent',
  'http_referer',
  'http_user_agent',
  'remote_ident',
  'extra',
] as const
const KEYS = new ByteSource(Buffer.from(NAMES.join('')))

/** Where each name is in `KEYS`. */
const KEY = Object.fromEntries(
  NAMES.map((name) => [name, { start: KEYS.bytes.indexOf(name), end: KEYS.bytes.indexOf(name) + name.length }]),
) as Record<(typeof NAMES)[number], Key>

interface Key {
  readonly start: number
  readonly end: number
}

const SHORTEST_TIME = 20
const LONGEST_TIME = 32

/** Access logs in the `combined` or the common format, as `combinedParser` reads them. Not for lines that are not ASCII before the request. */
export class CombinedBytes implements ByteParser {
  /** The time of the line before: many in a row have the same second. */
  readonly #time = new ByteSource(Buffer.alloc(LONGEST_TIME))
  #timeBytes = 0
  #timeMs = Number.NaN

  read(source: ByteSource, start: number, end: number, logs: LogBuffer, nowMs: number): boolean {
    const { bytes } = source
    const addressEnd = wordEnd(bytes, start, end)
    if (addressEnd < 0) return false
    const identEnd = wordEnd(bytes, addressEnd + 1, end)
    if (identEnd < 0) return false
    const timeStart = indexOf(bytes, OPEN, identEnd + 1, end) + 1
    const userEnd = timeStart - 2
    if (userEnd < identEnd + 1 || bytes[userEnd] !== SPACE) return false
    const timeEnd = this.#timeEnd(source, timeStart, end)
    if (timeEnd < 0 || bytes[timeEnd + 1] !== SPACE) return false
    const requestEnd = quotedEnd(source, timeEnd + 2, end)
    if (requestEnd < 0 || bytes[requestEnd + 1] !== SPACE) return false
    const status = requestEnd + 2
    if (digitsEnd(bytes, status, status + 3) !== status + 3 || bytes[status + 3] !== SPACE) return false
    const sent = status + 4
    const sentEnd = bytes[sent] === MINUS ? sent + 1 : digitsEnd(bytes, sent, end)
    if (sentEnd === sent || sentEnd > end) return false

    let refererEnd = -1
    let agentEnd = -1
    let lineEnd = sentEnd
    if (sentEnd < end) {
      refererEnd = bytes[sentEnd] === SPACE ? quotedEnd(source, sentEnd + 1, end) : -1
      if (refererEnd < 0 || bytes[refererEnd + 1] !== SPACE) return false
      agentEnd = quotedEnd(source, refererEnd + 2, end)
      if (agentEnd < 0) return false
      lineEnd = agentEnd + 1
      if (lineEnd < end && bytes[lineEnd] !== SPACE) return false
    }

    logs.begin(NAMES.length, KEYS.bytes.length + 2 * (end - start))
    add(logs, KEY.remote_addr, source, start, addressEnd)
    add(logs, KEY.remote_user, source, identEnd + 1, userEnd)
    add(logs, KEY.time_local, source, timeStart, timeEnd)
    addRequest(logs, source, timeEnd + 3, requestEnd)
    add(logs, KEY.status, source, status, status + 3)
    add(logs, KEY.body_bytes_sent, source, sent, sentEnd)
    if (agentEnd >= 0) {
      add(logs, KEY.http_referer, source, sentEnd + 2, refererEnd)
      add(logs, KEY.http_user_agent, source, refererEnd + 3, agentEnd)
    }
    const hasIdent = identEnd - addressEnd !== 2 || bytes[addressEnd + 1] !== MINUS
    if (hasIdent) add(logs, KEY.remote_ident, source, addressEnd + 1, identEnd)
    if (lineEnd < end) add(logs, KEY.extra, source, lineEnd + 1, end)
    logs.end(Number.isNaN(this.#timeMs) ? nowMs : this.#timeMs)
    return true
  }

  #timeEnd(source: ByteSource, start: number, end: number): number {
    const { bytes } = source
    const known = start + this.#timeBytes
    if (known < end && bytes[known] === CLOSE && source.has(start, this.#time, 0, this.#timeBytes)) return known
    const timeEnd = asciiEnd(bytes, start, end)
    this.#timeBytes = 0
    if (timeEnd - start < SHORTEST_TIME || timeEnd - start > LONGEST_TIME) return -1
    this.#timeBytes = bytes.copy(this.#time.bytes, 0, start, timeEnd)
    this.#timeMs = timeLocal(bytes.toString('latin1', start, timeEnd))
    return timeEnd
  }
}

function add(logs: LogBuffer, key: Key, source: ByteSource, start: number, end: number): void {
  logs.field(KEYS, key.start, key.end, source, start, end)
}

function addRequest(logs: LogBuffer, source: ByteSource, start: number, end: number): void {
  const { bytes } = source
  add(logs, KEY.request, source, start, end)
  const method = indexOf(bytes, SPACE, start, end)
  let protocol = end - 1
  while (protocol > method && bytes[protocol] !== SPACE) protocol--
  // A request that was no HTTP is kept as it is, in `request` alone.
  if (method <= start || protocol <= method) return
  add(logs, KEY.request_method, source, start, method)
  add(logs, KEY.request_uri, source, method + 1, protocol)
  add(logs, KEY.server_protocol, source, protocol + 1, end)
}

/** Where a word of ASCII ends, which is before a space; -1 if there is none. */
function wordEnd(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && isWord(bytes[at] as number)) at++
  return at > start && at < end && bytes[at] === SPACE ? at : -1
}

/** What `\S` is, of ASCII. */
function isWord(byte: number): boolean {
  return byte > SPACE ? byte < 0x80 : byte < SPACE && (byte < 0x09 || byte > 0x0d)
}

function asciiEnd(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== CLOSE) {
    if ((bytes[at++] as number) > 0x7f) return -1
  }
  return at < end ? at : -1
}

/** The quote that ends the text whose quote is at `start`; -1 if there is none. */
function quotedEnd(source: ByteSource, start: number, end: number): number {
  const { bytes } = source
  if (start >= end || bytes[start] !== QUOTE) return -1
  for (let at = plainEnd(source, start + 1, end); at < end; at = plainEnd(source, at, end)) {
    if (bytes[at] === QUOTE) return at
    at += bytes[at] === BACKSLASH ? 2 : 1
  }
  return -1
}

function digitsEnd(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++
  return at
}

function indexOf(bytes: Buffer, byte: number, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === byte) return at
  return -1
}
