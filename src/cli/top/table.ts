import { cutText, type Line, padText, type Span, span, widthOf } from './line.ts'

/** A column of a table. */
export interface Column {
  readonly title: string
  /** Numbers are aligned right. Default: left. */
  readonly align?: 'left' | 'right'
  /** Marks a column of names, which may be cut to this width and gets the remaining room. */
  readonly atLeast?: number
}

export type Cell = Span | string

const GAP = 2

/** The head and the rows. Columns that do not fit are left out, the last ones first. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): Line[] {
  const natural = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, widthOf(textOf(row[i] ?? ''))), widthOf(title)),
  )
  const least = columns.map(({ atLeast }, i) => Math.min(atLeast ?? Number.POSITIVE_INFINITY, natural[i] as number))
  let count = columns.length
  while (count > 1 && total(least.slice(0, count)) > width) count--
  const widths = widened(least.slice(0, count), natural.slice(0, count), width)
  const head = columns.map(({ title }) => span(title, 'dim'))
  return [head, ...rows].map((row) => rowLine(row, columns, widths))
}

/** Gives the remaining room to the columns that were cut, in their order. */
function widened(least: readonly number[], natural: readonly number[], width: number): number[] {
  let spare = width - total(least)
  return least.map((cells, i) => {
    const more = Math.max(0, Math.min(spare, (natural[i] as number) - cells))
    spare -= more
    return cells + more
  })
}

function rowLine(row: readonly Cell[], columns: readonly Column[], widths: readonly number[]): Line {
  return widths.map((width, i) => {
    const cell = row[i] ?? ''
    const text = padText(cutText(textOf(cell), width), width, columns[i]?.align)
    return span((i === 0 ? '' : ' '.repeat(GAP)) + text, typeof cell === 'string' ? undefined : cell.color)
  })
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1))
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}
