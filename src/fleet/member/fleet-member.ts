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

/** What `FleetMember.join` takes. */
export interface FleetMemberOptions {
  /** Names this agent among the others. */
  readonly name: string
  /** Runs the inputs. It must have `checkpoints` as its checkpoint store. */
  readonly agent: InputHost
  /** The checkpoints of the agent. */
  readonly checkpoints: FleetCheckpoints
  /** The tables of the fleet. They stay the caller's. */
  readonly coordinator: Coordinator
  /** What specs may ask for with `on`. Default: none. */
  readonly labels?: Readonly<Record<string, string>>
  /** How much it takes compared to the others. Default 1. */
  readonly weight?: number
  /** How often it renews its lease. Default 2000. */
  readonly heartbeatMs?: number
  /** After this time without a renewal the others take over what it owned; it stops at four fifths of it. Default 10000. */
  readonly leaseMs?: number
  /** How long inputs may take to end before they are handed over, and again as long for their logs to be delivered. Default 5000. */
  readonly stopTimeoutMs?: number
  /** Where it tells of trouble. Default: the standard error output. */
  readonly logger?: Logger
  /** Source of time, for tests. Default: the system's. */
  readonly clock?: Clock
  /** How busy the process is, from 0 to 1, for tests. Default: its CPU time as a part of one core, over a minute. */
  readonly load?: () => number
  /** What is known of the tables, where several members of one process share it. */
  readonly view?: FleetView
  /** @internal The `all` inputs, where they ran before it could join. */
  readonly everywhere?: EverywhereInputs
}

/** What a member does right now. */
export interface MemberStatus {
  /** Names it in the fleet. */
  readonly name: string
  /** Of this membership; undefined while it has none. */
  readonly session: string | undefined
  /** `waiting`: not a member, or its lease is over; `one` inputs do not run. */
  readonly state: 'waiting' | 'member' | 'draining'
  /** For how long it may write without another renewal. */
  readonly leaseRemainingMs: number
  /** Ids of the `one` inputs that it runs. */
  readonly owned: readonly string[]
  /** Ids of the `all` inputs that it runs. */
  readonly everywhere: readonly string[]
  /** Since the start; `evicted` are dead members that it removed. */
  readonly counts: OwnershipCounts & { readonly evicted: number }
}

/** Changes come in bursts: what follows from them is done once. */
const SETTLE_MS = 250
const DEFAULT_CLOSE_TIMEOUT_MS = 10_000

/** An agent in a fleet: keeps its record alive, runs its share of the inputs, and takes over from members that have died. */
export class FleetMember {
  /** Names it in the fleet. */
  readonly name: string
  /** What it knows of the tables. */
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
  /** What it knows is of tables that no longer exist. */
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
        refused: this.#refusals.current((id) => view.specs.get(id)?.revision),
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

  /** Resolves when it has tried to become a member: from then on it goes on by itself. */
  static async join(options: FleetMemberOptions): Promise<FleetMember> {
    const member = new FleetMember(options, options.view ?? (await FleetView.open(options.coordinator)))
    member.#schedule()
    await member.#session.start()
    return member
  }

  /** What it does right now. */
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
   * Hands over what it runs, and leaves: the others need not wait for its lease. What has not ended after `timeoutMs` (default 10000)
   * writes nothing more. `all` inputs run on until the agent ends.
   */
  close({ timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(timeoutMs)
    return this.#closed
  }

  async #close(timeoutMs: number): Promise<void> {
    // Not awaited: without the coordinator the inputs end all the same.
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

  /** Tried at each heartbeat, until it succeeds. */
  async #readAnew(): Promise<void> {
    this.#isOutdated = false
    this.#options.logger?.warn('the tables of the fleet were made anew: its inputs have to be added again')
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
      this.#options.logger?.info(`${name} has not renewed its lease: what it owned is taken over`)
  }

  #reconcile(): void {
    const { view, name } = this
    const isLeaving = this.#closed !== undefined
    // Draining does not end these: they have nowhere to go.
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
