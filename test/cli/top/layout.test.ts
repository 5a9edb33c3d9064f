import { describe, expect, test } from 'vitest'
import { frame, type View } from '../../../src/cli/top/frame.ts'
import { cutLine, cutText, lineWidth, padText, span, widthOf } from '../../../src/cli/top/line.ts'
import {
  bar,
  byteRateText,
  durationText,
  hasUnicode,
  percentText,
  plainText,
  rateText,
  sparkline,
} from '../../../src/cli/top/meters.ts'
import { table } from '../../../src/cli/top/table.ts'

const textOf = (lines: readonly (readonly { readonly text: string }[])[]) =>
  lines.map((line) => line.map(({ text }) => text).join(''))

describe('widths', () => {
  test.each([
    ['', 0],
    ['plain', 5],
    ['工作', 4],
    ['e\u0301', 1],
    ['📦', 2],
    ['ｆｕｌｌ', 8],
    ['···…', 4],
  ])('%j takes %i cells', (text, cells) => expect(widthOf(text)).toBe(cells))

  test.each([
    ['plain', 5, 'plain'],
    ['plain', 4, 'pla…'],
    ['工作工作', 5, '工作…'],
    ['工作工作', 4, '工…'],
    ['abc', 0, ''],
    ['abc', 1, '…'],
  ])('%j cut to %i cells is %j', (text, cells, cut) => expect(cutText(text, cells)).toBe(cut))

  test('a line is cut across its spans, and never longer than the screen', () => {
    const line = [span('ab', 'red'), span('工作'), span('cd')]
    for (let columns = 0; columns < 10; columns++)
      expect(lineWidth(cutLine(line, columns))).toBeLessThanOrEqual(columns)
    expect(cutLine(line, 6)).toEqual([span('ab', 'red'), span('工作')])
    expect(cutLine(line, 5)).toEqual([span('ab', 'red'), span('工…')])
  })

  test('blanks are counted in cells', () => {
    expect([padText('工', 4), padText('工', 4, 'right')]).toEqual(['工  ', '  工'])
  })
})

describe('a table', () => {
  const columns = [{ title: 'NAME', atLeast: 4 }, { title: 'N', align: 'right' as const }, { title: 'MORE' }]
  const rows = [
    ['a-long-name', '1', 'x'],
    ['b', '1,000', 'y'],
  ]

  test('has numbers on the right', () => {
    expect(textOf(table(columns, rows, 80))).toEqual([
      'NAME             N  MORE',
      'a-long-name      1  x   ',
      'b            1,000  y   ',
    ])
  })

  test('cuts names where there is too little room, and then leaves out its last columns', () => {
    expect(textOf(table(columns, rows, 20))[1]).toBe('a-long…      1  x   ')
    expect(textOf(table(columns, rows, 12))).toEqual(['NAME       N', 'a-lo…      1', 'b      1,000'])
    expect(textOf(table(columns, rows, 3))).toEqual(['NAME', 'a-l…', 'b   '])
  })
})

describe('a frame', () => {
  const row = (text: string) => [span(text)]
  const section = (name: string, count: number) => ({
    head: row(name),
    rows: Array.from({ length: count }, (_, i) => row(`${name}${i}`)),
  })
  const view = (...sections: View['sections']): View => ({
    title: row('title'),
    summary: [row('sum')],
    sections,
    footer: row('footer'),
  })

  test('has as many lines as the screen, the footer last', () => {
    for (let rows = 1; rows < 30; rows++) {
      const lines = textOf(frame(view(section('A', 4), section('B', 20)), 80, rows))
      expect(lines).toHaveLength(rows)
      expect(lines.at(-1)).toBe('footer')
    }
  })

  test('shows all where there is room', () => {
    expect(textOf(frame(view(section('A', 2)), 80, 8))).toEqual(['title', 'sum', '', 'A', 'A0', 'A1', '', 'footer'])
  })

  test('says how many rows are left out, and gives those of a short section to a long one', () => {
    expect(textOf(frame(view(section('A', 1), section('B', 9)), 80, 12))).toEqual([
      'title',
      'sum',
      '',
      'A',
      'A0',
      '',
      'B',
      'B0',
      'B1',
      'B2',
      '… 6 more',
      'footer',
    ])
  })

  test('leaves out the last sections where not even a row of each fits', () => {
    const lines = textOf(frame(view(section('A', 5), section('B', 5)), 80, 8))
    expect(lines).toEqual(['title', 'sum', '', 'A', 'A0', 'A1', '… 3 more', 'footer'])
  })

  test('is cut at the right edge', () => {
    for (const line of frame({ ...view(), title: row('x'.repeat(100)) }, 40, 5))
      expect(lineWidth(line)).toBeLessThanOrEqual(40)
  })
})

describe('figures', () => {
  test.each([
    [rateText(undefined), '-'],
    [rateText(0), '0/s'],
    [rateText(0.25), '0.3/s'],
    [rateText(9.96), '10/s'],
    [rateText(12_345.4), '12,345/s'],
    [byteRateText(1_234_567), '1.2 MB/s'],
    [durationText(0), '0 ms'],
    [durationText(2.34), '2.3 ms'],
    [durationText(999), '999 ms'],
    [durationText(2000), '2.0 s'],
    [durationText(65_000), '1:05'],
    [durationText(undefined), '-'],
    [percentText(0.004), '0.4 %'],
    [percentText(0.5), '50 %'],
    [sparkline([0, 1, 4, 8], 10), '▁▂▅█'],
    [sparkline([5, 0, 0], 2), '▁▁'],
    [sparkline([], 5), ''],
    [plainText('▁█ … 工 é'), '.@ ~ ? ?'],
  ])('%j is %j', (text, expected) => expect(text).toBe(expected))

  test('a bar is never longer than its place, and shows that there is something', () => {
    for (const share of [0, 0.0001, 0.5, 1, 3]) expect(lineWidth(bar(share, 20))).toBe(20)
    expect(textOf([bar(0, 8), bar(0.001, 8), bar(0.5, 8), bar(1, 8)])).toEqual([
      '[------]',
      '[#-----]',
      '[###---]',
      '[######]',
    ])
    expect([bar(0.5, 8)[1]?.color, bar(0.7, 8)[1]?.color, bar(0.9, 8)[1]?.color]).toEqual(['green', 'yellow', 'red'])
  })

  test('the locale says whether there is Unicode', () => {
    expect(hasUnicode({ LANG: 'de_DE.UTF-8' }, 'linux')).toBe(true)
    expect(hasUnicode({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }, 'linux')).toBe(false)
    expect(hasUnicode({}, 'linux')).toBe(false)
    expect(hasUnicode({}, 'win32')).toBe(true)
  })
})
