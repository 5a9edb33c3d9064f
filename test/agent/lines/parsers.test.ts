import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BadLine } from '../../../src/agent/lines/bad-line.ts'
import type { ParserOptions } from '../../../src/agent/lines/line-options.ts'
import { LogLines } from '../../../src/agent/lines/log-lines.ts'
import { combinedParser } from '../../../src/agent/lines/parsers/combined.ts'
import { criParser, dockerJsonParser } from '../../../src/agent/lines/parsers/container.ts'
import { delimiterParser } from '../../../src/agent/lines/parsers/delimiter.ts'
import { jsonParser } from '../../../src/agent/lines/parsers/json.ts'
import { logfmtParser } from '../../../src/agent/lines/parsers/logfmt.ts'
import type { LogParser } from '../../../src/agent/lines/parsers/parser.ts'
import { regexParser } from '../../../src/agent/lines/parsers/regex.ts'
import { syslogParser } from '../../../src/agent/lines/parsers/syslog.ts'

const NOW = Date.UTC(2026, 0, 2)

/** The fields that a parser reads, or the reason why it does not. */
function fields(parser: LogParser, line: string): unknown {
  const log = parser(line)
  if (log === undefined || log instanceof BadLine) return log?.reason
  const entries = Array.isArray(log.contents) ? log.contents : Object.entries(log.contents)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function timeOf(parser: LogParser, line: string): unknown {
  const log = parser(line)
  return log instanceof BadLine ? log.reason : [log?.time, log?.nanoseconds]
}

describe('json', () => {
  test.each([
    ['{"a":1,"b":{"c":[1]}}', { a: 1, b: { c: [1] } }],
    ['{"id":12345678901234567890}', { id: '12345678901234567890' }],
    ['', undefined],
    ['   ', undefined],
    ['{"a":', 'not JSON'],
    ['[1]', 'not a JSON object but an array'],
    ['null', 'not a JSON object but a single value'],
    ['{}', 'a JSON object without fields'],
    ['{"":1}', 'a JSON object with an empty key'],
  ])('reads %j', (line, expected) => expect(fields(jsonParser, line)).toEqual(expected))
})

describe('combined', () => {
  const LINE =
    '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 \\"x\\""'

  test('reads its fields and its time', () => {
    expect(fields(combinedParser, LINE)).toEqual({
      remote_addr: '127.0.0.1',
      remote_user: 'frank',
      time_local: '10/Oct/2000:13:55:36 -0700',
      request: 'GET /apache_pb.gif HTTP/1.0',
      request_method: 'GET',
      request_uri: '/apache_pb.gif',
      server_protocol: 'HTTP/1.0',
      status: '200',
      body_bytes_sent: '2326',
      http_referer: 'http://www.example.com/start.html',
      http_user_agent: 'Mozilla/4.08 \\"x\\"',
    })
    expect(timeOf(combinedParser, LINE)).toEqual([Date.UTC(2000, 9, 10, 20, 55, 36), undefined])
  })

  test('reads the common format, what is no HTTP, an address of IPv6, and what follows', () => {
    expect(fields(combinedParser, '::1 - - [01/Jan/2026:00:00:00 +0800] "\\x16\\x03" 400 -')).toMatchObject({
      remote_addr: '::1',
      request: '\\x16\\x03',
      status: '400',
      body_bytes_sent: '-',
    })
    expect(fields(combinedParser, `${LINE} 0.012`)).toMatchObject({ extra: '0.012' })
    expect(fields(combinedParser, 'no access log')).toBe('not the combined or common format of nginx and Apache')
  })
})

describe('logfmt', () => {
  test.each([
    ['level=info msg="it \\"works\\"\\n" ms=12 ok', { level: 'info', msg: 'it "works"\n', ms: '12', ok: 'true' }],
    ['a= b=""', { a: '', b: '' }],
    ['', undefined],
    ['no pair here', 'no key=value in the line'],
    ['a="open', 'no key=value at character 3'],
    ['a=b"c', 'no key=value at character 4'],
  ])('reads %j', (line, expected) => expect(fields(logfmtParser, line)).toEqual(expected))
})

describe('delimiter', () => {
  test.each([
    ['1,"a, ""b""",', { x: '1', y: 'a, "b"', z: '' }],
    ['1,2', '2 values where 3 are named'],
    ['1,"2,3', 'a quoted value does not end'],
  ])('reads %j', (line, expected) =>
    expect(fields(delimiterParser({ fields: ['x', 'y', 'z'] }), line)).toEqual(expected),
  )

  test('splits by other separators, without quotes', () => {
    expect(fields(delimiterParser({ fields: ['a', 'b'], separator: '||', quote: '' }), '"1||2')).toEqual({
      a: '"1',
      b: '2',
    })
  })
})

test('regex: named groups become fields', () => {
  const parser = regexParser('^(?<level>\\w+) (?<rest>.*?)(?: (?<ms>\\d+)ms)?$')
  expect(fields(parser, 'INFO it works 12ms')).toEqual({ level: 'INFO', rest: 'it works', ms: '12' })
  expect(fields(parser, 'INFO it works\nand more')).toEqual({ level: 'INFO', rest: 'it works\nand more' })
  expect(fields(parser, '')).toBe('the pattern does not match')
})

describe('containers', () => {
  test('lines of CRI, also in parts and empty', () => {
    const line = '2026-01-01T00:00:00.123456789Z stderr P half'
    expect(fields(criParser, line)).toEqual({ content: 'half', stream: 'stderr', partial: 'true' })
    expect(timeOf(criParser, line)).toEqual([Date.UTC(2026, 0, 1), 123_456_789])
    expect(fields(criParser, '2026-01-01T00:00:00+08:00 stdout F ')).toEqual({ content: '', stream: 'stdout' })
    expect(fields(criParser, '2026-01-01T00:00:00+08:00 stdout F')).toEqual({ content: '', stream: 'stdout' })
    expect(fields(criParser, 'hello')).toBe('not a line of a container runtime (CRI)')
  })

  test("lines of Docker's json-file", () => {
    expect(fields(dockerJsonParser, '{"log":"hi\\n","stream":"stdout","time":"2026-01-01T00:00:00.5Z"}')).toEqual({
      content: 'hi',
      stream: 'stdout',
    })
    expect(fields(dockerJsonParser, '{"log":"half","stream":"stdout"}')).toEqual({
      content: 'half',
      stream: 'stdout',
      partial: 'true',
    })
    expect(fields(dockerJsonParser, 'null')).toBe("not a line of Docker's json-file driver")
  })
})

describe('syslog', () => {
  const parser = syslogParser(() => NOW)

  test('a file of rsyslog, whose lines have no priority', () => {
    expect(fields(parser, 'Dec 31 23:59:59 host kernel: [1.2] up')).toEqual({
      hostname: 'host',
      program: 'kernel',
      message: '[1.2] up',
    })
    const [time] = timeOf(parser, 'Dec 31 23:59:59 host kernel: up') as [number]
    expect(new Date(time).getFullYear()).toBe(2025)
    expect(fields(parser, '2026-01-01T00:00:00.5+08:00 host app[7]: x')).toEqual({
      hostname: 'host',
      program: 'app',
      pid: '7',
      message: 'x',
    })
  })

  test.each([
    ['<13>no header', { facility: 'user', severity: 'notice', message: 'no header' }],
    ['<13>1 - - - - - -', { facility: 'user', severity: 'notice', message: '' }],
    ['<999>1 - h a p m - x', { priority: '999', hostname: 'h', program: 'a', pid: 'p', msgid: 'm', message: 'x' }],
    ['no syslog', 'not a message of syslog (RFC 5424 or 3164)'],
  ])('reads %j', (line, expected) => expect(fields(parser, line)).toEqual(expected))
})

describe('whatever a line is', () => {
  const parsers: ParserOptions[] = [
    'line',
    'json',
    'logfmt',
    'combined',
    'syslog',
    'cri',
    'docker-json',
    { type: 'delimiter', fields: ['a', 'b'] },
    { type: 'regex', pattern: '^(?<a>a+)' },
  ]

  test.each(parsers.map((parser) => [JSON.stringify(parser), parser] as const))(
    '%s throws nothing and loses nothing',
    (_, parser) => {
      const lines = new LogLines({ parser, time: { field: 'a' } }, { nowMs: () => NOW, count: () => {} })
      const alphabet = fc.string({ unit: fc.constantFrom(...'<>[]"\\=, {}:1a-.PF\n\u4f60') })
      fc.assert(
        fc.property(fc.oneof(fc.string(), alphabet), (line) => {
          const log = lines.read(line)
          if (log === undefined) return void expect(line.trim()).toBe('')
          const entries = (Array.isArray(log.contents) ? log.contents : Object.entries(log.contents)) as [
            string,
            unknown,
          ][]
          expect(entries.length).toBeGreaterThan(0)
          if (entries.some(([key]) => key === '__parse_error__')) expect(entries[0]).toEqual(['content', line])
        }),
      )
    },
  )

  test('a long line takes a parser no longer than its length', () => {
    const nasty = [
      'a '.repeat(50_000),
      `"${'\\"'.repeat(50_000)}`,
      '['.repeat(100_000),
      `a="${'\\\\'.repeat(50_000)}`,
      `<1>1 - - - - - [a ${'b="c" '.repeat(15_000)}`,
      '1 1 '.repeat(25_000),
    ]
    for (const parser of parsers) {
      const lines = new LogLines({ parser }, { nowMs: () => NOW, count: () => {} })
      for (const line of nasty) {
        const start = performance.now()
        lines.read(line)
        expect(performance.now() - start).toBeLessThan(1500)
      }
    }
  })
})
