import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Ctrl-C and its kin: the first asks the command to end in good order, the second ends the process at once. */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #onSignal = (name: NodeJS.Signals) => this.#take(name)
  #exitCode: number | undefined

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#onSignal)
  }

  /** Aborted by the first. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** 130 for Ctrl-C; undefined where nothing has interrupted. */
  get exitCode(): number | undefined {
    return this.#exitCode
  }

  /** Gives the signals their usual effect back. */
  release(): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal)
  }

  #take(name: NodeJS.Signals): void {
    const exitCode = 128 + constants.signals[name]
    if (this.#exitCode !== undefined) process.exit(exitCode)
    this.#exitCode = exitCode
    this.#controller.abort(new Error(`interrupted by ${name}`))
  }
}
