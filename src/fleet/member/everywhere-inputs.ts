import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { Entry } from '../coordinator/coordinator.ts'
import type { FleetSpec } from '../fleet-spec.ts'
import type { InputHost } from './input-host.ts'
import { Refusals } from './refusals.ts'

/** The `all` inputs that run on this agent, as on every other. They need no lease, and run on when the coordinator is away. */
export class EverywhereInputs {
  readonly #agent: InputHost
  readonly #logger: Logger
  readonly #refusals: Refusals
  /** Revision of the spec that runs, by id. */
  readonly #revisions = new Map<string, number>()
  #changing: Promise<void> = Promise.resolve()

  constructor(agent: InputHost, clock: Clock, logger: Logger) {
    this.#agent = agent
    this.#logger = logger
    this.#refusals = new Refusals(clock)
  }

  get ids(): readonly string[] {
    return [...this.#revisions.keys()]
  }

  /** Makes these the ones that run. One that cannot start is told, and tried again after a while. Never rejects. */
  reconcile(wanted: ReadonlyMap<string, Entry<FleetSpec>>): Promise<void> {
    this.#changing = this.#changing.then(() => this.#reconcile(wanted))
    return this.#changing
  }

  async #reconcile(wanted: ReadonlyMap<string, Entry<FleetSpec>>): Promise<void> {
    for (const [id, revision] of this.#revisions) {
      if (wanted.get(id)?.revision !== revision) await this.#remove(id)
    }
    const refused = this.#refusals.current((id) => wanted.get(id)?.revision)
    for (const [id, spec] of wanted) {
      if (!this.#revisions.has(id) && refused[id] === undefined) await this.#add(id, spec)
    }
  }

  async #add(id: string, { value, revision }: Entry<FleetSpec>): Promise<void> {
    try {
      await this.#agent.add(value.input)
      this.#revisions.set(id, revision)
    } catch (thrown) {
      const { message } = toError(thrown)
      this.#refusals.add(id, revision, message)
      this.#logger.warn(`${id}: cannot run here: ${message}`)
    }
  }

  async #remove(id: string): Promise<void> {
    await this.#agent.remove(id, { untilSettled: true }).catch(() => {})
    this.#revisions.delete(id)
  }
}
