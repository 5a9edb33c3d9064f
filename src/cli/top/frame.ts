import { cutLine, type Line, lineWidth, span } from './line.ts'

/** Lines under one another; when there is too little room, the first of them are shown, and how many there are besides. */
export interface Section {
  /** The title, or the head of a table. */
  readonly head: Line
  readonly rows: readonly Line[]
}

/** What is to be seen, before it is known how much of it fits. */
export interface View {
  readonly title: Line
  /** What goes wrong at the moment. */
  readonly notice?: Line | undefined
  /** Always there, as far as the screen reaches. */
  readonly summary: readonly Line[]
  readonly sections: readonly Section[]
  readonly footer: Line
}

/** As many lines as the screen has, none longer than it is wide. The footer is the last. */
export function frame(view: View, columns: number, rows: number): Line[] {
  const head = [view.title, ...(view.notice === undefined ? [] : [view.notice]), ...view.summary]
  const room = Math.max(0, rows - 1)
  const lines = head.slice(0, room)
  if (lines.length < room) lines.push([])
  const shares = sharesOf(view.sections, room - lines.length)
  view.sections.forEach((section, i) => {
    lines.push(...sectionLines(section, shares[i] as number))
  })
  while (lines.length < room) lines.push([])
  lines.push(view.footer)
  return lines.slice(-rows).map((line) => cutLine(line, columns))
}

/** Left and right end of one line; the right one goes where both do not fit. */
export function ends(left: Line, right: Line, columns: number): Line {
  const gap = columns - lineWidth(left) - lineWidth(right)
  return gap < 1 ? left : [...left, span(' '.repeat(gap)), ...right]
}

// The head, one row, and a blank line or how many more there are: less says nothing.
const LEAST_LINES = 3

/** Lines for each section: those that need little get it, the others share what is left. */
function sharesOf(sections: readonly Section[], room: number): number[] {
  const wanted = sections.map(({ rows }) => rows.length + 2)
  const shown = sections.length - countOfHidden(sections.length, room)
  const shares = sections.map(() => 0)
  let rest = room
  const order = wanted
    .slice(0, shown)
    .map((lines, i) => ({ lines, i }))
    .sort((a, b) => a.lines - b.lines)
  order.forEach(({ lines, i }, done) => {
    const share = Math.min(lines, Math.floor(rest / (shown - done)))
    shares[i] = share
    rest -= share
  })
  return shares
}

function countOfHidden(sections: number, room: number): number {
  return Math.max(0, sections - Math.floor(Math.max(0, room) / LEAST_LINES))
}

function sectionLines({ head, rows }: Section, share: number): Line[] {
  if (share < LEAST_LINES) return []
  const shown = rows.slice(0, share - 2)
  const hidden = rows.length - shown.length
  return [head, ...shown, hidden === 0 ? [] : [span(`… ${hidden} more`, 'dim')]]
}
