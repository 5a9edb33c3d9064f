import { type Clock, systemClock } from '../core/clock.ts'
import { type Logger, stderrLogger } from '../core/logger.ts'
import { SafeEmitter } from '../core/safe-emitter.ts'
import type { Origin } from '../producer/sends/origin.ts'
import type { AgentEvents } from './agent-events.ts'
import { CheckpointRounds } from './checkpoint/checkpoint-rounds.ts'
import type { CheckpointStore } from './checkpoint/checkpoint-store.ts'
import { MemoryCheckpoints } from './checkpoint/checkpoint-store.ts'
import { FileCheckpoints } from './checkpoint/file-checkpoints.ts'
import { optionError } from './config/option-error.ts'
import { type AgentHealth, healthOf } from './host/agent-health.ts'
import { HostedInput, type InputStatus } from './host/hosted-input.ts'
import { inputError } from './host/input-error.ts'
import type { Change } from './host/input-plan.ts'
import { RunningInputs } from './host/running-inputs.ts'
import { specProblems } from './host/spec-problems.ts'
import type { InputState } from './host/supervisor.ts'
import type { InputSpec } from './input.ts'
import type { AgentProducer, ProducerReading } from './write/agent-producer.ts'
import type { TapListener } from './write/tap.ts'

/** Options of `new Agent`. */
export interface AgentOptions {
  /** Delivers the logs. The caller owns it: `close` of the agent does not close it. */
  readonly producer: AgentProducer
  /** Directory for checkpoints. Without it, files and queues are read from their start position again in each process. */
  readonly stateDirectory?: string
  /** Another store for checkpoints, instead of a directory. */
  readonly checkpoints?: CheckpointStore
  /** Base of relative paths of modules. Default: the working directory. */
  readonly baseDirectory?: string
  /** Inputs read what is there and end. Inputs that listen are left out, and none is restarted. Default false. */
  readonly once?: boolean
  /** Receives messages about inputs that fail and restart. Default: none. */
  readonly logger?: Logger
  /** Source of time, for tests. Default: the system's. */
  readonly clock?: Clock
  /** Source of random numbers for restarts and jitter, from 0 to below 1, for tests. Default: `Math.random`. */
  readonly random?: () => number
}

/** The current state of an agent. */
export interface AgentStatus {
  /** In the order in which they were added. */
  readonly inputs: readonly InputStatus[]
  /** Removed inputs whose code ignores its signals and still runs, as far as is known. */
  readonly leftBehind: number
}

/** What `close` of an agent resolves to. */
export interface AgentCloseReport {
  /** Ids of inputs that did not end in time. */
  readonly leftBehind: readonly string[]
}

/** Options of `add`. */
export interface AddOptions {
  /** Called before each write. While it returns false, what the inputs write is discarded and counted. Default: always true. */
  readonly mayWrite?: () => boolean
}

/** Options of `remove`. */
export interface RemoveOptions {
  /** How long the inputs may take to end, and again as long for the results of their logs, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
  /** Also waits for the results of the logs that they wrote, so that their checkpoints are where a successor continues. Default false. */
  readonly untilSettled?: boolean
}

const DEFAULT_STOP_TIMEOUT_MS = 5000

/** Runs inputs, which can be added and removed at any time. Each change is all or nothing; changes are made one after the other. */
export class Agent implements AsyncDisposable {
  readonly #options: AgentOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #checkpoints: CheckpointStore
  readonly #rounds: CheckpointRounds
  /** Origins of the logs that an earlier process has left on disk, without those that an input has taken. */
  #recovered: Promise<readonly Origin[]>
  readonly #events: SafeEmitter<AgentEvents>
  readonly #inputs: RunningInputs
  #leftBehind = 0
  #closed: Promise<AgentCloseReport> | undefined

  /** @throws ProducerError `ERR_LOGHUB_OPTION`, or the file system's error when the state directory cannot be used */
  constructor(options: AgentOptions) {
    const problems = optionProblems(options)
    if (problems.length > 0) throw optionError(problems)
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? stderrLogger
    this.#checkpoints = this.#openCheckpoints()
    this.#rounds = new CheckpointRounds(this.#checkpoints, this.#clock)
    this.#recovered = this.#claimOrigins(options.producer)
    this.#events = new SafeEmitter((error, event) =>
      this.#logger.warn(`a listener of '${event}' failed: ${error.message}`),
    )
    this.#inputs = new RunningInputs({
      host: (spec, mayWrite) => this.#host(spec, mayWrite),
      logger: this.#logger,
      emit: (event, payload) => this.#events.emit(event, payload),
    })
  }

  /** Starts inputs; resolves when all of them run. Rejects with everything that is wrong; then nothing has changed. */
  add(specs: InputSpec | readonly InputSpec[], { mayWrite }: AddOptions = {}): Promise<void> {
    return this.#make({ kind: 'add', specs: listOf(specs) }, undefined, mayWrite)
  }

  /** Ends inputs and starts others in their place. If one cannot start, the former inputs are started again. */
  replace(specs: InputSpec | readonly InputSpec[], options: { readonly timeoutMs?: number } = {}): Promise<void> {
    return this.#make({ kind: 'replace', specs: listOf(specs) }, options.timeoutMs)
  }

  /**
   * Ends inputs; resolves when their loops have ended, what they held open is closed and their last logs are with the producer. What
   * has not ended after `timeoutMs` (default 5000) is abandoned: its later writes are ignored.
   */
  async remove(ids: string | readonly string[], options: RemoveOptions = {}): Promise<void> {
    const { timeoutMs = DEFAULT_STOP_TIMEOUT_MS, untilSettled = false } = options
    const removed = await this.#change({ kind: 'remove', ids: typeof ids === 'string' ? [ids] : ids }, timeoutMs)
    if (!untilSettled) return
    this.#options.producer.flush({ timeoutMs }).catch(() => {})
    await Promise.all(removed.map((input) => input.handOver(timeoutMs)))
  }

  /** Makes these the only inputs. Inputs that have not changed continue. All or nothing. */
  apply(specs: readonly InputSpec[], options: { readonly timeoutMs?: number } = {}): Promise<void> {
    return this.#make({ kind: 'apply', specs }, options.timeoutMs)
  }

  /** The specs of the inputs, in the order in which they were added. */
  specs(): readonly InputSpec[] {
    return this.#inputs.all.map(({ spec }) => spec)
  }

  /** Returns everything that is wrong with a spec; starts nothing. */
  problemsOf(spec: InputSpec): readonly string[] {
    return specProblems(spec)
  }

  /** The current state of each input, in the order in which they were added. */
  status(): AgentStatus {
    return { inputs: this.#inputs.all.map((input) => input.status()), leftBehind: this.#leftBehind }
  }

  /** The metrics of the producer. */
  producerMetrics(): ProducerReading {
    return this.#options.producer.metrics()
  }

  /** The result of `inspect()` of the producer, or its metrics if it has no `inspect`. */
  producerInspection(): Readonly<Record<string, unknown>> {
    const { producer } = this.#options
    return { ...(producer.inspect?.() ?? producer.metrics()) }
  }

  /** Whether each required input is alive. */
  health(): AgentHealth {
    return healthOf(this.#inputs.all.map((input) => input.health()))
  }

  /** Shows one listener the logs of an input, 100 per second at most. Returns a function that ends it; undefined if there is a listener already. */
  tap(id: string, listener: TapListener): (() => void) | undefined {
    const input = this.#inputs.get(id)
    if (input === undefined) throw inputError(`${id}: there is no input of this id`)
    return input.tap.open(listener)
  }

  /** Resolves when every input has ended by itself and its logs have their results. */
  async finished(): Promise<void> {
    await this.#inputs.whenChanged()
    await Promise.all(this.#inputs.all.map((input) => input.whenFinished()))
  }

  /** Ends all inputs within the deadline, and stores their checkpoints. The first call counts; the producer stays open. */
  close(options: { readonly timeoutMs?: number } = {}): Promise<AgentCloseReport> {
    this.#closed ??= this.#close(options.timeoutMs ?? DEFAULT_STOP_TIMEOUT_MS)
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Listens to one of {@link AgentEvents}. An error that a listener throws has no effect. */
  on<Name extends keyof AgentEvents>(event: Name, listener: (payload: AgentEvents[Name]) => unknown): this {
    this.#events.on(event, listener)
    return this
  }

  /** Removes a listener. */
  off<Name extends keyof AgentEvents>(event: Name, listener: (payload: AgentEvents[Name]) => unknown): this {
    this.#events.off(event, listener)
    return this
  }

  #make(change: Change, timeoutMs?: number, mayWrite?: () => boolean): Promise<void> {
    const made = this.#change(change, timeoutMs, mayWrite).then(() => {})
    // A program that does not wait for a change is not ended by its refusal.
    made.catch(() => {})
    return made
  }

  async #change(change: Change, timeoutMs = DEFAULT_STOP_TIMEOUT_MS, mayWrite?: () => boolean) {
    const stopped = await this.#inputs.change(change, { timeoutMs, mayWrite })
    this.#rounds.begin()
    return stopped
  }

  #host(spec: InputSpec, mayWrite: (() => boolean) | undefined): HostedInput {
    const { producer, baseDirectory = process.cwd(), random = Math.random, once = false } = this.#options
    const directories = [this.#checkpoints.directory, producer.spoolDirectory]
    return new HostedInput(spec, {
      producer,
      environment: { baseDirectory, ownDirectories: directories.filter((directory) => directory !== undefined) },
      once,
      random,
      clock: this.#clock,
      logger: this.#logger,
      checkpoints: this.#checkpoints,
      mayWrite,
      takeRecovered: (isOwn) => this.#takeRecovered(isOwn),
      report: (event) => {
        if (event.type === 'left-behind') this.#leftBehind++
        const { type, ...rest } = event
        this.#events.emit(type, { id: spec.id, ...rest } as never)
      },
    })
  }

  async #close(timeoutMs: number): Promise<AgentCloseReport> {
    const leftBehind = await this.#inputs.close(timeoutMs)
    // The last results move the checkpoints: without them the next start would read those logs again.
    const isSettled = await this.#options.producer.flush({ timeoutMs }).then(
      () => true,
      () => false,
    )
    await this.#checkpoints.close()
    // Batches that are delivered later stay on disk: the next start sends them again with the same pack id.
    if (isSettled) this.#rounds.end()
    return { leftBehind }
  }

  #claimOrigins({ claimOrigins }: AgentProducer): Promise<readonly Origin[]> {
    return claimOrigins?.call(this.#options.producer, () => this.#rounds.whenKept()) ?? Promise.resolve([])
  }

  async #takeRecovered(isOwn: (origin: Origin) => boolean): Promise<readonly Origin[]> {
    const recovered = await this.#recovered
    const own = recovered.filter(isOwn)
    if (own.length > 0) this.#recovered = this.#recovered.then((left) => left.filter((origin) => !own.includes(origin)))
    return own
  }

  #openCheckpoints(): CheckpointStore {
    const { checkpoints, stateDirectory } = this.#options
    if (checkpoints !== undefined) return checkpoints
    if (stateDirectory === undefined) return new MemoryCheckpoints()
    return new FileCheckpoints({ directory: stateDirectory, clock: this.#clock, logger: this.#logger })
  }
}

export type { AgentEvents, InputState }

function listOf<T>(specs: T | readonly T[]): readonly T[] {
  return Array.isArray(specs) ? specs : [specs as T]
}

function optionProblems({ producer, stateDirectory }: AgentOptions): string[] {
  const problems: string[] = []
  const methods = ['writer', 'trySend', 'ready', 'metrics'] as const
  if (!methods.every((name) => typeof (producer as AgentProducer | undefined)?.[name] === 'function')) {
    problems.push('producer: must be a Producer')
  }
  if (stateDirectory !== undefined && (typeof stateDirectory !== 'string' || stateDirectory === '')) {
    problems.push('stateDirectory: must be the path of a directory')
  }
  return problems
}
