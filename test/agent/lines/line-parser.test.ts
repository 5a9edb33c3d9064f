import { expect, test } from 'vitest'
import { BadLine } from '../../../src/agent/lines/bad-line.ts'
import { jsonLines } from '../../../src/agent/lines/line-parser.ts'

test('numbers of a JSON line keep the digits of their source', () => {
  const line = '{"id":9223372036854775807,"price":1.10,"far":1e400,"n":5,"o":{"id":12345678901234567890}}'
  expect(jsonLines()(Buffer.from(line))).toEqual({
    contents: {
      id: '9223372036854775807',
      price: '1.10',
      far: '1e400',
      n: 5,
      o: '{"id":12345678901234567890}',
    },
  })
})

test('a time in nanoseconds is read to its last digit', () => {
  const log = jsonLines('ts')(Buffer.from('{"ts":1700000000123456789,"a":1}'))
  expect(log).toMatchObject({ time: 1_700_000_000_000, nanoseconds: 123_456_789 })
})

test.each([
  ['[1]', 'an array'],
  ['5', 'a single value'],
])('%s is not taken, and told as %s', (line, kind) => {
  expect(jsonLines()(Buffer.from(line))).toEqual(new BadLine(`not a JSON object but ${kind}`))
})
