import { randomBytes } from 'node:crypto'
import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { MemberRecord, Table } from '../coordinator/coordinator.ts'
import { Lease, type Moment } from './lease.ts'

export interface SessionParts {
  readonly name: string
  readonly members: Table<MemberRecord>
  readonly clock: Clock
  readonly logger: Logger
  readonly heartbeatMs: number
  readonly leaseMs: number
  /** The fields of the member's record that come from outside the session. */
  readonly describe: () => Pick<MemberRecord, 'labels' | 'weight' | 'load' | 'refused'>
  /** The session holds its lease, after a time without it. */
  readonly onHeld: () => void
  /** The lease has ended: no input may write any more. With `isLost`, other members may already own the inputs. */
  readonly onEnded: (isLost: boolean) => void
  /** The revisions have gone back: the tables were created again. */
  readonly onAnew: () => void
  /** Called once a heartbeat, whether the renewal succeeded or not. */
  readonly onBeat: () => void
}

/** A failed renewal is repeated after this part of a heartbeat. */
const RETRY_SHARE = 0.25

/**
 * The membership of an agent in its fleet: a record that it renews. If another member removes the record, the session is over: the
 * agent starts a new session, and no longer owns the inputs of the former one.
 */
export class Session {
  readonly lease: Lease
  readonly #parts: SessionParts
  readonly #startedAt: number
  readonly #end: Alarm
  readonly #beat: Alarm
  #id: string | undefined
  #revision = 0
  /** Of all sessions of this agent. */
  #highestRevision = 0
  #isHeld = false
  #isDraining = false
  #isLeaving = false
  #isStopped = false
  #hasWarned = false
  #renewing: Promise<void> | undefined
  #isStale = false

  constructor(parts: SessionParts) {
    const { clock, leaseMs } = parts
    this.#parts = parts
    this.#startedAt = clock.now()
    this.lease = new Lease(clock, leaseMs)
    this.#end = new Alarm(clock, () => this.#endOfLease())
    this.#beat = new Alarm(clock, () => void this.renew())
  }

  /** Undefined while the agent is not a member. */
  get id(): string | undefined {
    return this.#id
  }

  get isDraining(): boolean {
    return this.#isDraining || this.#isLeaving
  }

  /** Joins, and renews from then on. Never rejects: a failure is repeated. */
  start(): Promise<void> {
    return this.renew()
  }

  /** Writes the record now, for example because its content has changed. */
  renew(): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    // One renewal at a time, because each names the revision of the one before.
    this.#isStale = true
    this.#renewing ??= this.#renewAll().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  /** Publishes to the other members that this one takes no more inputs. */
  leave(): Promise<void> {
    this.#isLeaving = true
    return this.renew()
  }

  /** Ends the session, and removes its record so that others do not have to wait for the end of its lease. */
  async close(): Promise<void> {
    this.#isStopped = true
    this.#beat.clear()
    this.#end.clear()
    await this.#renewing
    this.lease.end()
    if (this.#id === undefined) return
    const { members, name } = this.#parts
    await members.remove(name, this.#revision).catch(() => {})
  }

  async #renewAll(): Promise<void> {
    const { clock, heartbeatMs, onBeat } = this.#parts
    this.#beat.clear()
    let waitMs = heartbeatMs
    while (this.#isStale && !this.#isStopped) {
      this.#isStale = false
      try {
        await this.#renewOnce()
      } catch (thrown) {
        this.#warn(`the fleet cannot be reached: ${toError(thrown).message}`)
        waitMs = heartbeatMs * RETRY_SHARE
      }
      onBeat()
    }
    if (!this.#isStopped) this.#beat.set(clock.monotonicMs() + waitMs)
  }

  async #renewOnce(): Promise<void> {
    const { members, name } = this.#parts
    if (this.#id === undefined) return this.#join()
    const sentAt = this.lease.now()
    const revision = await members.put(name, this.#record(this.#id), this.#revision)
    if (revision !== undefined) return this.#renewed(revision, sentAt)
    const current = await members.get(name)
    if (current?.value.session !== this.#id) return this.#lose()
    // The answer of an earlier renewal was lost, or somebody drains this member.
    this.#revision = current.revision
    this.#isDraining = current.value.isDraining && !this.#isLeaving
    this.#isStale = true
  }

  async #join(): Promise<void> {
    const { members, name } = this.#parts
    const current = await members.get(name)
    if (current !== undefined) {
      return this.#warn(
        `a member named ${name} is there already; this agent joins when that one has left, or give it another name`,
      )
    }
    const id = randomBytes(8).toString('hex')
    // Set before the answer: if the answer is lost, the record may exist.
    this.#id = id
    this.#revision = 0
    const sentAt = this.lease.now()
    const revision = await members.put(name, this.#record(id), 0)
    if (revision === undefined) this.#isStale = true
    else this.#renewed(revision, sentAt)
  }

  #renewed(revision: number, sentAt: Moment): void {
    this.#revision = revision
    if (revision < this.#highestRevision) this.#parts.onAnew()
    this.#highestRevision = revision
    this.lease.renew(sentAt)
    this.#hasWarned = false
    const { remainingMs } = this.lease
    // The answer took longer than the lease, for example because the process was stopped: renews once more.
    if (remainingMs <= 0) {
      this.#isStale = true
      return
    }
    this.#end.set(this.#parts.clock.monotonicMs() + remainingMs)
    if (this.#isHeld) return
    this.#isHeld = true
    this.#parts.onHeld()
  }

  #endOfLease(): void {
    if (this.lease.isHeld || !this.#isHeld) return
    this.#isHeld = false
    this.#parts.onEnded(false)
  }

  #lose(): void {
    this.#id = undefined
    this.lease.end()
    this.#end.clear()
    this.#isHeld = false
    this.#parts.onEnded(true)
    this.#isStale = true
  }

  #record(session: string): MemberRecord {
    const { clock, leaseMs, describe } = this.#parts
    return {
      session,
      ...describe(),
      isDraining: this.isDraining,
      leaseMs,
      startedAt: this.#startedAt,
      renewedAt: clock.now(),
    }
  }

  /** Warns once until a renewal succeeds again. */
  #warn(message: string): void {
    if (!this.#hasWarned) this.#parts.logger.warn(message)
    this.#hasWarned = true
  }
}
