import { ProducerError, toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { EmitAgentEvent } from '../agent-events.ts'
import { optionError } from '../config/option-error.ts'
import type { InputSpec } from '../input.ts'
import type { HostedInput } from './hosted-input.ts'
import { inputError } from './input-error.ts'
import { type Change, planChange } from './input-plan.ts'
import { specProblems } from './spec-problems.ts'

type MayWrite = HostedInput['mayWrite']

export interface RunningInputsParts {
  /** Makes an input that is not started yet. */
  readonly host: (spec: InputSpec, mayWrite: MayWrite) => HostedInput
  readonly logger: Logger
  readonly emit: EmitAgentEvent
}

/** How a change is made. */
export interface ChangeOptions {
  /** How long inputs may take to end, in milliseconds. */
  readonly timeoutMs: number
  /** Of the inputs that are started. */
  readonly mayWrite?: MayWrite
}

/**
 * The inputs that run, and the changes of this set. Each change is all or nothing, and changes are made one after the other, so that two
 * inputs with one id never run at the same time.
 */
export class RunningInputs {
  readonly #parts: RunningInputsParts
  readonly #inputs = new Map<string, HostedInput>()
  readonly #closing = new AbortController()
  #changing: Promise<unknown> = Promise.resolve()

  constructor(parts: RunningInputsParts) {
    this.#parts = parts
  }

  /** In the order in which they were added. */
  get all(): readonly HostedInput[] {
    return [...this.#inputs.values()]
  }

  get(id: string): HostedInput | undefined {
    return this.#inputs.get(id)
  }

  /** Makes a change after those before it. Resolves to the inputs that were stopped; rejects with everything that is wrong. */
  change(change: Change, options: ChangeOptions): Promise<readonly HostedInput[]> {
    const done = this.#changing.then(() => this.#make(change, options))
    this.#changing = done.catch(() => {})
    return done
  }

  /** Resolves when the changes so far are made. */
  async whenChanged(): Promise<void> {
    await this.#changing
  }

  /** Stops all inputs, also during a change; nothing is started any more. Resolves to the ids of those that did not end in time. */
  async close(timeoutMs: number): Promise<readonly string[]> {
    this.#closing.abort(closedError())
    const leftBehind = await this.#stopAll(this.all, timeoutMs)
    await this.#changing
    return leftBehind
  }

  async #make(change: Change, { timeoutMs, mayWrite }: ChangeOptions): Promise<readonly HostedInput[]> {
    this.#closing.signal.throwIfAborted()
    const current = new Map([...this.#inputs].map(([id, { spec }]) => [id, spec]))
    const plan = planChange(change, current, specProblems)
    if ('problems' in plan) throw optionError(plan.problems)
    // First everything that can fail without an effect on running inputs.
    const next = await Promise.all(plan.start.map((spec) => this.#prepare(spec, mayWrite)))
    const stopped = plan.remove.map((id) => this.#inputs.get(id)!)
    await this.#stopAll(stopped, timeoutMs)
    const starting = new Set(plan.start.map(({ id }) => id))
    await Promise.all(stopped.filter(({ spec }) => starting.has(spec.id)).map((input) => input.handOver(timeoutMs)))
    await this.#startAll(next, stopped, timeoutMs)
    return stopped
  }

  async #prepare(spec: InputSpec, mayWrite: MayWrite): Promise<HostedInput> {
    const { signal } = this.#closing
    const input = this.#parts.host(spec, mayWrite)
    await input.prepare(signal).catch((thrown) => {
      signal.throwIfAborted()
      throw thrown
    })
    return input
  }

  /** Starts inputs in the place of others. If one cannot start, the others are started again. */
  async #startAll(next: readonly HostedInput[], former: readonly HostedInput[], timeoutMs: number): Promise<void> {
    const started: HostedInput[] = []
    try {
      for (const input of next) {
        await this.#start(input)
        started.push(input)
      }
    } catch (thrown) {
      await this.#stopAll(started, timeoutMs)
      for (const input of former) await this.#startAgain(input)
      throw thrown
    }
  }

  async #start(input: HostedInput): Promise<void> {
    this.#closing.signal.throwIfAborted()
    const { id } = input.spec
    this.#inputs.set(id, input)
    try {
      await input.start()
    } catch (thrown) {
      this.#inputs.delete(id)
      throw inputError(`${id}: ${toError(thrown).message}`, thrown)
    }
    this.#parts.emit('added', { id })
  }

  /** A failure is only logged: the caller gets the error of the change. */
  async #startAgain({ spec, mayWrite }: HostedInput): Promise<void> {
    try {
      await this.#start(await this.#prepare(spec, mayWrite))
    } catch (thrown) {
      const { message } = toError(thrown)
      this.#parts.logger.error(`${spec.id}: could not be started again after a failed change: ${message}`)
    }
  }

  /** Returns the ids of those that did not end in time. */
  async #stopAll(inputs: readonly HostedInput[], timeoutMs: number): Promise<string[]> {
    const ended = await Promise.all(inputs.map((input) => input.stop(timeoutMs)))
    for (const [index, input] of inputs.entries()) {
      const { id } = input.spec
      if (this.#inputs.get(id) === input) this.#inputs.delete(id)
      this.#parts.emit('removed', { id, inTime: ended[index]! })
    }
    return inputs.filter((_, index) => !ended[index]).map(({ spec }) => spec.id)
  }
}

function closedError(): ProducerError {
  return new ProducerError('ERR_LOGHUB_CLOSED', 'the agent is closed')
}
