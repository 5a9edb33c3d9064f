import type { Clock } from '../../core/clock.ts'
import { withDeadline } from '../../core/deadline.ts'
import type { Logger } from '../../core/logger.ts'
import { type CheckpointStore, type CheckpointValue, readCheckpoint } from '../checkpoint/checkpoint-store.ts'
import type { CodeInputSpec, Input, InputContext, InputSpec, KindInputSpec } from '../input.ts'
import type { InputEnvironment } from '../inputs/input-environment.ts'
import { makeInput } from '../inputs/kinds.ts'
import { buildTransform } from '../transforms/build-transform.ts'
import type { Transform } from '../transforms/transform.ts'
import type { TransformOptions } from '../transforms/transform-options.ts'
import type { AgentProducer } from '../write/agent-producer.ts'
import { InputAccount } from '../write/input-account.ts'
import { InputCounters, type InputCounts } from '../write/input-counters.ts'
import { InputWriter } from '../write/input-writer.ts'
import { Tap } from '../write/tap.ts'
import { type ComponentHealth, Heartbeat } from './heartbeat.ts'
import { inputError } from './input-error.ts'
import { RestartPolicy } from './restart-policy.ts'
import { type InputState, OPEN_TIMEOUT_MS, type RunOutlet, Supervisor, type SupervisorEvent } from './supervisor.ts'

export interface HostedInputParts {
  readonly producer: AgentProducer
  readonly environment: InputEnvironment
  readonly once: boolean
  readonly random: () => number
  readonly clock: Clock
  readonly logger: Logger
  readonly checkpoints: CheckpointStore
  readonly takeRecovered: InputContext['takeRecovered']
  readonly report: (event: SupervisorEvent) => void
  /** Called before each write; what is written while it returns false is discarded and counted. */
  readonly mayWrite?: (() => boolean) | undefined
}

/** The current state of one input. */
export interface InputStatus {
  /** The id of its spec. */
  readonly id: string
  /** `code` for an input that is given as code. */
  readonly type: string
  /** The state of its supervision. */
  readonly state: InputState
  /** How often it was started again after a failure. */
  readonly restarts: number
  /** The message of its last failure; undefined if it has not failed. */
  readonly lastError: string | undefined
  /** Details that the input shows, such as the address at which it listens. */
  readonly details: Readonly<Record<string, string>>
  /** Counters of its logs and their results. */
  readonly counts: InputCounts
  /** Time since its checkpoint was saved last, in milliseconds; undefined if it has none. */
  readonly checkpointAgeMs: number | undefined
}

const DEFAULT_MEMORY_SHARE = 0.5

/** An input, and what the host keeps for it across restarts: counters, heartbeat, tap, checkpoint. */
export class HostedInput {
  readonly spec: InputSpec
  readonly tap: Tap
  readonly #parts: HostedInputParts
  readonly #counters = new InputCounters()
  readonly #heartbeat: Heartbeat
  readonly #supervisor: Supervisor
  readonly #logger: Logger
  #transform: Transform | undefined
  readonly #details = new Map<string, string>()
  #outlet: RunOutlet | undefined
  #runs = 0
  #hasSuccessor = false
  #checkpointMs: number | undefined
  /** The value that was saved last. A function is called again for each write, until the input has a successor. */
  #checkpoint: CheckpointValue

  constructor(spec: InputSpec, parts: HostedInputParts) {
    this.spec = spec
    this.#parts = parts
    this.tap = new Tap(parts.clock)
    this.#heartbeat = new Heartbeat(parts.clock)
    this.#logger = named(parts.logger, spec.id)
    this.#supervisor = new Supervisor({
      id: spec.id,
      makeInput: () => this.#makeInput(),
      makeOutlet: (abortSignal) => this.#makeOutlet(abortSignal),
      makeContext: (signal, abortSignal, writer) => this.#makeContext(signal, abortSignal, writer),
      policy: new RestartPolicy(parts.once ? { policy: 'never' } : spec.restart),
      heartbeat: this.#heartbeat,
      clock: parts.clock,
      report: (event) => this.#report(event),
    })
  }

  /**
   * Loads the modules of the spec, and checks the destination with the producer. Nothing runs yet, so a failure has no effect on other
   * inputs. Rejects when the signal aborts.
   */
  async prepare(signal: AbortSignal): Promise<void> {
    const { clock, random, environment, producer } = this.#parts
    const { baseDirectory } = environment
    const transforms = this.spec.transforms as readonly TransformOptions[]
    const loading = buildTransform(transforms, { clock, random, baseDirectory })
    loading.catch(() => {})
    // A module that never finishes loading must not block all other changes.
    this.#transform = await withDeadline(loading, clock, { timeoutMs: OPEN_TIMEOUT_MS, signal }, () =>
      inputError(`${this.spec.id}: its transforms were not loaded within ${OPEN_TIMEOUT_MS} ms`),
    )
    producer.writer(this.spec.to)
  }

  /** See {@link HostedInputParts.mayWrite}. */
  get mayWrite(): (() => boolean) | undefined {
    return this.#parts.mayWrite
  }

  start(): Promise<void> {
    return this.#supervisor.start()
  }

  stop(timeoutMs: number): Promise<boolean> {
    return this.#supervisor.stop(timeoutMs)
  }

  /** Resolves when it has ended by itself and all its logs have results. */
  async whenFinished(): Promise<void> {
    await this.#supervisor.ended
    await this.#outlet?.account.whenSettled()
  }

  /** Waits for the results of its logs until the timeout. After that only its successor can save the checkpoint. */
  async handOver(timeoutMs: number): Promise<void> {
    const settled = this.#outlet?.account.whenSettled() ?? Promise.resolve()
    await withDeadline(settled, this.#parts.clock, { timeoutMs }, () => inputError('too late')).catch(() => {})
    this.#fixCheckpoint()
    this.#hasSuccessor = true
  }

  status(): InputStatus {
    const { state, restarts, lastError } = this.#supervisor
    return {
      id: this.spec.id,
      type: this.#type,
      state,
      restarts,
      lastError: lastError?.message,
      details: Object.fromEntries(this.#details),
      counts: this.#counters.snapshot(),
      checkpointAgeMs:
        this.#checkpointMs === undefined ? undefined : this.#parts.clock.monotonicMs() - this.#checkpointMs,
    }
  }

  health(): ComponentHealth {
    const { state, lastError } = this.#supervisor
    const isFailing = state === 'failed' || state === 'waiting'
    const ok = !isFailing && !this.#heartbeat.isOverdue
    const reason = ok ? undefined : isFailing ? (lastError?.message ?? state) : 'no heartbeat in time'
    const required = this.spec.required ?? true
    return { id: this.spec.id, ok, required, state, sinceBeatMs: this.#heartbeat.sinceBeatMs, reason }
  }

  get #type(): string {
    return 'input' in this.spec ? 'code' : (this.spec as KindInputSpec).type
  }

  #makeInput(): Input {
    if ('input' in this.spec) return (this.spec as CodeInputSpec).input
    return makeInput(this.spec as KindInputSpec, this.#parts.environment)
  }

  #makeOutlet(abortSignal: AbortSignal): RunOutlet {
    const { producer, mayWrite } = this.#parts
    const share = (this.spec.memoryShare ?? DEFAULT_MEMORY_SHARE) * producer.metrics().memory.totalBytes
    const account = new InputAccount(this.#counters, share, mayWrite)
    const writer = new InputWriter({
      producer,
      account,
      abortSignal,
      destination: this.spec.to ?? {},
      transform: this.#transform,
      tap: this.tap,
      required: this.spec.required ?? true,
    })
    this.#outlet = { account, writer }
    return this.#outlet
  }

  #makeContext(signal: AbortSignal, abortSignal: AbortSignal, writer: InputWriter): InputContext {
    const { clock, random, checkpoints } = this.#parts
    const { id } = this.spec
    this.#fixCheckpoint()
    const run = ++this.#runs
    abortSignal.addEventListener('abort', () => run === this.#runs && this.#fixCheckpoint(), { once: true })
    return {
      id,
      once: this.#parts.once,
      signal,
      abortSignal,
      writer,
      clock,
      random,
      logger: this.#logger,
      write: (contents, time) => writer.write(contents, time),
      checkpoint: {
        load: () => checkpoints.load(id),
        save: (value) => {
          // Results also come after the end of a run. A run that was abandoned or has a successor must not save.
          if (abortSignal.aborted || run !== this.#runs || this.#hasSuccessor) return
          this.#checkpointMs = clock.monotonicMs()
          this.#checkpoint = value
          checkpoints.save(id, value)
        },
      },
      takeRecovered: this.#parts.takeRecovered,
      beat: (withinMs) => this.#heartbeat.beat(withinMs),
      count: (name, by) => this.#counters.count(name, by),
      detail: (name, value) => this.#details.set(name, value),
    }
  }

  /** Replaces the saved function by its current value, so that it does not change any more. */
  #fixCheckpoint(): void {
    if (typeof this.#checkpoint === 'function') {
      this.#parts.checkpoints.save(this.spec.id, readCheckpoint(this.#checkpoint))
    }
    this.#checkpoint = undefined
  }

  #report(event: SupervisorEvent): void {
    if (event.type === 'failed') {
      const next = event.restartInMs === undefined ? 'it is given up' : `again in ${Math.round(event.restartInMs)} ms`
      this.#logger.warn(`failed: ${event.error.message}; ${next}`)
    }
    if (event.type === 'left-behind') this.#logger.warn('did not end in time; its later writes are ignored')
    this.#parts.report(event)
  }
}

function named(logger: Logger, id: string): Logger {
  return {
    debug: (message) => logger.debug(`${id}: ${message}`),
    info: (message) => logger.info(`${id}: ${message}`),
    warn: (message) => logger.warn(`${id}: ${message}`),
    error: (message) => logger.error(`${id}: ${message}`),
  }
}
