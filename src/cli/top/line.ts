import type { Color, Paint } from '../shared/colors.ts'

/** A part of a line with one colour. */
export interface Span {
  readonly text: string
  readonly color?: Color | undefined
}

/** A line of the screen. Colours are added last, so that widths are those of the text. */
export type Line = readonly Span[]

export function span(text: string, color?: Color): Span {
  return { text, color }
}

// Characters that are two cells wide on a terminal: CJK, Hangul, full-width forms, pictures.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const WITHOUT_WIDTH = /[\p{M}\u200b-\u200d]/u

/** The number of cells of a text on a terminal. */
export function widthOf(text: string): number {
  if (/^[\0-\x7f]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += cellsOf(character)
  return width
}

/** Cuts a text to a number of cells. A text that is cut ends with `…`. */
export function cutText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  if (columns <= 0) return ''
  let width = 0
  let end = 0
  for (const character of text) {
    width += cellsOf(character)
    if (width > columns - 1) break
    end += character.length
  }
  return `${text.slice(0, end)}…`
}

/** Pads a text with blanks to a number of cells. */
export function padText(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, columns - widthOf(text)))
  return align === 'left' ? text + blanks : blanks + text
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0)
}

/** Cuts a line to a number of cells. */
export function cutLine(line: Line, columns: number): Line {
  const spans: Span[] = []
  let rest = columns
  for (const { text, color } of line) {
    if (rest <= 0) break
    const cut = cutText(text, rest)
    spans.push(span(cut, color))
    if (cut !== text) break
    rest -= widthOf(cut)
  }
  return spans
}

export function paintLine(line: Line, paint: Paint): string {
  return line.map(({ text, color }) => (color === undefined ? text : paint(color, text))).join('')
}

function cellsOf(character: string): number {
  if (WITHOUT_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
