import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BadLine } from '../../../../src/agent/lines/bad-line.ts'
import { parseLogTime } from '../../../../src/agent/lines/log-time.ts'
import type { ByteParser } from '../../../../src/agent/lines/parsers/byte-parser.ts'
import { combinedParser } from '../../../../src/agent/lines/parsers/combined.ts'
import { CombinedBytes } from '../../../../src/agent/lines/parsers/combined-bytes.ts'
import { jsonParser } from '../../../../src/agent/lines/parsers/json.ts'
import { JsonBytes } from '../../../../src/agent/lines/parsers/json-bytes.ts'
import { type LogParser, unparsed } from '../../../../src/agent/lines/parsers/parser.ts'
import { ByteSource } from '../../../../src/sls/wire/byte-source.ts'
import { decodeLogGroup } from '../../../../src/sls/wire/decode-log-group.ts'
import { LogBuffer } from '../../../../src/sls/wire/log-buffer.ts'

const NOW_MS = 1_700_000_000_000

function decoded(logs: LogBuffer) {
  logs.select(0, logs.count)
  const bytes = Buffer.alloc(logs.sizeInBytes)
  logs.writeTo(bytes, 0)
  return decodeLogGroup(bytes).logs
}

/** What stands before and behind a line must not matter: it is as in a chunk, or as behind a cut. */
function asRead(parser: ByteParser, line: string, behind = '\n') {
  const bytes = Buffer.from(`"}${line}${behind}`)
  const logs = new LogBuffer()
  const isRead = parser.read(new ByteSource(bytes), 2, bytes.length - behind.length, logs, NOW_MS)
  return isRead ? decoded(logs) : undefined
}

function asText(parser: LogParser, line: string) {
  const log = parser(line)
  if (log === undefined) return []
  const logs = new LogBuffer()
  logs.add(log instanceof BadLine ? unparsed(line, log) : log, NOW_MS)
  return decoded(logs)
}

const BEHIND = ['\n', '', '"}\n', '}', ',"b":2}', '1', ' "', '"']

function checkSame(bytes: ByteParser, text: LogParser, line: string): boolean {
  let isRead = false
  for (const behind of BEHIND) {
    const read = asRead(bytes, line, behind)
    if (read !== undefined) {
      expect(read).toEqual(asText(text, line))
      isRead = true
    }
  }
  return isRead
}

const blank = fc.constantFrom('', '', '', ' ', '\t', '\r', ' \n ')
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('-0', '0', '1.10', '1e5', '1E+05', '12345678901234567890', '0.0000001', '-1.5e-3', '100', '1e400'),
  fc.constantFrom('01', '+1', '1.', '.5', '-', '1e', 'NaN', '0x10', '1_0'),
)
const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((value) => JSON.stringify(value).slice(1, -1)),
  fc.constantFrom(
    '\\n',
    '\\"',
    '\\\\',
    '\\/',
    '\\u0041',
    '\\u00e9',
    '\\u4e2d',
    '\\ud83d\\ude00',
    '\\ud800',
    '\\u12',
    '\\x',
  ),
  fc.constantFrom('\t', '"', 'é', '中', '😀', '\u2028', '\u007f'),
)
const string = fc.array(piece, { maxLength: 4 }).map((pieces) => `"${pieces.join('')}"`)
const key = fc.oneof(fc.constantFrom('"a"', '"b"', '"time"', '"__proto__"', '"1"', '"12x"', '""', '"toString"'), string)
const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    string,
    number,
    fc.constantFrom('true', 'false', 'null', 'nul', 'tru'),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 3 })
    .map((items) => `{${items.map((pair) => pair.join(':')).join(',')}}`),
}))
const jsonLine = fc
  .tuple(
    blank,
    fc.array(fc.tuple(key, blank, blank, value, blank), { maxLength: 5 }),
    blank,
    fc.constantFrom('', '', '', '}', 'x'),
  )
  .map(([before, fields, behind, more]) => {
    const members = fields.map(([name, a, b, member, c]) => `${name}${a}:${b}${member}${c}`)
    return `${before}{${members.join(',')}}${behind}${more}`
  })

describe('the bytes of a line of JSON', () => {
  test('are read as its text is, or not at all', () => {
    let read = 0
    fc.assert(
      fc.property(jsonLine, (line) => {
        if (checkSame(new JsonBytes(), jsonParser, line)) read++
      }),
      { numRuns: 3000 },
    )
    expect(read).toBeGreaterThan(100)
  })

  test('are read as its text is whatever the lines before it were', () => {
    const few = fc.constantFrom('"a"', '"b"', '"time"', '"ab"')
    const object = (values: fc.Arbitrary<string>, maxLength: number) =>
      fc
        .array(fc.tuple(few, values), { maxLength })
        .map((items) => `{${items.map((pair) => pair.join(':')).join(',')}}`)
    const line = object(fc.oneof(fc.constantFrom('1', '"x"'), object(fc.constant('2'), 3)), 4)
    fc.assert(
      fc.property(fc.array(line, { minLength: 2, maxLength: 6 }), (lines) => {
        const parser = new JsonBytes()
        for (const each of lines) expect(asRead(parser, each)).toEqual(asRead(new JsonBytes(), each))
      }),
      { numRuns: 1000 },
    )
  })

  test('are read where their names are many or long, again and again', () => {
    const parser = new JsonBytes()
    const lines = [60, 127, 128, 129].map((count) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`name ${i} ${'x'.repeat(i)}`, i]))),
    )
    for (const line of [...lines, ...lines].flatMap((each) => [each, each])) {
      expect(asRead(parser, line)).toEqual(asRead(new JsonBytes(), line))
    }
  })

  test('are read as its text is when any of its characters is another', () => {
    const line = '{"level":"info","n":-12.5e3,"msg":"a\\nb \\u4e2d","ok":true,"user":{"id":[1,"x",null]},"none":null}'
    const parser = new JsonBytes()
    for (let at = 0; at <= line.length; at++) {
      for (const char of ['"', '\\', '{', '}', '[', ',', ':', '0', 'e', ' ', 'é', '']) {
        checkSame(parser, jsonParser, line.slice(0, at) + char + line.slice(at + 1))
      }
      checkSame(parser, jsonParser, line.slice(0, at))
    }
  })

  test.each([
    '{"level":"info","ms":12,"ok":true,"none":null}',
    ' { "a" : "b" , "c" : 1.10 } \r',
    '{"msg":"first\\nsecond\\t\\"quoted\\" \\u4e2d\\u6587 中文 😀","big":12345678901234567890}',
    '{"a":{"b":[1,2.50,"x\\n",{"c":{}},[]],"a":null},"__proto__":1}',
    '{"e":"\\u00e9\\u0000"}',
  ])('are read where nothing is unusual in it: %s', (line) => {
    expect(asRead(new JsonBytes(), line)).toEqual(asText(jsonParser, line))
  })

  test.each([
    ['a key that comes twice', '{"a":1,"a":2}'],
    ['one inside of another object', '{"a":{"b":1,"b":2}}'],
    ['a key that is a number', '{"b":1,"1":2}'],
    ['a blank inside of a value', '{"a":[1, 2]}'],
    ['half of a character', '{"a":"\\ud800"}'],
    ['a list', '[1]'],
    ['no field', '{}'],
    ['a deep value', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['very many fields', `{${Array.from({ length: 200 }, (_, i) => `"k${i}":1`).join(',')}}`],
    ['nothing', ''],
  ])('are left to its text where there is %s', (_, line) => {
    expect(asRead(new JsonBytes(), line)).toBeUndefined()
  })

  test('give the log the time that a field says, as text or as a number, or now', () => {
    const parser = new JsonBytes({
      name: 'time',
      read: (text) => (text === undefined ? undefined : parseLogTime(text)),
    })
    const timeOf = (line: string) => {
      const [log] = asRead(parser, line) ?? []
      return [log?.time, log?.nanoseconds]
    }
    expect(timeOf('{"a":1,"time":"2026-01-02T03:04:05.25Z"}')).toEqual([1_767_323_045, 250_000_000])
    expect(timeOf('{"time":1767323045123,"a":1}')).toEqual([1_767_323_045, 123_000_000])
    expect(timeOf('{"a":1,"times":"2026-01-02"}')).toEqual([NOW_MS / 1000, undefined])
    expect(timeOf('{"time":{"time":1767323045}}')).toEqual([NOW_MS / 1000, undefined])
  })
})

const word = fc.oneof(
  fc.constantFrom('-', '10.0.0.1', '::1'),
  fc.constantFrom('-', 'a\u00a0b', 'é', ''),
  fc.string({ maxLength: 5 }),
)
const time = fc.constantFrom(
  '10/Oct/2000:13:55:36 -0700',
  '31/Dec/2025:23:59:59 +0800',
  '10/Okt/2000:13:55:36 -0700',
  '10/Oct/2000:13:55:36',
  'é0/Oct/2000:13:55:36 -0700',
  'yesterday',
)
const quoted = fc.oneof(
  fc.constantFrom(
    '"GET / HTTP/1.1"',
    '"-"',
    '""',
    '"\\x16\\x03"',
    '"a \\" b c"',
    '"\\',
    '" "',
    '"GET /"',
    '"GET  HTTP/1.0"',
  ),
  fc.string({ unit: 'grapheme', maxLength: 10 }).map((inner) => `"${inner}"`),
)
const accessLine = fc
  .tuple(
    word,
    word,
    word,
    time,
    quoted,
    fc.constantFrom('200', '404', '20', '2000'),
    fc.constantFrom('-', '12', '', '1x'),
    fc.option(fc.tuple(quoted, quoted)),
    fc.constantFrom('', '', ' ', ' "10.0.0.2" 0.003', 'x'),
  )
  .map(([address, ident, user, at, request, status, sent, agent, extra]) => {
    const ends = agent === null ? '' : ` ${agent.join(' ')}`
    return `${address} ${ident} ${user} [${at}] ${request} ${status} ${sent}${ends}${extra}`
  })

const COMBINED =
  '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a b.gif HTTP/1.0" 200 2326 "http://e.com/\\"x" "Mozilla/4.08 [en] 中" extra 1'

describe('the bytes of an access log', () => {
  test('are read as its text is, or not at all', () => {
    let read = 0
    const parser = new CombinedBytes()
    fc.assert(
      fc.property(accessLine, (line) => {
        if (checkSame(parser, combinedParser, line)) read++
      }),
      { numRuns: 3000 },
    )
    expect(read).toBeGreaterThan(100)
  })

  test('are read as its text is when any of its characters is another', () => {
    const parser = new CombinedBytes()
    for (let at = 0; at <= COMBINED.length; at++) {
      for (const char of ['"', '\\', '[', ']', ' ', '-', '7', 'é', '\t', '']) {
        checkSame(parser, combinedParser, COMBINED.slice(0, at) + char + COMBINED.slice(at + 1))
      }
      checkSame(parser, combinedParser, COMBINED.slice(0, at))
    }
  })

  test.each([
    COMBINED,
    '::1 ident - [10/Oct/2000:13:55:36 +0000] "-" 400 -',
    '10.0.0.1 - - [10/Oct/2000:13:55:37 +0000] "\\x16\\x03\\x01" 400 157 "-" "-"',
    '10.0.0.1 -  [10/Oct/2000:13:55:37 +0000] "GET /é HTTP/2.0" 200 0 "" ""',
  ])('are read where nothing is unusual in it: %s', (line) => {
    expect(asRead(new CombinedBytes(), line)).toEqual(asText(combinedParser, line))
  })

  test('that follow one another have each their own time', () => {
    const parser = new CombinedBytes()
    const line = (at: string) => `h - - [${at}] "-" 200 1`
    const times = [
      '10/Oct/2000:13:55:36 -0700',
      '10/Oct/2000:13:55:37 -0700',
      '10/Okt/2000:13:55:37 -0700',
      '10/Oct/2000:13:55:37 -0700',
    ]
    for (const at of times) expect(asRead(parser, line(at))).toEqual(asText(combinedParser, line(at)))
  })
})

// Not part of the package: a folder with samples of the loghub collection (https://github.com/logpai/loghub).
const DATA = process.env.LOGHUB_LOG_SAMPLES ?? ''

test.skipIf(!existsSync(join(DATA, 'Linux_2k.log')))(
  'samples of real lines inside of JSON are read as their text is',
  () => {
    const parser = new JsonBytes()
    for (const name of ['Apache', 'Linux', 'Hadoop', 'OpenSSH']) {
      const lines = readFileSync(join(DATA, `${name}_2k.log`), 'utf8').split('\n')
      for (const [n, msg] of lines.entries()) {
        const line = JSON.stringify({ n, name, msg, at: { line: n, tags: [name] } })
        expect(asRead(parser, line)).toEqual(asText(jsonParser, line))
      }
    }
  },
)
