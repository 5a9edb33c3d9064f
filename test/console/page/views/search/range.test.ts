import { expect, test } from 'vitest'
import {
  DEFAULT_RANGE,
  type Range,
  rangeOf,
  rangeText,
  timesOf,
} from '../../../../../src/console/page/views/search/range.ts'

const RANGES: readonly Range[] = [{ kind: 'last', seconds: 300 }, { kind: 'all' }, { kind: 'between', from: 5, to: 10 }]

test('a range comes back from the address as it was', () => {
  expect(RANGES.map((range) => rangeOf(rangeText(range)))).toEqual(RANGES)
})

test('what is no range is the last 15 minutes', () => {
  for (const text of [null, '', 'x', '-5', '1.5', '5-', 'NaN']) expect(rangeOf(text)).toEqual(DEFAULT_RANGE)
})

test('the last so many seconds end with the second that runs', () => {
  expect(RANGES.map((range) => timesOf(range, 1000_400))).toEqual([{ from: 701, to: 1001 }, {}, { from: 5, to: 10 }])
})
