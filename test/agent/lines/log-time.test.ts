import { expect, test } from 'vitest'
import { parseLogTime } from '../../../src/agent/lines/log-time.ts'
import { timeReader } from '../../../src/agent/lines/time-format.ts'

const T = 1_700_000_000_000

test.each([
  [1_700_000_000, T, undefined],
  ['1700000000', T, undefined],
  [1_700_000_000.25, T, 250_000_000],
  [1_700_000_000_000, T, undefined],
  [1_700_000_000_123, T, 123_000_000],
  ['1700000000123.5', T, 123_500_000],
  ['1700000000123456', T, 123_456_000],
  // More digits than a number holds.
  ['1700000000123456789', T, 123_456_789],
  [0, 0, undefined],
  [5, 5000, undefined],
])('the epoch time %j', (value, time, nanoseconds) => {
  expect(parseLogTime(value)).toEqual({ time, nanoseconds })
})

test.each([
  ['2023-11-14', Date.UTC(2023, 10, 14), undefined],
  ['2023-11-14T22:13:20Z', T, undefined],
  ['2023-11-14T22:13Z', T - 20_000, undefined],
  ['2023-11-14 22:13:20.5Z', T, 500_000_000],
  ['2023-11-14T22:13:20,123456789z', T, 123_456_789],
  ['2023-11-15T06:13:20+08:00', T, undefined],
  ['2023-11-15 06:13:20 +0800', T, undefined],
])('the ISO 8601 time %j', (value, time, nanoseconds) => {
  expect(parseLogTime(value)).toEqual({ time, nanoseconds })
})

test('a time of day without a zone is local', () => {
  expect(parseLogTime('2023-11-14T22:13:20')?.time).toBe(new Date(2023, 10, 14, 22, 13, 20).getTime())
})

test.each([
  ['yesterday'],
  [''],
  ['12/31/2025'],
  ['2023-13-01'],
  ['2023-11-14T25:00:00Z'],
  ['1969-12-31T23:59:59Z'],
  ['2106-02-08T00:00:00Z'],
  [-1],
  [Number.NaN],
  [1e30],
  [null],
  [undefined],
  [true],
  [{}],
  [[1_700_000_000]],
])('%j is no time', (value) => {
  expect(parseLogTime(value)).toBeUndefined()
})

test.each(['1970-01-15T00:00:00Z', '2107-01-01T00:00:00Z', '1969-12-31T23:59:59Z'])(
  'a time that the producer does not take is none: %s',
  (text) => {
    expect(parseLogTime(text)).toBeUndefined()
    expect(timeReader({ format: '%Y-%m-%dT%H:%M:%S%z' }, () => 0)(text)).toBeUndefined()
  },
)
