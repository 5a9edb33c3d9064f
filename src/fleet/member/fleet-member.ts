import type { AgentEvents } from '../../agent/index.ts'
import { Alarm } from '../../core/alarm.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { withDeadline } from '../../core/deadline.ts'
import { Deferred } from '../../core/deferred.ts'
import { type Logger, stderrLogger } from '../../core/logger.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import { FleetView } from '../fleet-view.ts'
import { EverywhereInputs } from './everywhere-inputs.ts'
import { Evictor } from './evictor.ts'
import type { FleetCheckpoints } from './fleet-checkpoints.ts'
import type { InputHost } from './input-host.ts'
import { OwnedInputs, type OwnershipCounts } from './owned-inputs.ts'
import { ProcessLoad } from './process-load.ts'
import { Refusals } from './refusals.ts'
import { Session } from './session.ts'

/** Options of `FleetMember.join`. */
export interface FleetMemberOptions {
  /** Name of this agent in the fleet. */
  readonly name: string
  /** Runs the inputs. It must have `checkpoints` as its checkpoint store. */
  readonly agent: InputHost
  /** The checkpoints of the agent. */
  readonly checkpoints: FleetCheckpoints
  /** The tables of the fleet. The caller closes them. */
  readonly coordinator: Coordinator
  /** Labels that specs select members by, with `on`. Default: none. */
  readonly labels?: Readonly<Record<string, string>>
  /** Share of the work compared to the other members. Default 1. */
  readonly weight?: number
  /** Interval of the renewals of its lease, in milliseconds. Default 2000. */
  readonly heartbeatMs?: number
  /** After this time without a renewal other members take over its inputs; it stops them itself at four fifths of it. Default 10000. */
  readonly leaseMs?: number
  /** Time limit for inputs to end at a handover, and once more for the delivery of their logs, in milliseconds. Default 5000. */
  readonly stopTimeoutMs?: number
  /** Receives messages about problems. Default: the standard error output. */
  readonly logger?: Logger
  /** Source of time, for tests. Default: the system's. */
  readonly clock?: Clock
  /** Load of the process, from 0 to 1, for tests. Default: its share of one core, averaged over a minute. */
  readonly load?: () => number
  /** A view that several members of one process share. Default: a view of its own. */
  readonly view?: FleetView
  /** @internal The `all` inputs, if they already run. */
  readonly everywhere?: EverywhereInputs
}

/** State of a member. */
export interface MemberStatus {
  /** Its name in the fleet. */
  readonly name: string
  /** Id of the membership; undefined while it is not a member. */
  readonly session: string | undefined
  /** `waiting`: not a member, or its lease has ended; `one` inputs do not run. */
  readonly state: 'waiting' | 'member' | 'draining'
  /** How long it may write without another renewal. */
  readonly leaseRemainingMs: number
  /** Ids of the `one` inputs that it runs. */
  readonly owned: readonly string[]
  /** Ids of the `all` inputs that it runs. */
  readonly everywhere: readonly string[]
  /** Counts since the start; `evicted` counts dead members that it removed. */
  readonly counts: OwnershipCounts & { readonly evicted: number }
}

/** Changes come in bursts: it waits this long, and reacts once. */
const SETTLE_MS = 250
const DEFAULT_CLOSE_TIMEOUT_MS = 10_000

/** A member of a fleet: renews its lease, runs its share of the inputs, and takes over from members that have died. */
export class FleetMember {
  /** Its name in the fleet. */
  readonly name: string
  /** The tables as this member knows them. */
  readonly view: FleetView
  readonly #options: FleetMemberOptions
  readonly #clock: Clock
  readonly #refusals: Refusals
  readonly #session: Session
  readonly #evictor: Evictor
  readonly #owned: OwnedInputs
  readonly #everywhere: EverywhereInputs
  readonly #wake: Alarm
  readonly #stops: (() => void)[] = []
  #evicted = 0
  #isSweeping = false
  /** The tables were created again, and the view still shows the former ones. */
  #isOutdated = false
  #drained = new Deferred<void>()
  #closed: Promise<void> | undefined

  private constructor(options: FleetMemberOptions, view: FleetView) {
    const { name, agent, checkpoints, coordinator, labels = {}, weight = 1 } = options
    const { heartbeatMs = 2000, leaseMs = 10_000, stopTimeoutMs = 5000 } = options
    const { clock = systemClock, logger = stderrLogger } = options
    const processLoad = new ProcessLoad(clock)
    const { load = () => processLoad.value } = options
    this.name = name
    this.view = view
    this.#options = options
    this.#clock = clock
    this.#refusals = new Refusals(clock)
    this.#wake = new Alarm(clock, () => this.#reconcile())
    this.#session = new Session({
      name,
      members: coordinator.members,
      clock,
      logger,
      heartbeatMs,
      leaseMs,
      describe: () => ({
        labels,
        weight,
        load: load(),
        refused: { ...this.#everywhere.refused, ...this.#refusals.current((id) => view.specs.get(id)?.revision) },
      }),
      onHeld: () => this.#schedule(),
      onEnded: () => void this.#owned.lapse(),
      onAnew: () => {
        this.#isOutdated = true
      },
      onBeat: () => this.#beat(),
    })
    this.#evictor = new Evictor(view, coordinator, clock)
    this.#owned = new OwnedInputs({
      name,
      agent,
      coordinator,
      view,
      session: this.#session,
      checkpoints,
      refusals: this.#refusals,
      clock,
      logger,
      stopTimeoutMs,
      onRefused: () => void this.#session.renew(),
    })
    const { everywhere = new EverywhereInputs({ agent, checkpoints, fleet: '', clock, logger }) } = options
    this.#everywhere = everywhere
    this.#listen(agent)
  }

  /** Resolves after the first attempt to become a member. From then on it renews, or tries again, by itself. */
  static async join(options: FleetMemberOptions): Promise<FleetMember> {
    const member = new FleetMember(options, options.view ?? (await FleetView.open(options.coordinator)))
    member.#schedule()
    await member.#session.start()
    return member
  }

  /** Its present state. */
  status(): MemberStatus {
    const { lease, isDraining, id } = this.#session
    return {
      name: this.name,
      session: id,
      state: !lease.isHeld ? 'waiting' : isDraining ? 'draining' : 'member',
      leaseRemainingMs: Math.round(lease.remainingMs),
      owned: this.#owned.ids,
      everywhere: this.#everywhere.ids,
      counts: { ...this.#owned.counts, evicted: this.#evicted },
    }
  }

  /**
   * Hands over its inputs and leaves the fleet, so that the others need not wait for the end of its lease. Inputs that have not ended
   * after `timeoutMs` (default 10000) write nothing more. `all` inputs run until the agent ends.
   */
  close({ timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(timeoutMs)
    return this.#closed
  }

  async #close(timeoutMs: number): Promise<void> {
    // Not awaited: the inputs must end even if the coordinator cannot be reached.
    void this.#session.leave()
    this.#schedule()
    await withDeadline(this.#drained.promise, this.#clock, { timeoutMs }, () => new Error('too late')).catch(() => {})
    for (const stop of this.#stops) stop()
    this.#wake.clear()
    const isLeftOver = !this.#owned.isIdle
    const ending = this.#owned.lapse()
    if (!isLeftOver) await ending
    this.#evictor.close()
    await this.#session.close()
    if (this.#options.view === undefined) this.view.close()
  }

  #listen(agent: InputHost): void {
    const failed = ({ id, error, restartInMs }: AgentEvents['failed']) => {
      if (restartInMs === undefined) void this.#owned.giveUp(id, error.message)
    }
    const removed = ({ id }: AgentEvents['removed']) => void this.#owned.release(id)
    agent.on('failed', failed).on('removed', removed)
    this.#stops.push(
      this.view.on('changed', () => this.#schedule()),
      () => void agent.off('failed', failed).off('removed', removed),
    )
  }

  /** Repeated at each heartbeat until it succeeds. */
  async #readAnew(): Promise<void> {
    this.#isOutdated = false
    this.#options.logger?.warn('the tables of the fleet were created again and are empty; add its inputs again')
    await this.view.reopen().catch(() => {
      this.#isOutdated = true
    })
  }

  #schedule(): void {
    if (!this.#wake.isSet) this.#wake.set(this.#clock.monotonicMs() + SETTLE_MS)
  }

  #beat(): void {
    this.#schedule()
    if (this.#isOutdated) void this.#readAnew()
    void this.#sweep()
  }

  async #sweep(): Promise<void> {
    if (this.#isSweeping) return
    this.#isSweeping = true
    const evicted = await this.#evictor.sweep(this.#session.id)
    this.#isSweeping = false
    this.#evicted += evicted.length
    for (const name of evicted)
      this.#options.logger?.info(`${name} has not renewed its lease; other members take over its inputs`)
  }

  #reconcile(): void {
    const { view, name } = this
    const isLeaving = this.#closed !== undefined
    // Draining does not stop `all` inputs: no other member could take them over.
    if (!isLeaving) void this.#everywhere.reconcile(view.everywhere(this.#options.labels ?? {}))
    if (!this.#session.lease.isHeld) return this.#told()
    const wanted = this.#session.isDraining ? NONE : (view.plan.inputsOf.get(name) ?? NONE)
    void this.#owned.reconcile(wanted).then(() => this.#told())
  }

  #told(): void {
    if (this.#closed !== undefined && this.#owned.isIdle) this.#drained.resolve()
  }
}

const NONE: ReadonlySet<string> = new Set()
