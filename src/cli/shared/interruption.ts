import { constants } from 'node:os'
import { type Clock, systemClock } from '../../core/clock.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Under npx one Ctrl-C arrives twice, from the terminal and from npm. No user presses it twice within this time. */
export const SAME_SIGNAL_MS = 300

/** Handles Ctrl-C and other signals that end a program: the first asks the command to end, the second ends the process at once. */
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

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** 130 for Ctrl-C; undefined without a signal. */
  get exitCode(): number | undefined {
    return this.#exitCode
  }

  /** Restores the default effect of the signals. */
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
