import { expect, test } from 'vitest'
import { decimalOf } from '../../../src/emulator/search/decimal.ts'

test('numbers of logs and queries are decimal', () => {
  for (const [text, value] of [
    ['5', 5],
    ['-5.25', -5.25],
    ['1e3', 1000],
    [' 007 ', 7],
  ] as const) {
    expect(decimalOf(text)).toBe(value)
  }
  for (const text of [
    '',
    ' ',
    '0x10',
    '0b1',
    '0o7',
    'Infinity',
    'NaN',
    '+5',
    '5.',
    '.5',
    '1,000',
    '5ms',
    '9'.repeat(100_000),
  ]) {
    expect([text.slice(0, 20), decimalOf(text)]).toEqual([text.slice(0, 20), undefined])
  }
})
