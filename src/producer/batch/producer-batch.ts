import assert from 'node:assert'
import type { Payload } from '../../sls/sink.ts'
import { type Origin, originsOf } from '../sends/origin.ts'
import type { PendingSend } from '../sends/pending-send.ts'
import type { BatchFailure } from '../sends/send-error.ts'
import { silenced } from '../sends/silent-send.ts'
import { AttemptHistory } from './attempt-history.ts'
import { BatchParts, type SplitReason } from './batch-parts.ts'
import type { GroupKey } from './group-key.ts'
import type { Reservation } from './reservation.ts'
import type { SealedBatch } from './sealed-batch.ts'

/**
 * The result of logs. `spooled`: they left memory and are on disk, to be sent later. `damaged`: they were on disk and are now
 * damaged or missing.
 */
export type BatchOutcome = 'delivered' | 'failed' | 'dropped' | 'spooled' | 'damaged'

/** Logs that have their verdict. */
export interface SettledPart {
  readonly sends: readonly PendingSend[]
  readonly logCount: number
  /** The memory that they held. */
  readonly memory: Reservation
}

/**
 * A sealed batch without a verdict, and the sends that wait for it (none for a batch from disk). It ends exactly once: an
 * answer that comes after the end (because the deadline of `close` was first) finds {@link hasEnded} true and is ignored.
 *
 * A batch that the service refuses for its content or size is {@link split}: it stays one batch, with one deadline and one
 * place in every queue, but is sent part by part. Each verdict removes a part, and the last one ends the batch.
 */
export class ProducerBatch {
  readonly sealed: SealedBatch
  /**
   * The deadline of the verdict, on the monotonic clock; `Infinity` for a batch without sends. It may become earlier; it becomes
   * later only for a batch that was never tried because the process was stopped.
   */
  deadlineMs: number
  /** Of the part in front, once the batch is split. */
  history = new AttemptHistory()
  firstAttemptAtMs: number | undefined
  /** When the last request began, on the monotonic clock. */
  attemptBeganMs = 0
  retryAtMs = 0
  /** In flight, or answered and not handled yet. */
  inFlight = false
  /** The process was frozen past the deadline, which was extended once for that. */
  hadExtension = false
  /** Verdicts on their way to the sends. */
  unsettledVerdicts = 0
  /** The id of its record, once it is on disk. */
  kept: number | undefined
  /** When it was on disk, in epoch milliseconds. */
  durableAt: number | undefined
  /** It is being written to disk. */
  isGoingToDisk = false
  /** Why it is given up, should it not get there. */
  failureOtherwise: BatchFailure | undefined

  readonly #nextPackId: (key: GroupKey) => string
  #partPackId: string | undefined
  #sends: readonly PendingSend[]
  readonly #sendMemory: Reservation
  #logCount: number
  #parts: BatchParts | undefined
  #outcome: BatchOutcome | undefined

  /**
   * `sends` together cover the logs, in order; `sendMemory` is what their waiting holds. `nextPackId` gives the ids of the
   * parts, should the batch be split.
   */
  constructor(
    sealed: SealedBatch,
    deadlineMs: number,
    sends: readonly PendingSend[],
    sendMemory: Reservation,
    nextPackId: (key: GroupKey) => string = () => sealed.packId,
  ) {
    this.#nextPackId = nextPackId
    this.sealed = sealed
    this.deadlineMs = deadlineMs
    this.#sends = sends
    this.#sendMemory = sendMemory
    this.#logCount = sealed.logCount
  }

  get key(): GroupKey {
    return this.sealed.key
  }

  /** Of what the next request carries: parts of a batch that was split have ids of their own, in the order of their logs. */
  get packId(): string {
    // That of a batch from disk is known when its bytes are.
    return this.#partPackId ?? this.sealed.packId
  }

  get openedAtMs(): number {
    return this.sealed.openedAtMs
  }

  /** Logs without a verdict. */
  get logCount(): number {
    return this.#logCount
  }

  /** Bytes of memory that are held. */
  get reservedBytes(): number {
    return this.#sendMemory.bytes + this.sealed.body.reservedBytes
  }

  get outcome(): BatchOutcome | undefined {
    return this.#outcome
  }

  get hasEnded(): boolean {
    return this.#outcome !== undefined
  }

  /** Logs that the next request carries: all of them, unless the batch is split. */
  get partLogCount(): number {
    return this.#parts?.frontLogCount ?? this.#logCount
  }

  /** Bytes before compression that the next request carries. */
  get partSizeInBytes(): number {
    return this.#parts?.frontSizeInBytes ?? this.sealed.rawSizeInBytes
  }

  /** Where the first log of the next request is in the list of its caller; known from {@link restore} on. */
  get partIndex(): number {
    return this.#parts?.frontIndex ?? 0
  }

  /** The LogGroup of the next request: until {@link keepCompressed}, and again from {@link restore} on. */
  get raw(): Buffer {
    return this.#parts?.front ?? this.sealed.body.raw
  }

  /** What the next request carries, once it is compressed. */
  get payload(): Payload | undefined {
    return this.sealed.body.payload
  }

  /** From here on only the compressed form is kept; of a split batch, both. */
  keepCompressed(payload: Payload): void {
    const { body } = this.sealed
    if (this.#parts === undefined) body.keepCompressed(payload)
    else body.replacePayload(payload, this.#parts.markBytes)
  }

  /** Whether the uncompressed LogGroup has been brought back. */
  get isRestored(): boolean {
    return this.#parts !== undefined
  }

  /** The logs are to be told apart again: takes the LogGroup that was compressed. */
  restore(group: Buffer): void {
    this.#parts = new BatchParts(group, this.#logCount, this.#sends, this.packId)
    this.sealed.body.restore(group, this.#parts.markBytes)
  }

  /** Cuts what the last request carried in two; the batch must be restored. */
  split(reason: SplitReason): void {
    assert(this.#parts !== undefined, 'a batch is restored before it is split; please report')
    this.#parts.split(reason)
    this.#nextPart(this.#parts).release()
  }

  /** Where its logs come from, as far as they have an origin. */
  get origins(): Origin[] {
    return originsOf(this.#sends)
  }

  /** Nobody waits for its verdict. */
  get owesNobody(): boolean {
    return this.#sends.every((send) => send.isSilent === true)
  }

  /** The logs are on disk: those who waited for that are taken out, and the memory that their waiting held with them. */
  takeDurable(): SettledPart {
    return this.#takeOut((send) => send.isDurable === true)
  }

  /** All who still wait are taken out, and the memory that their waiting held with them; of a split batch, none. */
  takeWaiting(): SettledPart {
    return this.#takeOut((send) => send.isSilent !== true)
  }

  #takeOut(isTaken: (send: PendingSend) => boolean): SettledPart {
    const sends = this.#parts === undefined ? this.#sends.filter(isTaken) : []
    if (sends.length > 0) this.#sends = this.#sends.map((send) => (isTaken(send) ? silenced(send) : send))
    const memory = this.#sendMemory.split(sends.reduce((sum, send) => sum + send.heldBytes, 0))
    return { sends, logCount: sends.reduce((sum, { logCount }) => sum + logCount, 0), memory }
  }

  /** What the last request carried has its verdict. With the last part the batch ends. */
  takePart(outcome: BatchOutcome): SettledPart {
    if (this.#parts === undefined || this.#parts.isLast) return this.takeRest(outcome)
    const logCount = this.#parts.frontLogCount
    this.#partPackId = this.#nextPackId(this.key)
    const sends = this.#parts.take(this.#partPackId)
    this.#logCount -= logCount
    this.unsettledVerdicts++
    const memory = this.#sendMemory.split(sends.reduce((sum, send) => sum + send.heldBytes, 0))
    memory.absorb(this.#nextPart(this.#parts).split().bytes)
    return { sends, logCount, memory }
  }

  /** All that has no verdict yet gets one, and the batch ends. What is only needed for sending is let go at once. */
  takeRest(outcome: BatchOutcome): SettledPart {
    assert(this.#end(outcome), 'a batch ends once; please report')
    this.unsettledVerdicts++
    const sends = this.#parts?.takeAll() ?? this.#sends
    this.#parts = undefined
    const memory = this.sealed.body.release()
    memory.absorb(this.#sendMemory.split().bytes)
    return { sends, logCount: this.#logCount, memory }
  }

  /** The test-and-set of the verdict: true for the caller that ended the batch. */
  #end(outcome: BatchOutcome): boolean {
    if (this.#outcome !== undefined) return false
    this.#outcome = outcome
    return true
  }

  /**
   * A part is a batch of its own as far as attempts go; only the deadline is that of the whole. Returns the memory that comes
   * free: to release it may run code of the user, which must find the batch and the counters in agreement.
   */
  #nextPart(parts: BatchParts): Reservation {
    this.history = new AttemptHistory()
    return this.sealed.body.forgetPayload(parts.markBytes)
  }
}
