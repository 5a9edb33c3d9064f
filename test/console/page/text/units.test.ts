import { describe, expect, test } from 'vitest'
import {
  bytesText,
  countOf,
  countText,
  durationText,
  shareText,
  shortCount,
} from '../../../../src/console/page/text/units.ts'

describe('numbers', () => {
  test('have separators, and their unit in the right number', () => {
    expect([countText(1234567), countText(0.4)]).toEqual(['1,234,567', '0'])
    expect([countOf(1, 'log'), countOf(0, 'log'), countOf(2000, 'log')]).toEqual(['1 log', '0 logs', '2,000 logs'])
    expect(countOf(2, 'retry', 'retries')).toBe('2 retries')
  })

  test('are short on an axis', () => {
    expect([0, 0.5, 999, 1000, 1250, 99_949, 250_000, 999_999, 12_300_000].map(shortCount)).toEqual([
      '0',
      '0.5',
      '999',
      '1k',
      '1.3k',
      '99.9k',
      '250k',
      '1M',
      '12.3M',
    ])
  })

  test('of bytes are decimal', () => {
    expect([0, 999, 1000, 1_250_000, 999_999_999, 5e15].map(bytesText)).toEqual([
      '0 B',
      '999 B',
      '1 KB',
      '1.3 MB',
      '1 GB',
      '5000 TB',
    ])
  })

  test('of time take the unit that suits', () => {
    const times = [0, 0.42, 12.6, 999.4, 1234, 59_940, 59_960, 200_000, 7_500_000, 273_600_000]
    expect(times.map(durationText)).toEqual([
      '0 ms',
      '0.4 ms',
      '13 ms',
      '999 ms',
      '1.2 s',
      '59.9 s',
      '1 min',
      '3 min 20 s',
      '2 h 5 min',
      '3 d 4 h',
    ])
  })

  test('of a share are in percent', () => {
    expect([0, 0.1234, 1].map(shareText)).toEqual(['0 %', '12.3 %', '100 %'])
  })
})
