import assert from 'node:assert'
import type { Payload } from '../../sls/sink.ts'
import type { PendingSend } from '../sends/pending-send.ts'
import type { SealReason } from '../sends/seal-reason.ts'
import type { Attempt } from '../sends/send-result.ts'
import { SILENT_SEND, SilentList } from '../sends/silent-send.ts'
import { BatchMemory } from './batch-memory.ts'
import { BatchParts, type SplitReason } from './batch-parts.ts'
import type { EncodedLogs, LogRange } from './encoded-logs.ts'
import type { GroupKey } from './group-key.ts'

export type BatchOutcome = 'delivered' | 'failed'

/** Logs that have their verdict. */
export interface SettledPart {
  readonly sends: readonly PendingSend[]
  readonly logCount: number
  /** Bytes of the memory budget that they no longer hold. */
  readonly freedBytes: number
}

/** Of its usual size: room for the log that fills a batch, and for topic, source and tags behind the logs. */
const ROOM_AT_END = 1 / 8
const NO_BYTES = Buffer.alloc(0)

/**
 * Encoded logs of one group and the sends that wait for them. Life: open, sealed, ended. It ends exactly once: an
 * answer that comes after the end (the deadline of `close` was faster) finds {@link hasEnded} true and is let go.
 *
 * A batch that the service refuses for its content or size is {@link split}: it stays one batch, with one deadline and
 * one place in every queue, but goes out part by part and shrinks with each verdict, until the last one ends it.
 */
export class ProducerBatch {
  readonly key: GroupKey
  readonly openedAtMs: number
  /** When the verdict must be there, on the monotonic clock. It may come closer, never recede. */
  deadlineMs: number

  /** Together they cover the logs, in order. */
  sends: PendingSend[] = []
  /** Logs without a verdict. */
  logCount = 0
  /** Bytes of the memory budget that this batch holds. */
  chargedBytes = 0
  sealReason: SealReason | undefined
  packId = ''
  payload: Payload | undefined
  rawSizeInBytes = 0

  /** The newest attempts, oldest first: those of the part in front, once the batch is split. */
  attempts: Attempt[] = []
  attemptCount = 0
  /** Retries that count against `retries`, and those in a row that do not (see RetryPolicy). */
  countedRetries = 0
  freeRetriesInARow = 0
  firstAttemptAtMs: number | undefined
  retryAtMs = 0
  inFlight = false
  /** Verdicts on their way to the sends. */
  unsettledVerdicts = 0

  readonly #memory: BatchMemory
  #bytes: Buffer = NO_BYTES
  #length = 0
  /** The share of {@link chargedBytes} that is not for the waiting of sends. */
  #bodyCharge = 0
  #lastSend: PendingSend | undefined
  #parts: BatchParts | undefined
  #outcome: BatchOutcome | undefined

  constructor(key: GroupKey, openedAtMs: number, deadlineMs: number, memory = new BatchMemory()) {
    this.#memory = memory
    this.key = key
    this.openedAtMs = openedAtMs
    this.deadlineMs = deadlineMs
  }

  /** Encoded bytes of the logs. */
  get sizeInBytes(): number {
    return this.#length
  }

  get outcome(): BatchOutcome | undefined {
    return this.#outcome
  }

  get hasEnded(): boolean {
    return this.#outcome !== undefined
  }

  /** `usualBytes` is where batches of this producer mostly end: capacity stops growing by steps there. */
  append(logs: EncodedLogs, range: LogRange, send: PendingSend | undefined, usualBytes: number): void {
    if (this.sealReason !== undefined) assert.fail('a sealed batch takes no logs; please report')
    this.#makeRoom(range.sizeInBytes, usualBytes)
    const logCount = range.lastLogExclusive - range.firstLog
    const isWhole = logCount === logs.logCount
    if (isWhole) logs.writeTo(this.#bytes, this.#length)
    else logs.writeRangeTo(this.#bytes, this.#length, range.firstLog, range.lastLogExclusive)
    this.#length += range.sizeInBytes
    this.logCount += logCount
    this.chargedBytes += range.sizeInBytes + (send?.heldBytes ?? 0)
    this.#addSend(send ?? (isWhole && logCount === 1 ? SILENT_SEND : new SilentList(logCount, range.firstLog)))
  }

  /** No more logs. `groupFields` is the rest of the LogGroup, which follows the logs. */
  seal(reason: SealReason, packId: string, groupFields: Buffer): void {
    assert(this.sealReason === undefined, 'a batch is sealed once; please report')
    this.sealReason = reason
    this.packId = packId
    this.#makeRoom(groupFields.length, 0)
    groupFields.copy(this.#bytes, this.#length)
    this.rawSizeInBytes = this.#length + groupFields.length
    this.#bodyCharge = this.#length
  }

  /** Logs that the next request carries: all of them, unless the batch is split. */
  get partLogCount(): number {
    return this.#parts?.frontLogCount ?? this.logCount
  }

  /** Where the first log of the next request is in the list of its caller; known from {@link restore} on. */
  get partIndex(): number {
    return this.#parts?.frontIndex ?? 0
  }

  /**
   * The LogGroup of the next request: until {@link keepCompressed}, and again from {@link restore} on. The bytes never
   * change again: compression may read them at leisure.
   */
  get raw(): Buffer {
    return this.#parts?.front ?? this.#bytes.subarray(0, this.rawSizeInBytes)
  }

  /**
   * From here on only the compressed form is kept; of a split batch, both. Returns how many bytes more, or fewer, the
   * batch now holds.
   */
  keepCompressed(payload: Payload): number {
    this.payload = payload
    if (this.#parts !== undefined) return this.#recharge(this.#parts.heldBytes + payload.bytes.length)
    if (payload.compression === 'none') return 0
    this.#memory.giveBack(this.#bytes)
    this.#bytes = NO_BYTES
    return this.#recharge(Math.min(this.#length, payload.bytes.length))
  }

  /** Whether the uncompressed LogGroup has been brought back. */
  get isRestored(): boolean {
    return this.#parts !== undefined
  }

  /** The logs are to be told apart again: takes the LogGroup that was compressed. Returns the bytes that it holds more. */
  restore(group: Buffer): number {
    this.#parts = new BatchParts(group, this.logCount, this.sends)
    this.#bytes = NO_BYTES
    // What was sent uncompressed is the very same bytes.
    const isShared = this.payload?.bytes.buffer === group.buffer
    return this.#recharge(this.#parts.heldBytes + (isShared ? 0 : (this.payload?.bytes.length ?? 0)))
  }

  /** Cuts what the last request carried in two; the batch must be restored. Returns as {@link keepCompressed}. */
  split(reason: SplitReason): number {
    assert(this.#parts !== undefined, 'a batch is restored before it is split; please report')
    this.#parts.split(reason)
    return this.#nextPart()
  }

  recordAttempt(attempt: Attempt, maxReserved: number): void {
    this.attemptCount++
    this.attempts.push(attempt)
    if (this.attempts.length > maxReserved) this.attempts.splice(0, this.attempts.length - maxReserved)
  }

  /** What the last request carried has its verdict. With the last part the batch ends. */
  takePart(outcome: BatchOutcome): SettledPart {
    if (this.#parts === undefined || this.#parts.isLast) return this.takeRest(outcome)
    const chargedBefore = this.chargedBytes
    const logCount = this.#parts.frontLogCount
    const sends = this.#parts.take()
    this.logCount -= logCount
    this.unsettledVerdicts++
    this.chargedBytes -= sends.reduce((sum, send) => sum + send.heldBytes, 0)
    this.#nextPart()
    return { sends, logCount, freedBytes: chargedBefore - this.chargedBytes }
  }

  /** All that has no verdict yet gets one, and the batch ends. */
  takeRest(outcome: BatchOutcome): SettledPart {
    assert(this.end(outcome), 'a batch ends once; please report')
    this.unsettledVerdicts++
    const sends = this.#parts?.takeAll() ?? this.sends
    this.releaseBody()
    this.sends = []
    return { sends, logCount: this.logCount, freedBytes: this.chargedBytes }
  }

  /** The test-and-set of the verdict: true for the caller that ended the batch. */
  end(outcome: BatchOutcome): boolean {
    if (this.#outcome !== undefined) return false
    this.#outcome = outcome
    return true
  }

  /** What is only needed for sending is let go as soon as the verdict stands; callbacks may keep the results for long. */
  releaseBody(): void {
    this.#bytes = NO_BYTES
    this.#parts = undefined
    this.payload = undefined
  }

  /** A part is a batch of its own as far as attempts go; only the deadline is that of the whole. */
  #nextPart(): number {
    const parts = this.#parts as BatchParts
    this.payload = undefined
    this.rawSizeInBytes = parts.frontSizeInBytes
    this.attempts = []
    this.attemptCount = 0
    this.countedRetries = 0
    this.freeRetriesInARow = 0
    return this.#recharge(parts.heldBytes)
  }

  #recharge(bodyBytes: number): number {
    const change = bodyBytes - this.#bodyCharge
    this.#bodyCharge = bodyBytes
    this.chargedBytes += change
    return change
  }

  #addSend(send: PendingSend): void {
    const added = send.follow === undefined ? send : send.follow(this.#lastSend)
    if (added === undefined) return
    this.sends.push(added)
    this.#lastSend = added
  }

  #makeRoom(bytes: number, usualBytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const usualRoom = Math.ceil(usualBytes * (1 + ROOM_AT_END))
    this.#bytes = this.#memory.grow(this.#bytes, this.#length, needed, usualRoom)
  }
}
