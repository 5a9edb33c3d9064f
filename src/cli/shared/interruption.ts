import { constants } from 'node:os'
import { type Clock, systemClock } from '../../core/clock.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Under npx one Ctrl-C arrives twice, from the terminal and from npm; nobody presses it twice as fast as this. */
export const SAME_SIGNAL_MS = 300

/** Ctrl-C and its kin: the first asks the command to end in good order, the second ends the process at once. */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #onSignal = (name: NodeJS.Signals) => this.#take(name)
  readonly #clock: Clock
  #exitCode: number | undefined
  #firstAtMs = 0

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
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
    const nowMs = this.#clock.monotonicMs()
    if (this.#exitCode !== undefined) {
      if (nowMs - this.#firstAtMs >= SAME_SIGNAL_MS) process.exit(exitCode)
      return
    }
    this.#firstAtMs = nowMs
    this.#exitCode = exitCode
    this.#controller.abort(new Error(`interrupted by ${name}`))
  }
}
