import type { Paint } from '../shared/colors.ts'
import { type Line, lineWidth, paintLine } from './line.ts'

/** The part of a terminal that is used here. */
export interface ScreenTerminal {
  readonly columns?: number
  readonly rows?: number
  readonly writableNeedDrain?: boolean
  write(text: string): unknown
}

// Alternate screen, so that the former content comes back; hidden cursor; no line wrapping.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'
// Synchronized output: the terminal shows everything in between at once. Other terminals ignore it.
const BEGIN = '\x1b[?2026h'
const END = '\x1b[?2026l'
const CLEAR = '\x1b[2J'
const CLEAR_REST_OF_LINE = '\x1b[K'

/**
 * A full screen that is redrawn without flicker: only lines that have changed are written, each over the former one, and nothing is
 * cleared first. A slow terminal skips frames.
 */
export class Screen {
  readonly #terminal: ScreenTerminal
  readonly #paint: Paint
  #shown: readonly string[] = []
  #isOpen = false

  constructor(terminal: ScreenTerminal, paint: Paint) {
    this.#terminal = terminal
    this.#paint = paint
  }

  // Some terminals do not know their size and report 0.
  get columns(): number {
    return this.#terminal.columns || 80
  }

  get rows(): number {
    return this.#terminal.rows || 24
  }

  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#terminal.write(ENTER)
    this.forget()
  }

  /** Restores the terminal. May be called at any time and repeatedly. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#terminal.write(LEAVE)
  }

  /** The content of the screen is not known any more, for example after a change of its size: all lines are drawn again. */
  forget(): void {
    this.#shown = []
    if (this.#isOpen) this.#terminal.write(CLEAR)
  }

  draw(lines: readonly Line[]): void {
    if (!this.#isOpen || this.#terminal.writableNeedDrain === true) return
    const texts = lines.map((line) => this.#textOf(line))
    const changed = texts.map((text, i) => (text === this.#shown[i] ? '' : `\x1b[${i + 1};1H${text}`)).join('')
    this.#shown = texts
    if (changed !== '') this.#terminal.write(BEGIN + changed + END)
  }

  /** A full line is not cleared to its end: the cursor is on its last cell, and would clear that. */
  #textOf(line: Line): string {
    const text = paintLine(line, this.#paint)
    return lineWidth(line) < this.columns ? text + CLEAR_REST_OF_LINE : text
  }
}
