import { expect, test } from 'vitest'
import { byteSize, durationMs, wholeNumber } from '../../../src/cli/shared/option-values.ts'
import { cursorFrom, startPoint } from '../../../src/cli/tail/start-point.ts'

test.each([
  ['500ms', 500],
  ['10', 10_000],
  ['1.5s', 1500],
  ['5 m', 300_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
])('the duration %s', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each([
  ['100', 100],
  ['10MB', 10_000_000],
  ['512KiB', 524_288],
  ['1.5GiB', 1_610_612_736],
])('the size %s', (text, bytes) => {
  expect(byteSize(text)).toBe(bytes)
})

test.each([['-1s'], ['1e3'], ['10 weeks'], [''], ['s'], ['1s2']])('%j is no duration', (text) => {
  expect(() => durationMs(text)).toThrow('Give a time such as')
})

test.each([['0'], ['257'], ['1.5'], ['0x10'], ['']])('%j is no whole number from 1 to 256', (text) => {
  expect(() => wholeNumber(1, 256)(text)).toThrow('Give a whole number, 1 to 256.')
})

const NOW = Date.UTC(2026, 0, 31)

test.each([
  ['begin', 'begin'],
  ['end', 'end'],
  ['-10m', NOW / 1000 - 600],
  ['-100000d', 0],
  ['1700000000123', 1_700_000_000],
  ['2026-01-30T00:00:00Z', NOW / 1000 - 86_400],
])('reading from %s', (text, cursor) => {
  expect(cursorFrom(startPoint(text), NOW)).toBe(cursor)
})

test.each([['lunch'], ['-10 weeks'], ['--10m'], ['']])('%j is no place to read from', (text) => {
  expect(() => startPoint(text)).toThrow('Give ')
})
