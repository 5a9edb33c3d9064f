import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { Coordinator, Entry, OwnerRecord } from '../coordinator/coordinator.ts'
import type { FleetSpec } from '../fleet-spec.ts'
import type { FleetView } from '../fleet-view.ts'
import type { FleetCheckpoints } from './fleet-checkpoints.ts'
import { HeldCheckpoint } from './held-checkpoint.ts'
import { addShared, type InputHost } from './input-host.ts'
import type { Refusals } from './refusals.ts'
import type { Session } from './session.ts'

export interface OwnedInputsParts {
  readonly name: string
  readonly agent: InputHost
  readonly coordinator: Coordinator
  readonly view: FleetView
  readonly session: Session
  readonly checkpoints: FleetCheckpoints
  readonly refusals: Refusals
  readonly clock: Clock
  readonly logger: Logger
  /** Time limit for an input to end at a handover, and once more for the delivery of its logs, in milliseconds. */
  readonly stopTimeoutMs: number
  /** Called when an input could not start here, so that the other members learn it soon. */
  readonly onRefused: () => void
}

/** The ownership of an input by this agent. */
interface Tenure {
  readonly spec: Entry<FleetSpec>
  /** The fencing token: the revision of the record that made this agent the owner. */
  readonly token: number
  isOver: boolean
}

/** `restarted`: this agent stays the owner, and the input starts again with another spec. */
type Ending = 'released' | 'lapsed' | 'restarted'

/** How many inputs are acquired concurrently. */
const MAX_AT_ONCE = 200

/** Counts since the start. */
export interface OwnershipCounts {
  /** Inputs that this agent became the owner of. */
  acquired: number
  /** Acquired inputs whose former owner had died. */
  takenOver: number
  /** Inputs that it gave up, for another member or because they were removed. */
  released: number
  /** Inputs that it stopped because its lease could not be renewed. */
  lapsed: number
  /** Inputs that another member acquired first. */
  conflicts: number
}

/** The `one` inputs that this agent runs. It acquires each by compare-and-set before it starts, and hands it over after it has ended. */
export class OwnedInputs {
  readonly counts: OwnershipCounts = { acquired: 0, takenOver: 0, released: 0, lapsed: 0, conflicts: 0 }
  readonly #parts: OwnedInputsParts
  readonly #tenures = new Map<string, Tenure>()
  /** Ids of inputs that are being acquired or handed over. */
  readonly #busy = new Set<string>()

  constructor(parts: OwnedInputsParts) {
    this.#parts = parts
  }

  get ids(): readonly string[] {
    return [...this.#tenures.keys()]
  }

  /** No input runs, and none is being acquired or handed over. */
  get isIdle(): boolean {
    return this.#tenures.size === 0 && this.#busy.size === 0
  }

  /**
   * Acquires and releases inputs until exactly these run, as far as the other members allow it. Never rejects: what fails is repeated at
   * the next call. Calls may overlap; an input that is being acquired or handed over is skipped.
   */
  async reconcile(wanted: ReadonlySet<string>): Promise<void> {
    const idle = this.ids.filter((id) => !this.#busy.has(id))
    const missing = [...wanted].filter((id) => !this.#busy.has(id) && !this.#tenures.has(id))
    await Promise.all([
      this.#end(
        idle.filter((id) => !wanted.has(id)),
        'released',
      ),
      this.#restart(idle.filter((id) => wanted.has(id) && !this.#isCurrent(id))),
      this.#forgetStrays(wanted),
      this.#acquireAll(missing.slice(0, MAX_AT_ONCE)),
    ])
  }

  /**
   * The lease has ended: the inputs write nothing more from now on, and are stopped. Those that this agent still owns are acquired again
   * later.
   */
  async lapse(): Promise<void> {
    for (const tenure of this.#tenures.values()) tenure.isOver = true
    await this.#end(this.ids, 'lapsed')
  }

  /** Releases an input that has failed here for good, so that another member tries it. */
  async giveUp(id: string, reason: string): Promise<void> {
    const tenure = this.#tenures.get(id)
    if (tenure === undefined) return
    this.#refuse(id, tenure.spec, reason)
    await this.#end([id], 'released')
  }

  /** Releases an input that somebody has removed from this agent. */
  release(id: string): Promise<void> {
    return this.#end([id], 'released')
  }

  /** Another member owns it although this agent holds its lease: the servers have lost writes that they had acknowledged. */
  #isTaken(id: string, token: number): boolean {
    const record = this.#parts.view.owners.get(id)
    return record !== undefined && record.revision > token && record.value.session !== this.#parts.session.id
  }

  /** Whether the spec is still the same and the input may still write. */
  #isCurrent(id: string): boolean {
    const { spec, isOver } = this.#tenures.get(id)!
    return !isOver && this.#parts.view.specs.get(id)?.revision === spec.revision
  }

  #refuse(id: string, spec: Entry<FleetSpec>, reason: string): void {
    this.#parts.refusals.add(id, spec.revision, reason)
    this.#parts.logger.warn(`${id}: cannot run here: ${reason}`)
    this.#parts.onRefused()
  }

  async #alone(id: string, work: () => Promise<void>): Promise<void> {
    this.#busy.add(id)
    try {
      await work()
    } catch (thrown) {
      this.#parts.logger.debug(`${id}: ${toError(thrown).message}`)
    } finally {
      this.#busy.delete(id)
    }
  }

  async #restart(ids: readonly string[]): Promise<void> {
    await this.#end(ids, 'restarted')
    await this.#acquireAll(ids)
  }

  async #acquireAll(ids: readonly string[]): Promise<void> {
    const free = ids.filter((id) => !this.#busy.has(id) && !this.#tenures.has(id))
    await Promise.all(free.map((id) => this.#alone(id, () => this.#acquire(id))))
  }

  async #acquire(id: string): Promise<void> {
    const { view, coordinator, name, session, clock } = this.#parts
    const spec = view.specs.get(id)
    const current = view.owners.get(id)
    if (spec === undefined || session.id === undefined || !session.lease.isHeld) return
    const owner = view.ownerOf(id)
    if (owner !== undefined && current!.value.session !== session.id) return
    const reason =
      current === undefined ? 'placed' : owner === undefined ? `takeover from ${current.value.member}` : 'resumed'
    const record: OwnerRecord = { member: name, session: session.id, since: clock.now(), reason }
    const token = await coordinator.owners.put(id, record, current?.revision ?? 0)
    if (token === undefined) return this.#yield(id)
    view.adoptOwner(id, { value: record, revision: token })
    this.counts.acquired++
    if (reason.startsWith('takeover')) this.counts.takenOver++
    await this.#start(id, spec, token, session.id)
  }

  /** Another member was first: learns which one. */
  async #yield(id: string): Promise<void> {
    this.counts.conflicts++
    const { view, coordinator } = this.#parts
    const newest = await coordinator.owners.get(id)
    if (newest !== undefined) view.adoptOwner(id, newest)
  }

  async #start(id: string, spec: Entry<FleetSpec>, token: number, sessionId: string): Promise<void> {
    const { agent, checkpoints, coordinator, session, clock, logger } = this.#parts
    const warn = (message: string) => logger.warn(`${id}: ${message}`)
    const unwritten = checkpoints.unwritten(id)
    const held = await HeldCheckpoint.claim(id, token, coordinator.checkpoints, clock, unwritten, warn)
    // The answers may have come late: then another member may be the owner by now.
    if (held === undefined || session.id !== sessionId || !session.lease.isHeld) return held?.close()
    checkpoints.hold(id, held)
    const tenure: Tenure = { spec, token, isOver: false }
    this.#tenures.set(id, tenure)
    const mayWrite = () => !tenure.isOver && session.lease.isHeld && !this.#isTaken(id, token)
    try {
      await addShared(agent, spec.value, { mayWrite })
    } catch (thrown) {
      this.#refuse(id, spec, toError(thrown).message)
      this.#tenures.delete(id)
      checkpoints.release(id)
      await coordinator.owners.remove(id, token)
    }
  }

  /** Stops inputs concurrently, and releases each after its logs are delivered and its checkpoint is written. */
  async #end(ids: readonly string[], how: Ending): Promise<void> {
    const own = ids.filter((id) => this.#tenures.has(id) && !this.#busy.has(id))
    if (own.length === 0) return
    for (const id of own) this.#busy.add(id)
    try {
      await this.#stop(own)
      await Promise.all(own.map((id) => this.#letGo(id, how)))
    } finally {
      for (const id of own) this.#busy.delete(id)
    }
  }

  async #stop(ids: readonly string[]): Promise<void> {
    const { agent, stopTimeoutMs } = this.#parts
    const options = { timeoutMs: stopTimeoutMs, untilSettled: true }
    const isThere = new Set(agent.specs().map(({ id }) => id))
    const running = ids.filter((id) => isThere.has(id))
    // `remove` is all or nothing: if one of them has been removed meanwhile, they are removed one by one.
    const alone = () => Promise.allSettled(running.map((id) => agent.remove(id, options)))
    await agent.remove(running, options).catch(alone)
  }

  async #letGo(id: string, how: Ending): Promise<void> {
    const { checkpoints, coordinator, view } = this.#parts
    const tenure = this.#tenures.get(id)!
    if (how !== 'restarted') this.counts[how]++
    await checkpoints.settle(id)
    tenure.isOver = true
    this.#tenures.delete(id)
    checkpoints.release(id)
    if (how !== 'released') return
    // If this gets no answer, `#forgetStrays` removes the record later.
    await coordinator.owners.remove(id, tenure.token).catch(() => {})
    if (!view.specs.has(id)) await removeCheckpoint(coordinator, id, tenure.token)
  }

  /** Removes records that name this session without an input behind them: the answers of their writes were lost. */
  async #forgetStrays(wanted: ReadonlySet<string>): Promise<void> {
    const { view, session, name, coordinator } = this.#parts
    if (session.id === undefined) return
    const strays = view
      .ownedIn(name, session.id)
      .filter((id) => !wanted.has(id) && !this.#busy.has(id) && !this.#tenures.has(id))
    await Promise.all(
      strays.map((id) => coordinator.owners.remove(id, view.owners.get(id)!.revision).catch(() => false)),
    )
  }
}

/** Removes the checkpoint of an input that no longer exists: a late claim may have written it again. That of a later owner stays. */
async function removeCheckpoint({ checkpoints }: Coordinator, id: string, token: number): Promise<void> {
  const current = await checkpoints.get(id).catch(() => undefined)
  if (current?.value.token === token) await checkpoints.remove(id, current.revision).catch(() => {})
}
