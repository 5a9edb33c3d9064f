import { hostname } from 'node:os'
import type { ComponentHealth, FleetOptions, Metric } from '../agent/index.ts'
import { Alarm } from '../core/alarm.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { isProducerError, toError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import type { HttpRoute } from '../server/routed.ts'
import { fleetMetrics } from './admin/fleet-metrics.ts'
import { fleetRoutes } from './admin/fleet-routes.ts'
import type { Coordinator } from './coordinator/coordinator.ts'
import { NatsCoordinator } from './coordinator/nats-coordinator.ts'
import { FleetControl } from './fleet-control.ts'
import { EverywhereInputs } from './member/everywhere-inputs.ts'
import type { FleetCheckpoints } from './member/fleet-checkpoints.ts'
import { FleetMember } from './member/fleet-member.ts'
import type { InputHost } from './member/input-host.ts'

/** Options of `Fleet.start`. */
export interface FleetParts {
  /** As `fleet` in the configuration of an agent. */
  readonly options: FleetOptions
  /** Runs the inputs. It must have `checkpoints` as its checkpoint store. */
  readonly agent: InputHost
  /** The checkpoints of the agent. */
  readonly checkpoints: FleetCheckpoints
  /** Base of relative paths in the options. */
  readonly baseDirectory: string
  /** Receives messages about failures of the servers and inputs that cannot run here. */
  readonly logger: Logger
  /** Source of time, for tests. Default: the system's. */
  readonly clock?: Clock
  /** Makes another coordinator than NATS. */
  readonly connect?: () => Promise<Coordinator>
}

const RECONNECT_MS = 2000

/** The membership of an agent in the fleet of its configuration: connects and joins, and repeats both until they succeed. */
export class Fleet {
  /** Name of the fleet. */
  readonly name: string
  readonly #parts: FleetParts
  readonly #clock: Clock
  readonly #retry: Alarm
  readonly #everywhere: EverywhereInputs
  #coordinator: Coordinator | undefined
  #member: FleetMember | undefined
  #control: FleetControl | undefined
  #connecting: Promise<void> = Promise.resolve()
  #isClosed = false
  #problem: string | undefined = 'not connected yet'

  private constructor(parts: FleetParts) {
    this.name = parts.options.name
    this.#parts = parts
    this.#clock = parts.clock ?? systemClock
    this.#retry = new Alarm(this.#clock, () => this.#tryAgain())
    const { agent, checkpoints, logger } = parts
    this.#everywhere = new EverywhereInputs({ agent, checkpoints, fleet: this.name, clock: this.#clock, logger })
  }

  /**
   * Resolves when the agent is a member, or when the servers do not answer. In the second case it continues to try, and everything else
   * runs, including the `all` inputs that ran last on this agent.
   * @throws ProducerError for a failure that cannot end by itself: a wrong option, a missing package, a refused login
   */
  static async start(parts: FleetParts): Promise<Fleet> {
    const fleet = new Fleet(parts)
    fleet.#connecting = fleet.#connect()
    await fleet.#connecting
    if (fleet.#member === undefined) await fleet.#everywhere.resume(parts.options.labels ?? {})
    return fleet
  }

  /** Undefined until the servers have been reached. */
  get member(): FleetMember | undefined {
    return this.#member
  }

  /** Undefined until the servers have been reached. */
  get control(): FleetControl | undefined {
    return this.#control
  }

  /** Parts for the admin listener of the agent. */
  get admin(): {
    readonly routes: readonly HttpRoute[]
    readonly metrics: () => readonly Metric[]
    readonly components: () => readonly ComponentHealth[]
  } {
    return { routes: fleetRoutes(this), metrics: () => fleetMetrics(this.#member), components: () => [this.#health()] }
  }

  /** Hands over the inputs of this agent, leaves the fleet, and disconnects. */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#isClosed = true
    this.#retry.clear()
    await this.#connecting.catch(() => {})
    await this.#member?.close(options)
    this.#control?.close()
    await this.#coordinator?.close().catch(() => {})
  }

  async #connect(): Promise<void> {
    const { logger } = this.#parts
    try {
      await this.#join()
      this.#problem = undefined
    } catch (thrown) {
      const { message } = toError(thrown)
      await this.#coordinator?.close().catch(() => {})
      this.#coordinator = undefined
      if (!isProducerError(thrown) || !thrown.retriable) throw thrown
      if (this.#problem !== message) logger.warn(`fleet ${this.name} cannot be joined yet: ${message}`)
      this.#problem = message
      if (!this.#isClosed) this.#retry.set(this.#clock.monotonicMs() + RECONNECT_MS)
    }
  }

  async #join(): Promise<void> {
    const { options, agent, checkpoints, logger, baseDirectory } = this.#parts
    const { name: fleet, member = `${hostname()}-${process.pid}`, nats = {}, prefix, replicas } = options
    const { labels, weight, heartbeatMs, leaseMs } = options
    const connect = () => NatsCoordinator.connect({ ...nats, fleet, prefix, replicas }, { name: member, baseDirectory })
    const coordinator = await (this.#parts.connect ?? connect)()
    this.#coordinator = coordinator
    this.#member = await FleetMember.join({
      name: member,
      agent,
      checkpoints,
      coordinator,
      labels,
      weight,
      heartbeatMs,
      leaseMs,
      logger,
      clock: this.#clock,
      everywhere: this.#everywhere,
    })
    this.#control = new FleetControl(coordinator, this.#member.view)
  }

  #tryAgain(): void {
    this.#connecting = this.#connect().catch((error: unknown) => {
      this.#problem = toError(error).message
      this.#parts.logger.error(
        `fleet ${this.name}: ${this.#problem}; the agent does not try again until it is restarted`,
      )
    })
  }

  /** Not required: nobody should restart an agent because it cannot reach its fleet, as its local inputs still run. */
  #health(): ComponentHealth {
    const state = this.#member?.status().state ?? 'connecting'
    const ok = state === 'member' || state === 'draining'
    const reason = ok ? undefined : (this.#problem ?? 'the lease has ended, because the coordinator cannot be reached')
    return { id: `fleet ${this.name}`, ok, required: false, state, sinceBeatMs: undefined, reason }
  }
}
