import { AbortWatch } from '../../core/abort-watch.ts'
import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import { asProducerError, ProducerError } from '../../core/errors.ts'
import { Outstanding } from '../../core/outstanding.ts'
import { RankedSet } from '../../core/ranked-set.ts'
import { type EncodedLogs, HeldLogs } from '../batch/encoded-logs.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { LiveOptions } from '../options.ts'
import type { PendingSend } from '../sends/pending-send.ts'
import type { BudgetWaiter, MemoryBudget } from './memory-budget.ts'

/** A send that finds no room. */
export interface BlockedClaim {
  readonly key: GroupKey
  /** A copy, because the encoder will encode other logs. */
  readonly logs: EncodedLogs
  readonly send: PendingSend | undefined
  /** The most memory that it takes. */
  readonly bytes: number
  /** -1 waits for ever. */
  readonly maxBlockMs: number
  readonly signal?: AbortSignal | undefined
  readonly isSpill?: boolean | undefined
}

interface WaitingRoom {
  admit(blocked: BlockedSend): void
}

/** What the waiting sends need of the accumulator and the budget. */
export interface Admission {
  /** How much the open batch of a group can take before it is sealed. */
  roomOf(key: GroupKey): { readonly bytes: number; readonly logs: number }
  /** Puts logs into the open batch of their group if it has room, and nobody waits for memory; false if not. */
  tryAppend(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): boolean
  /** How many bytes of memory logs of this size take, beyond what is held for their group already. */
  missingBytes(key: GroupKey, sizeInBytes: number): number
  /** The same if they need a new batch. */
  newBatchBytes(key: GroupKey, sizeInBytes: number): number
  /**
   * Accepts logs for which memory is reserved; they own it from then on. If it throws, they are not accepted, and the caller still
   * owns the memory.
   */
  admitted(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined, reservedBytes: number): void
  /** A send waits for memory; with `isSpill`, batches in memory go to disk for it. */
  blocked(isSpill: boolean): void
  /** Drops the oldest batches of a project that are not on the wire, until this number of bytes fits; or drops none and returns false. */
  dropOldest(project: string, bytes: number): boolean
  refused(send: PendingSend | undefined, logCount: number, error: ProducerError): void
}

/** One waiting send. It leaves exactly once: admitted or refused. */
class BlockedSend implements BudgetWaiter {
  readonly bytes: number
  /** Memory that its waiting holds. */
  readonly heldBytes: number
  readonly logCount: number
  readonly deadlineMs: number
  readonly key: GroupKey
  readonly send: PendingSend | undefined
  readonly signal: AbortSignal | undefined
  /** Released when it leaves: a refused send may stay in the queue of the budget until its turn comes. */
  logs: EncodedLogs | undefined
  readonly #room: WaitingRoom

  constructor(room: WaitingRoom, claim: BlockedClaim, deadlineMs: number) {
    this.#room = room
    this.key = claim.key
    this.send = claim.send
    this.signal = claim.signal
    this.logs = new HeldLogs(claim.logs)
    this.bytes = claim.bytes
    this.heldBytes = claim.logs.sizeInBytes + (claim.send?.heldBytes ?? 0)
    this.logCount = claim.logs.logCount
    this.deadlineMs = deadlineMs
  }

  get project(): string {
    return this.key.project
  }

  get abandoned(): boolean {
    return this.logs === undefined
  }

  granted(): void {
    this.#room.admit(this)
  }

  /** Takes the logs out; the caller then decides the result of the send. */
  leave(): EncodedLogs | undefined {
    const logs = this.logs
    this.logs = undefined
    return logs
  }
}

interface Occupancy {
  sends: number
  bytes: number
}

/**
 * Sends that wait for memory, held encoded. Their number and their bytes (a quarter of the budget) are bounded, so that a
 * caller that never awaits cannot exceed the budget with waiting sends. A project has a share of them as of the budget, and one
 * send of each project may always wait.
 */
export class BlockedSends {
  readonly #options: LiveOptions
  readonly #clock: Clock
  readonly #budget: MemoryBudget
  readonly #admission: Admission
  readonly #byDeadline = new RankedSet<BlockedSend>()
  readonly #blocked = new Outstanding<BlockedSend>()
  readonly #bySignal = new AbortWatch<BlockedSend>((send, signal) => this.#abandon(send, abortedError(signal)))
  readonly #alarm: Alarm
  readonly #room: WaitingRoom = {
    admit: (blocked) => this.#admit(blocked),
  }
  readonly #byProject = new Map<string, Occupancy>()
  #bytes = 0

  constructor(options: LiveOptions, clock: Clock, budget: MemoryBudget, admission: Admission) {
    this.#options = options
    this.#clock = clock
    this.#budget = budget
    this.#admission = admission
    this.#alarm = new Alarm(clock, () => this.#expire())
  }

  get size(): number {
    return this.#blocked.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The projects with waiting sends. */
  projects(): Iterable<string> {
    return this.#byProject.keys()
  }

  hasRoomFor(project: string, bytes: number): boolean {
    const own = this.#byProject.get(project)
    if (own === undefined) return true
    const { projectShare, totalBytes } = this.#budget
    const maxSends = this.#options.current.maxBlockedSends
    const maxBytes = totalBytes / 4
    if (this.size >= maxSends || this.#bytes + bytes > maxBytes) return false
    return own.sends < maxSends * projectShare && own.bytes + bytes <= maxBytes * projectShare
  }

  add(claim: BlockedClaim): void {
    const deadlineMs = claim.maxBlockMs < 0 ? Number.POSITIVE_INFINITY : this.#clock.monotonicMs() + claim.maxBlockMs
    const blocked = new BlockedSend(this.#room, claim, deadlineMs)
    // First, because it may run code of the user that throws: then nothing waits.
    if (blocked.signal !== undefined) this.#bySignal.add(blocked.signal, blocked)
    this.#blocked.add(blocked)
    this.#occupy(blocked.project, 1, blocked.heldBytes)
    if (deadlineMs !== Number.POSITIVE_INFINITY) this.#byDeadline.set(blocked, deadlineMs)
    this.#rearm()
    this.#budget.wait(blocked)
    this.#admission.blocked(claim.isSpill ?? false)
  }

  /** Resolves when all sends that wait now are admitted or refused. */
  whenGone(): Promise<void> {
    return this.#blocked.whenGone()
  }

  /** The producer closes: refuses all waiting sends before memory is granted again, so that none of them gets it. */
  refuseAll(error: ProducerError): void {
    for (const blocked of this.#blocked) this.#refuse(blocked, error)
    this.#budget.grant()
  }

  #leave(blocked: BlockedSend): EncodedLogs {
    this.#blocked.delete(blocked)
    this.#byDeadline.delete(blocked)
    if (blocked.signal !== undefined) this.#bySignal.delete(blocked.signal, blocked)
    this.#occupy(blocked.project, -1, -blocked.heldBytes)
    // Only when the last one leaves: an alarm that fires too early costs less than setting it again for every send.
    if (this.size === 0) this.#alarm.clear()
    return blocked.leave() as EncodedLogs
  }

  #occupy(project: string, sends: number, bytes: number): void {
    this.#bytes += bytes
    const own = this.#byProject.get(project) ?? { sends: 0, bytes: 0 }
    own.sends += sends
    own.bytes += bytes
    if (own.sends === 0) this.#byProject.delete(project)
    else this.#byProject.set(project, own)
  }

  #admit(blocked: BlockedSend): void {
    const logs = this.#leave(blocked)
    try {
      this.#admission.admitted(blocked.key, logs, blocked.send, blocked.bytes)
    } catch (thrown) {
      this.#admission.refused(blocked.send, blocked.logCount, asProducerError(thrown))
      this.#budget.release(blocked.project, blocked.bytes)
    }
  }

  #abandon(blocked: BlockedSend, error: ProducerError): void {
    this.#refuse(blocked, error)
    this.#budget.grant()
  }

  #refuse(blocked: BlockedSend, error: ProducerError): void {
    this.#leave(blocked)
    this.#budget.forget(blocked)
    this.#admission.refused(blocked.send, blocked.logCount, error)
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs()
    for (let next = this.#byDeadline.first; next !== undefined; next = this.#byDeadline.first) {
      if (next.deadlineMs > nowMs) break
      this.#abandon(next, bufferFullError(this.#budget, next.project, 'its maxBlockMs passed before there was room'))
    }
    this.#rearm()
  }

  #rearm(): void {
    this.#alarm.set(this.#byDeadline.firstRank)
  }
}

export function bufferFullError(budget: MemoryBudget, project: string, reason: string): ProducerError {
  const shareBytes = Math.floor(budget.totalBytes * budget.projectShare)
  const ownUse = `${budget.usedBytesOf(project)} of them by project '${project}', which may have ${shareBytes}`
  const own = budget.projectShare < 1 ? `, ${ownUse}` : ''
  const use = `${budget.usedBytes} of ${budget.totalBytes} bytes are in use${own}`
  const advice = 'await earlier sends, raise totalSizeInBytes, or send less'
  return new ProducerError('ERR_LOGHUB_BUFFER_FULL', `the send was refused: ${reason}; ${use}; ${advice}`, {
    retriable: true,
  })
}

export function abortedError(signal: AbortSignal | undefined): ProducerError {
  return new ProducerError('ERR_LOGHUB_ABORTED', 'the send was aborted by its signal before it was accepted', {
    cause: signal?.reason,
  })
}
