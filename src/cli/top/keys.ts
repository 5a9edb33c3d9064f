/** The part of the standard input that is used here. */
export interface Keyboard {
  readonly isTTY?: boolean
  setRawMode?(isRaw: boolean): unknown
  on(event: 'data', listener: (data: Buffer) => void): unknown
  off(event: 'data', listener: (data: Buffer) => void): unknown
  resume(): unknown
  pause(): unknown
  unref?(): unknown
}

/** The action of a key. */
export type KeyAction = 'quit' | 'suspend' | 'redraw'

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  q: 'quit',
  Q: 'quit',
  '\x03': 'quit', // Ctrl-C
  '\x04': 'quit', // Ctrl-D
  '\x1a': 'suspend', // Ctrl-Z
  '\f': 'redraw', // Ctrl-L
}

/** Reads single keys without echoing them. Does nothing if the standard input is not a terminal. */
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

  /** Restores the former mode of the terminal. May be called at any time and repeatedly. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#keyboard.off('data', this.#onData)
    this.#keyboard.setRawMode?.(false)
    this.#keyboard.pause()
  }
}
