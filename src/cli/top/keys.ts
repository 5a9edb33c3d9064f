/** The keyboard as it is needed here: the standard input of a terminal. */
export interface Keyboard {
  readonly isTTY?: boolean
  setRawMode?(isRaw: boolean): unknown
  on(event: 'data', listener: (data: Buffer) => void): unknown
  off(event: 'data', listener: (data: Buffer) => void): unknown
  resume(): unknown
  pause(): unknown
  unref?(): unknown
}

/** What a key asks for. */
export type KeyAction = 'quit' | 'suspend' | 'redraw'

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  q: 'quit',
  Q: 'quit',
  '\x03': 'quit', // Ctrl-C
  '\x04': 'quit', // Ctrl-D
  '\x1a': 'suspend', // Ctrl-Z
  '\f': 'redraw', // Ctrl-L
}

/** Reads single keys without showing them, where the standard input is a terminal. Elsewhere there are only signals. */
export class Keys {
  readonly #keyboard: Keyboard
  readonly #onData: (data: Buffer) => void
  #isOpen = false

  constructor(keyboard: Keyboard, act: (action: KeyAction) => void) {
    this.#keyboard = keyboard
    this.#onData = (data) => {
      const action = ACTIONS[data.toString('latin1')]
      if (action !== undefined) act(action)
    }
  }

  open(): void {
    if (this.#isOpen || this.#keyboard.isTTY !== true) return
    this.#isOpen = true
    this.#keyboard.setRawMode?.(true)
    this.#keyboard.on('data', this.#onData)
    this.#keyboard.resume()
  }

  /** Gives the keyboard back as it was. May be called at any time, and again. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#keyboard.off('data', this.#onData)
    this.#keyboard.setRawMode?.(false)
    this.#keyboard.pause()
  }
}
