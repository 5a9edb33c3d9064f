import { cutLine, type Line, lineWidth, span } from './line.ts'

/** A block of lines. If there is too little room, the first lines are shown with the number of the others. */
export interface Section {
  /** Its title, or the head of a table. */
  readonly head: Line
  readonly rows: readonly Line[]
}

/** The content of the screen, before it is known how much of it fits. */
export interface View {
  readonly title: Line
  /** A present problem. */
  readonly notice?: Line | undefined
  /** Lines that are always shown, as far as the screen allows. */
  readonly summary: readonly Line[]
  readonly sections: readonly Section[]
  readonly footer: Line
}

/** Exactly as many lines as the screen has, none wider than the screen. The footer is the last. */
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

/** A line with a left and a right part. The right one is left out if both do not fit. */
export function ends(left: Line, right: Line, columns: number): Line {
  const gap = columns - lineWidth(left) - lineWidth(right)
  return gap < 1 ? left : [...left, span(' '.repeat(gap)), ...right]
}

// The head, one row, and a blank line or the number of further rows. Less is of no use.
const LEAST_LINES = 3

/** Lines for each section: sections that need few lines get them, the others share the rest. */
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
