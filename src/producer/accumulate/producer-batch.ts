import assert from 'node:assert'
import type { Payload } from '../../sls/sink.ts'
import type { PendingSend } from '../settle/pending-send.ts'
import type { Attempt } from '../settle/send-result.ts'
import type { EncodedLogs, LogRange } from './encoded-logs.ts'
import type { GroupKey } from './group-key.ts'

/** Why a batch stopped taking logs. */
export type SealReason = 'size' | 'count' | 'linger' | 'no-room' | 'table-full' | 'memory' | 'flush' | 'close'

export type BatchOutcome = 'delivered' | 'failed'

const FIRST_CAPACITY_IN_BYTES = 1024

/**
 * Encoded logs of one group and the sends that wait for them. Life: open, sealed, ended. It ends exactly once: an
 * answer that comes after the end (the deadline of `close` was faster) finds {@link end} false and is let go.
 */
export class ProducerBatch {
  readonly key: GroupKey
  readonly openedAtMs: number
  /** When the verdict must be there, on the monotonic clock. It may come closer, never recede. */
  deadlineMs: number

  readonly sends: PendingSend[] = []
  logCount = 0
  /** Bytes of the memory budget that this batch holds. */
  chargedBytes = 0
  sealReason: SealReason | undefined
  packId = ''
  payload: Payload | undefined
  rawSizeInBytes = 0

  /** The newest attempts, oldest first. */
  readonly attempts: Attempt[] = []
  attemptCount = 0
  /** Retries that count against `retries`, and those in a row that do not (see RetryPolicy). */
  countedRetries = 0
  freeRetriesInARow = 0
  firstAttemptAtMs: number | undefined
  retryAtMs = 0
  inFlight = false

  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  #outcome: BatchOutcome | undefined

  constructor(key: GroupKey, openedAtMs: number, deadlineMs: number) {
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

  /** `usualBytes` is where batches of this producer mostly end: capacity stops doubling there. */
  append(logs: EncodedLogs, range: LogRange, send: PendingSend | undefined, usualBytes: number): void {
    assert(this.sealReason === undefined, 'a sealed batch takes no logs; please report')
    this.#makeRoom(range.sizeInBytes, usualBytes)
    const isWhole = range.lastLogExclusive - range.firstLog === logs.logCount
    if (isWhole) logs.writeTo(this.#bytes, this.#length)
    else logs.writeRangeTo(this.#bytes, this.#length, range.firstLog, range.lastLogExclusive)
    this.#length += range.sizeInBytes
    this.logCount += range.lastLogExclusive - range.firstLog
    this.chargedBytes += range.sizeInBytes + (send?.heldBytes ?? 0)
    if (send !== undefined) this.sends.push(send)
  }

  /** No more logs. `groupFields` is the rest of the LogGroup, which follows the logs. */
  seal(reason: SealReason, packId: string, groupFields: Buffer): void {
    assert(this.sealReason === undefined, 'a batch is sealed once; please report')
    this.sealReason = reason
    this.packId = packId
    this.#makeRoom(groupFields.length, 0)
    groupFields.copy(this.#bytes, this.#length)
    this.rawSizeInBytes = this.#length + groupFields.length
  }

  /** The whole LogGroup, until {@link keepCompressed}. The bytes never change again: compression may read them at leisure. */
  get raw(): Buffer {
    return this.#bytes.subarray(0, this.rawSizeInBytes)
  }

  /** From here on only the compressed form is kept. Returns the bytes that the batch no longer holds. */
  keepCompressed(payload: Payload): number {
    this.payload = payload
    if (payload.compression === 'none') return 0
    this.#bytes = Buffer.alloc(0)
    const saved = Math.max(0, this.#length - payload.bytes.length)
    this.chargedBytes -= saved
    return saved
  }

  recordAttempt(attempt: Attempt, maxReserved: number): void {
    this.attemptCount++
    this.attempts.push(attempt)
    if (this.attempts.length > maxReserved) this.attempts.splice(0, this.attempts.length - maxReserved)
  }

  /** The test-and-set of the verdict: true for the caller that ended the batch. */
  end(outcome: BatchOutcome): boolean {
    if (this.#outcome !== undefined) return false
    this.#outcome = outcome
    return true
  }

  /** What is only needed for sending is let go as soon as the verdict stands; callbacks may keep the results for long. */
  releaseBody(): void {
    this.#bytes = Buffer.alloc(0)
    this.payload = undefined
  }

  /**
   * Capacity doubles, so that many small groups stay small; but not past the usual end of a batch, where doubling would
   * hold twice the memory that the budget counts.
   */
  #makeRoom(bytes: number, usualBytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const doubled = Math.max(FIRST_CAPACITY_IN_BYTES, this.#bytes.length * 2)
    const capacity = Math.max(
      needed,
      this.#bytes.length < usualBytes ? Math.min(doubled, usualBytes + usualBytes / 8) : needed,
    )
    const grown = Buffer.allocUnsafeSlow(Math.ceil(capacity))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
