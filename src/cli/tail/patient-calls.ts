import type { Clock } from '../../core/clock.ts'
import { SinkError } from '../../sls/sink.ts'
import { pause } from '../shared/pause.ts'

export interface PatientCallsOptions {
  /** Retries without a limit, also for a project or logstore that does not exist yet. */
  readonly isEndless: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly say: (message: string) => void
}

const MOST_TRIES = 3
const FIRST_DELAY_MS = 200
const LONGEST_DELAY_MS = 5_000

/** Retries calls that failed for a temporary reason, and prints each reason once. */
export class PatientCalls {
  readonly #options: PatientCallsOptions
  #told: string | undefined
  #hasMissed = false

  constructor(options: PatientCallsOptions) {
    this.#options = options
  }

  /** Whether something did not exist at first. */
  get hasMissed(): boolean {
    return this.#hasMissed
  }

  /** Rejects with the last error if a retry does not help, or after the signal. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** @param isAnswer for these errors the call resolves to undefined */
  run<T>(call: () => Promise<T>, isAnswer: (error: SinkError) => boolean): Promise<T | undefined>
  async run<T>(call: () => Promise<T>, isAnswer?: (error: SinkError) => boolean): Promise<T | undefined> {
    const { clock, signal } = this.#options
    for (let tries = 1; ; tries++) {
      try {
        const result = await call()
        this.#told = undefined
        return result
      } catch (error) {
        if (error instanceof SinkError && isAnswer?.(error) === true) return undefined
        if (signal.aborted || !this.#mayPass(error, tries)) throw error
        // The refusal contains the time of the service, so the next request has the right date.
        if (error.failureClass === 'clock') continue
        if (error.status === 404) this.#hasMissed = true
        this.#tell(error)
        await pause(Math.min(FIRST_DELAY_MS * 2 ** (tries - 1), LONGEST_DELAY_MS), clock, signal)
        if (signal.aborted) throw error
      }
    }
  }

  #mayPass(error: unknown, tries: number): error is SinkError {
    if (!(error instanceof SinkError) || !error.retriable || error.failureClass === 'credentials') return false
    if (this.#options.isEndless) return true
    return tries < MOST_TRIES && error.status !== 404
  }

  #tell(error: SinkError): void {
    const reason = error.serverCode ?? error.code
    if (this.#told === reason) return
    this.#told = reason
    this.#options.say(`loghub: trying again: ${error.message}`)
  }
}
