import { isDeepStrictEqual } from 'node:util'
import type { CheckpointStore } from '../../agent/index.ts'
import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { Entry } from '../coordinator/coordinator.ts'
import type { FleetSpec } from '../fleet-spec.ts'
import { hasLabels } from '../placement/eligibility.ts'
import { addShared, type InputHost } from './input-host.ts'
import { Refusals } from './refusals.ts'

export interface EverywhereInputsParts {
  readonly agent: InputHost
  /** Keeps the specs that ran last, under a key of this fleet. */
  readonly checkpoints: CheckpointStore
  readonly fleet: string
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * The `all` inputs of this agent. They need no lease. They continue while the coordinator cannot be reached, and also start without it
 * after a restart.
 */
export class EverywhereInputs {
  readonly #parts: EverywhereInputsParts
  readonly #refusals: Refusals
  /** Specs of the running inputs, by id. */
  readonly #running = new Map<string, FleetSpec>()
  #wanted: ReadonlyMap<string, Entry<FleetSpec>> = new Map()
  #changing: Promise<void> = Promise.resolve()

  constructor(parts: EverywhereInputsParts) {
    this.#parts = parts
    this.#refusals = new Refusals(parts.clock)
  }

  get ids(): readonly string[] {
    return [...this.#running.keys()]
  }

  /** Inputs that could not start here: the reason by id. */
  get refused(): Record<string, string> {
    return this.#refusals.current((id) => this.#wanted.get(id)?.revision)
  }

  /** Starts the inputs that ran here last. They run until the coordinator says which inputs are wanted. */
  resume(labels: Readonly<Record<string, string>>): Promise<void> {
    const known = this.#known().filter(({ on }) => hasLabels(labels, on))
    return this.#change(new Map(known.map((value) => [value.input.id, { value, revision: 0 }])))
  }

  /** Starts and stops inputs until exactly these run. An input that cannot start is logged, and tried again after a while. Never rejects. */
  reconcile(wanted: ReadonlyMap<string, Entry<FleetSpec>>): Promise<void> {
    const specs = [...wanted.values()].map(({ value }) => value)
    if (!isDeepStrictEqual(specs, this.#known())) this.#parts.checkpoints.save(this.#key, specs)
    return this.#change(wanted)
  }

  get #key(): string {
    // No input has such an id.
    return `\0fleet ${this.#parts.fleet}`
  }

  #known(): readonly FleetSpec[] {
    return (this.#parts.checkpoints.load(this.#key) ?? []) as readonly FleetSpec[]
  }

  #change(wanted: ReadonlyMap<string, Entry<FleetSpec>>): Promise<void> {
    this.#wanted = wanted
    this.#changing = this.#changing.then(() => this.#changeOnce(wanted))
    return this.#changing
  }

  async #changeOnce(wanted: ReadonlyMap<string, Entry<FleetSpec>>): Promise<void> {
    for (const [id, { input }] of this.#running) {
      if (!isDeepStrictEqual(wanted.get(id)?.value.input, input)) await this.#remove(id)
    }
    const { refused } = this
    for (const [id, spec] of wanted) {
      if (!this.#running.has(id) && !Object.hasOwn(refused, id)) await this.#add(id, spec)
    }
  }

  async #add(id: string, { value, revision }: Entry<FleetSpec>): Promise<void> {
    const { agent, logger } = this.#parts
    try {
      await addShared(agent, value)
      this.#running.set(id, value)
    } catch (thrown) {
      const { message } = toError(thrown)
      this.#refusals.add(id, revision, message)
      logger.warn(`${id}: cannot run here: ${message}`)
    }
  }

  async #remove(id: string): Promise<void> {
    await this.#parts.agent.remove(id, { untilSettled: true }).catch(() => {})
    this.#running.delete(id)
  }
}
