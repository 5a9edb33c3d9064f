import type { Paint } from '../shared/colors.ts'
import { frame } from './frame.ts'
import { type KeyAction, type Keyboard, Keys } from './keys.ts'
import { plainText } from './meters.ts'
import { Screen, type ScreenTerminal } from './screen.ts'
import { type Moment, viewOf } from './view.ts'

/** A terminal whose size may change. */
export interface ViewTerminal extends ScreenTerminal {
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

export interface TerminalViewOptions {
  readonly paint: Paint
  readonly isUnicode: boolean
  /** Called when a key asks to quit. */
  readonly quit: () => void
}

/** Shows the figures on a terminal. They are redrawn with each reading and each change of size. At the end the terminal is restored. */
export class TerminalView {
  readonly #options: TerminalViewOptions
  readonly #terminal: ViewTerminal
  readonly #screen: Screen
  readonly #keys: Keys
  #moment: Moment | undefined
  readonly #onResize = () => {
    this.#screen.forget()
    this.#draw()
  }
  readonly #onContinue = () => {
    this.#open()
    this.#onResize()
  }
  // However the process ends, the terminal must have its cursor and echo again.
  readonly #onExit = () => this.#giveBack()

  constructor(terminal: ViewTerminal, keyboard: Keyboard, options: TerminalViewOptions) {
    this.#terminal = terminal
    this.#options = options
    this.#screen = new Screen(terminal, options.paint)
    this.#keys = new Keys(keyboard, (action) => this.#act(action))
    terminal.on('resize', this.#onResize)
    process.on('SIGCONT', this.#onContinue)
    process.on('exit', this.#onExit)
    this.#open()
  }

  show(moment: Moment): void {
    this.#moment = moment
    this.#draw()
  }

  /** Restores the terminal. */
  close(): void {
    this.#terminal.off('resize', this.#onResize)
    process.off('SIGCONT', this.#onContinue)
    process.off('exit', this.#onExit)
    this.#giveBack()
  }

  #open(): void {
    this.#screen.open()
    this.#keys.open()
  }

  #giveBack(): void {
    this.#keys.close()
    this.#screen.close()
  }

  #act(action: KeyAction): void {
    if (action === 'quit') return this.#options.quit()
    if (action === 'redraw') return this.#onResize()
    // The process stops here and continues with SIGCONT.
    this.#giveBack()
    process.kill(process.pid, 'SIGTSTP')
  }

  #draw(): void {
    if (this.#moment === undefined) return
    const { columns, rows } = this.#screen
    const lines = frame(viewOf(this.#moment, columns), columns, rows)
    this.#screen.draw(this.#options.isUnicode ? lines : lines.map((line) => line.map(plain)))
  }
}

function plain({ text, ...rest }: { readonly text: string }) {
  return { ...rest, text: plainText(text) }
}
