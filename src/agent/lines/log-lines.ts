import type { ByteSource } from '../../sls/wire/byte-source.ts'
import type { Log, Value } from '../../sls/wire/log.ts'
import type { LogBuffer } from '../../sls/wire/log-buffer.ts'
import { BadLine } from './bad-line.ts'
import type { ParserOptions, TimeOptions } from './line-options.ts'
import { type LogTime, parseLogTime } from './log-time.ts'
import type { ByteParser } from './parsers/byte-parser.ts'
import { combinedParser } from './parsers/combined.ts'
import { CombinedBytes } from './parsers/combined-bytes.ts'
import { criParser, dockerJsonParser } from './parsers/container.ts'
import { delimiterParser } from './parsers/delimiter.ts'
import { jsonParser } from './parsers/json.ts'
import { JsonBytes } from './parsers/json-bytes.ts'
import { logfmtParser } from './parsers/logfmt.ts'
import { CONTENT_FIELD, type LogParser, unparsed } from './parsers/parser.ts'
import { regexParser } from './parsers/regex.ts'
import { syslogParser } from './parsers/syslog.ts'
import { type TimeReader, timeReader } from './time-format.ts'

export interface LogLinesOptions {
  readonly parser?: ParserOptions
  readonly time?: TimeOptions
}

export interface LogLinesParts {
  readonly nowMs: () => number
  /** Adds to a counter of the input. */
  readonly count: (name: string) => void
}

/** Converts lines to logs with the parser and the time field of the options. A line that cannot be parsed is kept as a whole. */
export class LogLines {
  /** Lines are not parsed. */
  readonly isPlain: boolean
  readonly #parse: LogParser
  readonly #parseBytes: ByteParser | undefined
  readonly #timeField: string | undefined
  readonly #readTime: TimeReader
  readonly #count: (name: string) => void

  constructor({ parser = 'line', time }: LogLinesOptions, { nowMs, count }: LogLinesParts) {
    const type = typeof parser === 'string' ? parser : parser.type
    this.isPlain = type === 'line'
    this.#parse = parserOf(parser, nowMs)
    this.#timeField = time?.field
    this.#readTime = time === undefined ? parseLogTime : timeReader(time, nowMs)
    this.#count = count
    this.#parseBytes = this.#byteParserOf(type)
  }

  /** Adds the log of the line `source.bytes[start..end)`, which is UTF-8, to `logs`. Adds nothing for a blank line or if the log cannot be encoded. */
  encode(source: ByteSource, start: number, end: number, logs: LogBuffer, nowMs: number): void {
    if (this.#parseBytes?.read(source, start, end, logs, nowMs)) return
    const line = source.bytes.toString('utf8', start, end)
    const log = this.read(line)
    try {
      if (log !== undefined) logs.add(log, nowMs)
    } catch {
      // The caller gives the log itself to the producer, which reports the reason.
    }
  }

  /** The log of a line; undefined for a blank line. */
  read(line: string): Log | undefined {
    const log = this.#parse(line)
    if (log === undefined) return undefined
    if (log instanceof BadLine) {
      this.#count('badLines')
      return unparsed(line, log)
    }
    return this.#timeField === undefined ? log : this.#timed(log, this.#timeField)
  }

  #timed(log: Log, field: string): Log {
    const value = fieldOf(log, field)
    const time = this.#timeOf(value === undefined ? undefined : textOf(value))
    return time === undefined ? log : { contents: log.contents, ...time }
  }

  #timeOf(text: string | undefined): LogTime | undefined {
    const time = text === undefined ? undefined : this.#readTime(text)
    if (time === undefined) this.#count('badTimes')
    return time
  }

  #byteParserOf(type: string): ByteParser | undefined {
    const name = this.#timeField
    if (type === 'json')
      return new JsonBytes(name === undefined ? undefined : { name, read: (text) => this.#timeOf(text) })
    return type === 'combined' && name === undefined ? new CombinedBytes() : undefined
  }
}

function parserOf(parser: ParserOptions, nowMs: () => number): LogParser {
  const options = typeof parser === 'string' ? { type: parser } : parser
  switch (options.type) {
    case 'line':
      return (line) => ({ contents: [[CONTENT_FIELD, line]] })
    case 'json':
      return jsonParser
    case 'logfmt':
      return logfmtParser
    case 'combined':
      return combinedParser
    case 'syslog':
      return syslogParser(nowMs)
    case 'cri':
      return criParser
    case 'docker-json':
      return dockerJsonParser
    case 'regex':
      return regexParser(options.pattern)
    case 'delimiter':
      return delimiterParser(options)
  }
}

function fieldOf({ contents }: Log, field: string): Value {
  if (Array.isArray(contents)) return contents.find(([key]) => key === field)?.[1]
  return Object.hasOwn(contents, field) ? (contents as Record<string, Value>)[field] : undefined
}

function textOf(value: Value): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)
}
