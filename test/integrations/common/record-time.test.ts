import { describe, expect, test } from 'vitest'
import { fromHrTime, recordTime } from '../../../src/integrations/common/record-time.ts'

const T = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

describe('the time of a record', () => {
  test.each([
    ['a Date', new Date(T), { time: T }],
    ['epoch milliseconds', T, { time: T }],
    ['milliseconds with a fraction', T + 0.25, { time: T, nanoseconds: 678_250_000 }],
    ['epoch seconds with a fraction', T / 1000, { time: T }],
    ['epoch microseconds', T * 1000 + 9, { time: T, nanoseconds: 678_009_000 }],
    ['epoch nanoseconds, as a bigint', BigInt(T) * 1_000_000n + 1n, { time: T, nanoseconds: 678_000_001 }],
    ['epoch nanoseconds, as text', `${T}000001`, { time: T, nanoseconds: 678_000_001 }],
    ['ISO 8601', '2026-01-02T03:04:05.678Z', { time: T }],
    ['ISO 8601 with nanoseconds', '2026-01-02T03:04:05.678000123Z', { time: T, nanoseconds: 678_000_123 }],
    ['ISO 8601 of another zone', '2026-01-02T05:04:05.678+02:00', { time: T }],
  ])('is read from %s', (_, value, expected) => {
    expect(recordTime(value)).toEqual(expected)
  })

  test.each([
    undefined,
    null,
    '',
    'yesterday evening',
    Number.NaN,
    0,
    -1,
    {},
    new Date(Number.NaN),
    new Date(-1),
    new Date(8e15),
    1e300,
    10n ** 40n,
    '9'.repeat(400),
    '1960-01-01',
    '9999-01-01',
  ])('is unknown where it is %s', (value) => {
    expect(recordTime(value)).toBeUndefined()
  })

  test('keeps the nanoseconds of OpenTelemetry', () => {
    expect(fromHrTime([T / 1000 - 0.678, 678_000_123])).toEqual({ time: T, nanoseconds: 678_000_123 })
  })
})
