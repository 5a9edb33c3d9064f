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

/** What a supervisor does with its input: `waiting` is the time between a failure and the next start. */
export type InputState = 'starting' | 'running' | 'waiting' | 'stopping' | 'finished' | 'failed' | 'stopped'

/** What one run of an input writes through, and by which it is ended for good. */
export interface RunOutlet {
  readonly account: InputAccount
  readonly writer: InputWriter
}

export interface SupervisorParts {
  readonly id: string
  /** A new input for each run. */
  readonly makeInput: () => Input
  readonly makeOutlet: (abortSignal: AbortSignal) => RunOutlet
  readonly makeContext: (signal: AbortSignal, abortSignal: AbortSignal, writer: InputWriter) => InputContext
  readonly policy: RestartPolicy
  readonly heartbeat: Heartbeat
  readonly clock: Clock
  /** A failure, or the end of all restarts. */
  readonly tell: (event: SupervisorEvent) => void
}

export type SupervisorEvent =
  | { readonly type: 'failed'; readonly error: Error; readonly restartInMs: number | undefined }
  | { readonly type: 'finished' }
  | { readonly type: 'left-behind' }

/** How long opening may take: a port that neither opens nor fails must not hold up all changes. */
export const OPEN_TIMEOUT_MS = 10_000

/**
 * The life of one input: starts it, contains what it throws, starts it again by its policy, and ends it within a deadline. What
 * ignores both signals is left behind with its account revoked: it can write, and nothing comes of it.
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

  /** Resolves when the input is open and runs. Rejects when it cannot be opened; it is not tried again then. */
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

  /** Resolves when the input has no more to give, has failed for good or was stopped. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Ends the input; resolves to whether it ended by itself within the time. The first call's deadline counts. */
  stop(timeoutMs: number): Promise<boolean> {
    this.#stopping ??= this.#stopWithin(timeoutMs)
    return this.#stopping
  }

  async #stopWithin(timeoutMs: number): Promise<boolean> {
    if (this.#state !== 'finished' && this.#state !== 'failed') this.#state = 'stopping'
    this.#stop.abort(inputError(`the input '${this.#parts.id}' is to end`))
    const { clock, heartbeat, tell } = this.#parts
    const ended = this.#ended.then(() => this.#outlet?.account.whenHandedOver()).then(() => true)
    const hasEnded = await withDeadline(ended, clock, { timeoutMs }, late).catch(() => false)
    if (hasEnded) this.#outlet?.account.revoke()
    else this.#leaveBehind()
    if (!hasEnded) tell({ type: 'left-behind' })
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

  /** One run, opened already, to its end; never rejects. */
  async #runOnce(run: Run): Promise<Error | undefined> {
    let error: Error | undefined
    try {
      this.#state = this.#stop.signal.aborted ? 'stopping' : 'running'
      await run.input.run(run.context)
    } catch (thrown) {
      error = toError(thrown)
    }
    await this.#close(run)
    // What it wrote without waiting still counts: it is revoked only when it is stopped too late.
    return error
  }

  async #next(error: Error | undefined): Promise<Run | undefined> {
    const { clock, policy, tell, heartbeat } = this.#parts
    if (error !== undefined) this.#lastError = error
    for (let cause = error; ; ) {
      heartbeat.rest()
      const decision = policy.after(cause === undefined ? 'ended' : 'failed', clock.monotonicMs())
      const delayMs = decision.action === 'restart' ? decision.delayMs : undefined
      this.#state = decision.action === 'restart' ? 'waiting' : decision.action === 'finish' ? 'finished' : 'failed'
      if (cause !== undefined) tell({ type: 'failed', error: cause, restartInMs: delayMs })
      else if (delayMs === undefined) tell({ type: 'finished' })
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
