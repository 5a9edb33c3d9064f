import { type Clock, systemClock } from '../../core/clock.ts'

const REDRAW_MS = 200
const CLEAR = '\r\x1b[K'

/** The part of a terminal that is used here. */
export interface StatusTerminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Prints messages and, on a terminal, a line below them that is redrawn. */
export class StatusLine {
  readonly #terminal: StatusTerminal
  readonly #clock: Clock
  #render: ((columns: number) => string) | undefined
  #cancel = () => {}

  constructor(terminal: StatusTerminal, clock: Clock = systemClock) {
    this.#terminal = terminal
    this.#clock = clock
  }

  /** Shows what `render` returns, until {@link stop}. */
  start(render: (columns: number) => string): void {
    if (this.#terminal.isTTY !== true) return
    this.#render = render
    this.#tick()
  }

  /** Prints a message on a line of its own. */
  say(message: string): void {
    this.#terminal.write(this.#render === undefined ? `${message}\n` : `${CLEAR}${message}\n${this.#text()}`)
  }

  stop(): void {
    this.#cancel()
    if (this.#render !== undefined) this.#terminal.write(CLEAR)
    this.#render = undefined
  }

  #tick(): void {
    this.#terminal.write(`${CLEAR}${this.#text()}`)
    this.#cancel = this.#clock.setTimer(() => this.#tick(), REDRAW_MS)
  }

  // Some terminals do not know their width and report 0.
  #text(): string {
    return this.#render?.(this.#terminal.columns || 80) ?? ''
  }
}
