import { describe, expect, test } from 'vitest'
import { timeFormatProblem, timeReader } from '../../../src/agent/lines/time-format.ts'
import { offsetOfZone, zoneProblem } from '../../../src/agent/lines/time-zone.ts'

const NOW = Date.UTC(2026, 0, 2)
const read = (format: string, text: string, timezone?: string) => {
  const time = timeReader({ format, timezone }, () => NOW)(text)
  return time === undefined ? undefined : [new Date(time.time).toISOString(), time.nanoseconds]
}

describe('a format', () => {
  test.each([
    ['%d/%b/%Y:%H:%M:%S %z', '10/Oct/2000:13:55:36 -0700', undefined, ['2000-10-10T20:55:36.000Z', undefined]],
    ['%Y-%m-%d %H:%M:%S,%f', '2026-03-01 12:00:00,25', 'UTC', ['2026-03-01T12:00:00.000Z', 250_000_000]],
    ['%Y-%m-%d %H:%M:%S', '2026-03-01 12:00:00', 'Asia/Shanghai', ['2026-03-01T04:00:00.000Z', undefined]],
    ['%Y-%m-%d %H:%M:%S', '2026-07-01 12:00:00', 'America/New_York', ['2026-07-01T16:00:00.000Z', undefined]],
    ['%m/%d/%y %I:%M:%S %p', '3/1/26 12:05:00 am', '+08:00', ['2026-02-28T16:05:00.000Z', undefined]],
    ['%b %d %H:%M:%S', 'Dec 31 23:59:59', 'UTC', ['2025-12-31T23:59:59.000Z', undefined]],
    ['%b %e %H:%M:%S', 'Jan  1 00:00:00', 'UTC', ['2026-01-01T00:00:00.000Z', undefined]],
    ['%s', '1700000000', undefined, ['2023-11-14T22:13:20.000Z', undefined]],
    ['%Q', '1700000000123', undefined, ['2023-11-14T22:13:20.000Z', 123_000_000]],
    ['auto', '2026-01-01 08:00:00', 'Asia/Shanghai', ['2026-01-01T00:00:00.000Z', undefined]],
    ['auto', '2026-01-01T00:00:00Z', 'Asia/Shanghai', ['2026-01-01T00:00:00.000Z', undefined]],
    ['%Y-%m-%d', '2026-13-01', 'UTC', undefined],
    ['%Y-%m-%d', 'soon', 'UTC', undefined],
    ['%Y', '1900', 'UTC', undefined],
  ])('%s reads %s (%s)', (format, text, timezone, expected) => expect(read(format, text, timezone)).toEqual(expected))

  test.each([
    ['%Y %q', 'and has %q'],
    ['%Y %', 'and has %'],
    ['yyyy', "must be 'auto' or a format such as"],
  ])('%s is refused', (format, problem) => expect(timeFormatProblem(format)).toContain(problem))
})

describe('a zone', () => {
  test('has its offset of that day, on both sides of a change', () => {
    const hours = (wall: number) => offsetOfZone('Europe/Berlin', wall) / 3_600_000
    expect([
      hours(Date.UTC(2026, 2, 29, 1, 59)),
      hours(Date.UTC(2026, 2, 29, 3)),
      hours(Date.UTC(2026, 9, 25, 1)),
      hours(Date.UTC(2026, 9, 25, 4)),
    ]).toEqual([1, 2, 2, 1])
  })

  test.each(['Mars/Base', '+8', 'GMT+99'])('%s is refused', (zone) => expect(zoneProblem(zone)).toContain(zone))
})
