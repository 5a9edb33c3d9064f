import assert from 'node:assert'
import { Buffer } from 'node:buffer'
import { encodeTag } from '../../sls/wire/group-fields.ts'
import type { PendingSend } from '../sends/pending-send.ts'
import type { SealReason } from '../sends/seal-reason.ts'
import { SILENT_SEND, SilentList } from '../sends/silent-send.ts'
import { BatchBody } from './batch-body.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { EncodedLogs, LogRange } from './encoded-logs.ts'
import type { GroupKey } from './group-key.ts'
import { MAX_PACK_ID_LENGTH, PACK_ID_TAG } from './pack-ids.ts'
import { ProducerBatch } from './producer-batch.ts'
import { type MemoryAccount, Reservation } from './reservation.ts'

const FIRST_IN_BYTES = 256
/** From this size on a batch gets a pooled buffer of a full batch if one is free: each size in between would have to be allocated and collected. */
const FREE_IN_BYTES = 2048
/** From this size on a batch is expected to get full, and gets the buffer of a full batch. */
const LARGE_IN_BYTES = 64 * 1024
/**
 * Bytes of each batch, besides its logs, that are not charged. The fields of its group mostly take less, so a producer with few
 * batches is charged exactly for its logs. With many batches the accumulator charges more than this for each.
 */
const LET_OFF_BYTES = 512
const NO_BYTES = Buffer.alloc(0)
/** Room for the pack id, which is known when the batch is sealed. */
const PACK_ID_TAG_BYTES = encodeTag(PACK_ID_TAG, '0'.repeat(MAX_PACK_ID_LENGTH)).length

export interface BatchBuilderParts {
  readonly key: GroupKey
  readonly openedAtMs: number
  readonly deadlineMs: number
  /** Topic, source and tags, as they follow the logs. */
  readonly groupFields: Buffer
  readonly pool: BufferPool
  /** How large a buffer batches mostly end with. */
  readonly usualBytes: () => number
  readonly memory: MemoryAccount
  /**
   * The batch takes room for later logs only while no more than this share of all memory is in use, 0 to 1. It is 1 if few batches
   * are open, because their empty room is small then. Default: a half.
   */
  readonly mostUsed?: () => number
}

/**
 * An open batch: the logs of one group, one after the other in one buffer, and the sends that wait for them. The memory reserved
 * for it is the size of its buffer, less {@link LET_OFF_BYTES}, and what its sends hold.
 */
export class BatchBuilder {
  readonly key: GroupKey
  readonly openedAtMs: number
  /** The deadline of the verdict, on the monotonic clock. It may become earlier, never later. */
  deadlineMs: number
  readonly #parts: BatchBuilderParts
  readonly #bodyMemory: Reservation
  readonly #sendMemory: Reservation
  #sends: PendingSend[] = []
  /** What follows the logs: asked for twice for each log (`bench/calling-thread.mjs`). */
  readonly #endBytes: number
  #lastSend: PendingSend | undefined
  #buffer: Buffer = NO_BYTES
  #sizeInBytes = 0
  #logCount = 0
  #isSealed = false

  constructor(parts: BatchBuilderParts) {
    this.key = parts.key
    this.openedAtMs = parts.openedAtMs
    this.deadlineMs = parts.deadlineMs
    this.#parts = parts
    this.#endBytes = parts.groupFields.length + PACK_ID_TAG_BYTES
    this.#bodyMemory = new Reservation(parts.memory, parts.key.project)
    this.#sendMemory = new Reservation(parts.memory, parts.key.project)
  }

  /** Encoded bytes of the logs. */
  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  get logCount(): number {
    return this.#logCount
  }

  /** Bytes of memory that are held. */
  get reservedBytes(): number {
    return this.#bodyMemory.bytes + this.#sendMemory.bytes
  }

  /** Memory is short and the batch is not small: it should be sealed now, instead of being copied for each later log. */
  get isCramped(): boolean {
    return this.#sizeInBytes >= LARGE_IN_BYTES && this.#neededBytes(1) > this.#buffer.length
  }

  /** How many bytes of memory more it takes to append this many bytes of logs. */
  missingBytes(bytes: number): number {
    const capacity = Math.max(this.#neededBytes(bytes), this.#buffer.length)
    return Math.max(0, chargeFor(capacity, this.#sizeInBytes + bytes) - this.#bodyMemory.bytes)
  }

  /**
   * Takes logs, all or none of them, if the buffer has room for them and the budget for what their send holds. This is the path of
   * most logs: the charge for the buffer does not change, so nothing is computed (`bench/calling-thread.mjs`).
   */
  tryAppend(logs: EncodedLogs, send: PendingSend | undefined): boolean {
    const { sizeInBytes, logCount } = logs
    const lastBytes = Math.max(this.#endBytes, LET_OFF_BYTES)
    if (this.#sizeInBytes + sizeInBytes + lastBytes > this.#buffer.length) return false
    if (send !== undefined && !this.#sendMemory.tryGrow(send.heldBytes, 1)) return false
    logs.writeTo(this.#buffer, this.#sizeInBytes)
    this.#sizeInBytes += sizeInBytes
    this.#logCount += logCount
    this.#addSend(send ?? silentSend(logCount))
    return true
  }

  /**
   * Takes logs, all or none of them, and the bytes reserved for them. Missing bytes are charged even if there is no room. Returns how
   * many reserved bytes it did not need; the caller still owns them.
   *
   * @throws RangeError when the process gets no more memory; all reserved bytes are still the caller's then
   */
  append(logs: EncodedLogs, range: LogRange, send: PendingSend | undefined, reservedBytes: number): number {
    // Not `assert(...)`: its call is not optimized away, and every log passes here (`bench/calling-thread.mjs`).
    if (this.#isSealed) assert.fail('a sealed batch takes no logs; please report')
    const { firstLog, lastLogExclusive, sizeInBytes } = range
    const logCount = lastLogExclusive - firstLog
    const isWhole = logCount === logs.logCount
    const neededBytes = this.#neededBytes(sizeInBytes)
    if (neededBytes > this.#buffer.length) this.#grow(neededBytes, this.#sizeInBytes + sizeInBytes)
    if (isWhole) logs.writeTo(this.#buffer, this.#sizeInBytes)
    else logs.writeRangeTo(this.#buffer, this.#sizeInBytes, firstLog, lastLogExclusive)
    this.#sizeInBytes += sizeInBytes
    this.#logCount += logCount
    this.#addSend(send ?? (isWhole ? silentSend(logCount) : new SilentList(logCount, firstLog)))
    return this.#charge(reservedBytes, send?.heldBytes ?? 0)
  }

  /** Charges what the batch holds besides its bytes and its sends. */
  chargeOverhead(bytes: number): void {
    this.#sendMemory.resize(this.#sendMemory.bytes + bytes)
  }

  /** The batch is not used: the caller owns `bytes` of its memory again, and the rest is released. */
  abandon(bytes: number): void {
    this.#bodyMemory.absorb(this.#sendMemory.split().bytes)
    this.#bodyMemory.resize(bytes)
    this.#bodyMemory.split()
  }

  /**
   * Takes no more logs. It needs no memory: the buffer has had room for the fields of the group since the first log. The caller must
   * release the memory of logs that did not come, when waiting sends may be served.
   */
  seal(
    reason: SealReason | undefined,
    packId: string,
    nextPackId?: (key: GroupKey) => string,
  ): { batch: ProducerBatch; unused: Reservation } {
    assert(!this.#isSealed, 'a batch is sealed once; please report')
    this.#isSealed = true
    const unused = this.#bodyMemory.split(this.#trim())
    const { key, openedAtMs, groupFields, pool } = this.#parts
    let rawSizeInBytes = this.#sizeInBytes + groupFields.copy(this.#buffer, this.#sizeInBytes)
    rawSizeInBytes += encodeTag(PACK_ID_TAG, packId).copy(this.#buffer, rawSizeInBytes)
    const body = new BatchBody(this.#bodyMemory, this.#buffer, rawSizeInBytes, pool)
    const sealed = { key, packId, logCount: this.#logCount, rawSizeInBytes, sealReason: reason, openedAtMs, body }
    return { batch: new ProducerBatch(sealed, this.deadlineMs, this.#sends, this.#sendMemory, nextPackId), unused }
  }

  /**
   * Most batches that are not full are small and may wait for long, so they release the room that they did not need. Returns the
   * released bytes. If there is no memory for the copy, the batch keeps its buffer.
   */
  #trim(): number {
    const { pool } = this.#parts
    const neededBytes = this.#neededBytes(0)
    const unused = this.#bodyMemory.bytes - chargeFor(neededBytes, this.#sizeInBytes)
    if (unused <= 0 || neededBytes > LARGE_IN_BYTES) return 0
    try {
      const trimmed = pool.take(neededBytes)
      this.#buffer.copy(trimmed, 0, 0, this.#sizeInBytes)
      pool.giveBack(this.#buffer)
      this.#buffer = trimmed
      return unused
    } catch {
      return 0
    }
  }

  #neededBytes(bytes: number): number {
    return this.#sizeInBytes + bytes + this.#endBytes
  }

  #grow(neededBytes: number, logBytes: number): void {
    const { pool } = this.#parts
    const chargedBytes = this.#bodyMemory.bytes
    const capacity = this.#capacityFor(neededBytes, logBytes)
    let grown: Buffer
    try {
      grown = pool.take(capacity)
    } catch (thrown) {
      this.#bodyMemory.resize(chargedBytes)
      throw thrown
    }
    this.#buffer.copy(grown, 0, 0, this.#sizeInBytes)
    pool.giveBack(this.#buffer)
    this.#buffer = grown
  }

  /**
   * With room for later logs, if enough memory is free (`mostUsed`): a small buffer doubles, and a larger one gets the usual size,
   * which is pooled. Otherwise the buffer grows by an eighth, or, when memory is full, only by what is needed.
   */
  #capacityFor(neededBytes: number, logBytes: number): number {
    const usualBytes = this.#parts.usualBytes()
    const mostUsed = this.#parts.mostUsed?.() ?? 0.5
    const tryReserve = (capacity: number, mostUsed: number) => {
      if (capacity <= neededBytes) return false
      const extra = chargeFor(capacity, logBytes) - chargeFor(neededBytes, logBytes)
      return extra === 0 || this.#bodyMemory.tryGrow(extra, mostUsed)
    }
    const isFree = neededBytes >= FREE_IN_BYTES && this.#parts.pool.hasFree(usualBytes)
    if ((isFree || neededBytes >= LARGE_IN_BYTES) && tryReserve(usualBytes, mostUsed)) return usualBytes
    const doubled = Math.min(usualBytes, Math.max(FIRST_IN_BYTES, this.#buffer.length * 2))
    if (tryReserve(doubled, mostUsed)) return doubled
    const aLittleMore = this.#sizeInBytes === 0 ? 0 : Math.min(usualBytes, Math.ceil(neededBytes * 1.125))
    return tryReserve(aLittleMore, Math.max(mostUsed, 0.875)) ? aLittleMore : neededBytes
  }

  /** Called for every log; for most, it only records what the send holds. */
  #charge(reservedBytes: number, sendBytes: number): number {
    if (sendBytes > 0) this.#sendMemory.absorb(sendBytes)
    const change = chargeFor(this.#buffer.length, this.#sizeInBytes) - this.#bodyMemory.bytes
    const unused = reservedBytes - sendBytes - change
    if (change === 0 && unused === 0) return 0
    this.#bodyMemory.absorb(change + Math.min(unused, 0))
    if (unused >= 0) return unused
    this.#bodyMemory.resize(this.#bodyMemory.bytes - unused)
    return 0
  }

  #addSend(send: PendingSend): void {
    const added = send.follow === undefined ? send : send.follow(this.#lastSend)
    if (added === undefined) return
    // With many groups each batch may have one send: an array that grows from empty gets room for 17.
    if (this.#lastSend === undefined) this.#sends = [added]
    else this.#sends.push(added)
    this.#lastSend = added
  }
}

function silentSend(logCount: number): PendingSend {
  return logCount === 1 ? SILENT_SEND : new SilentList(logCount, 0)
}

function chargeFor(capacity: number, logBytes: number): number {
  return Math.max(logBytes, capacity - LET_OFF_BYTES)
}

/** The least number of bytes that a batch with these logs and group fields is charged. */
export function leastBatchBytes(logBytes: number, groupFieldBytes: number): number {
  return chargeFor(logBytes + groupFieldBytes + PACK_ID_TAG_BYTES, logBytes)
}
