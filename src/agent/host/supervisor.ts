import type { Clock } from '../../core/clock.ts'
import { withDeadline } from '../../core/deadline.ts'
import { toError } from '../../core/errors.ts'
import type { Input, InputContext } from '../input.ts'
import { pause } from '../schedule/pause.ts'
import type { InputAccount } from '../write/input-account.ts'
import type { InputWriter } from '../write/input-writer.ts'
import type { Heartbeat } from './heartbeat.ts'
import { inputError } from './input-error.ts'
import type { RestartPolicy } from './restart-policy.ts'

/** The state of the supervision of an input. `waiting`: between a failure and the next start. */
export type InputState = 'starting' | 'running' | 'waiting' | 'stopping' | 'finished' | 'failed' | 'stopped'

/** The writer of one run of an input, and the account by which its writes are stopped. */
export interface RunOutlet {
  readonly account: InputAccount
  readonly writer: InputWriter
}

export interface SupervisorParts {
  readonly id: string
  /** Makes an input for each run. */
  readonly makeInput: () => Input
  readonly makeOutlet: (abortSignal: AbortSignal) => RunOutlet
  readonly makeContext: (signal: AbortSignal, abortSignal: AbortSignal, writer: InputWriter) => InputContext
  readonly policy: RestartPolicy
  readonly heartbeat: Heartbeat
  readonly clock: Clock
  /** Called after a failure, and when there is no further restart. */
  readonly report: (event: SupervisorEvent) => void
}

export type SupervisorEvent =
  | { readonly type: 'failed'; readonly error: Error; readonly restartInMs: number | undefined }
  | { readonly type: 'finished' }
  | { readonly type: 'left-behind' }

/** Time limit for opening: an input that neither opens nor fails must not block all other changes. */
export const OPEN_TIMEOUT_MS = 10_000

/**
 * Runs one input: starts it, catches its errors, starts it again by its policy, and stops it within a deadline. An input that ignores both
 * signals is abandoned: its account is revoked, so that its later writes are ignored.
 */
export class Supervisor {
  readonly #parts: SupervisorParts
  readonly #stop = new AbortController()
  #abort = new AbortController()
  #state: InputState = 'starting'
  #restarts = 0
  #lastError: Error | undefined
  #outlet: RunOutlet | undefined
  #ended: Promise<void> = Promise.resolve()
  #stopping: Promise<boolean> | undefined

  constructor(parts: SupervisorParts) {
    this.#parts = parts
  }

  get state(): InputState {
    return this.#state
  }

  get restarts(): number {
    return this.#restarts
  }

  get lastError(): Error | undefined {
    return this.#lastError
  }

  /** Resolves when the input is open and runs. Rejects if it cannot be opened; then there is no restart. */
  async start(): Promise<void> {
    const run = this.#newRun()
    try {
      await withDeadline(
        this.#open(run),
        this.#parts.clock,
        { timeoutMs: OPEN_TIMEOUT_MS, signal: this.#stop.signal },
        () => inputError(`the input '${this.#parts.id}' was not open within ${OPEN_TIMEOUT_MS} ms`),
      )
    } catch (thrown) {
      this.#state = 'failed'
      this.#leaveBehind()
      await this.#close(run)
      throw thrown
    }
    this.#ended = this.#loop(run)
  }

  /** Resolves when the input has ended, has failed without a further restart, or was stopped. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Stops the input; resolves to whether it ended within the time. The timeout of the first call counts. */
  stop(timeoutMs: number): Promise<boolean> {
    this.#stopping ??= this.#stopWithin(timeoutMs)
    return this.#stopping
  }

  async #stopWithin(timeoutMs: number): Promise<boolean> {
    if (this.#state !== 'finished' && this.#state !== 'failed') this.#state = 'stopping'
    this.#stop.abort(inputError(`the input '${this.#parts.id}' is to end`))
    const { clock, heartbeat, report } = this.#parts
    const ended = this.#ended.then(() => this.#outlet?.account.whenHandedOver()).then(() => true)
    const hasEnded = await withDeadline(ended, clock, { timeoutMs }, late).catch(() => false)
    if (hasEnded) this.#outlet?.account.revoke()
    else this.#leaveBehind()
    if (!hasEnded) report({ type: 'left-behind' })
    heartbeat.rest()
    if (this.#state === 'stopping') this.#state = 'stopped'
    return hasEnded
  }

  async #loop(firstRun: Run): Promise<void> {
    for (let run: Run | undefined = firstRun; run !== undefined; ) {
      const error: Error | undefined = await this.#runOnce(run)
      if (this.#stop.signal.aborted) return
      run = await this.#next(error)
    }
  }

  /** Runs an input that is open to its end; never rejects. */
  async #runOnce(run: Run): Promise<Error | undefined> {
    let error: Error | undefined
    try {
      this.#state = this.#stop.signal.aborted ? 'stopping' : 'running'
      await run.input.run(run.context)
    } catch (thrown) {
      error = toError(thrown)
    }
    await this.#close(run)
    // The account stays valid: writes that were not awaited still count. Only an input that is stopped too late loses it.
    return error
  }

  async #next(error: Error | undefined): Promise<Run | undefined> {
    const { clock, policy, report, heartbeat } = this.#parts
    if (error !== undefined) this.#lastError = error
    for (let cause = error; ; ) {
      heartbeat.rest()
      const decision = policy.after(cause === undefined ? 'ended' : 'failed', clock.monotonicMs())
      const delayMs = decision.action === 'restart' ? decision.delayMs : undefined
      this.#state = decision.action === 'restart' ? 'waiting' : decision.action === 'finish' ? 'finished' : 'failed'
      if (cause !== undefined) report({ type: 'failed', error: cause, restartInMs: delayMs })
      else if (delayMs === undefined) report({ type: 'finished' })
      if (delayMs === undefined) return undefined
      await pause(clock, delayMs, this.#stop.signal)
      if (this.#stop.signal.aborted) return undefined
      this.#restarts++
      const run = this.#newRun()
      try {
        await this.#open(run)
        return run
      } catch (thrown) {
        cause = toError(thrown)
        this.#lastError = cause
        await this.#close(run)
      }
    }
  }

  #newRun(): Run {
    const { makeInput, makeOutlet, makeContext } = this.#parts
    const abort = new AbortController()
    this.#abort = abort
    const outlet = makeOutlet(abort.signal)
    this.#outlet = outlet
    return { input: makeInput(), context: makeContext(this.#stop.signal, abort.signal, outlet.writer) }
  }

  async #open({ input, context }: Run): Promise<void> {
    await input.open?.(context)
  }

  async #close({ input }: Run): Promise<void> {
    try {
      await input.close?.()
    } catch (thrown) {
      this.#lastError = toError(thrown)
    }
  }

  #leaveBehind(): void {
    this.#outlet?.account.revoke()
    this.#abort.abort(inputError(`the input '${this.#parts.id}' was ended`))
  }
}

interface Run {
  readonly input: Input
  readonly context: InputContext
}

function late(): Error {
  return inputError('too late')
}
