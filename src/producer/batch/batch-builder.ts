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
/** From here on a batch gets the buffer of a full one where one is free: each size on the way there is memory to find, and to collect. */
const FREE_IN_BYTES = 2048
/** From here on a batch is one of those that get full, and gets the buffer of a full one. */
const LARGE_IN_BYTES = 64 * 1024
/**
 * Bytes beside its logs that each batch is let off: the fields of its group are mostly fewer, and a producer with few
 * batches sees its logs counted to the byte. Of many batches each is charged more than this, by the accumulator.
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
   * How much of all memory may be in use, 0 to 1, for the batch to take room for logs to come. 1 where few batches are open:
   * what they leave empty is little then, however full the memory is. Default: a half.
   */
  readonly mostUsed?: () => number
}

/**
 * An open batch: logs of one group, one behind the other in one buffer, and the sends that wait for them. The memory
 * reserved for it is that of its buffer, not of its logs, except for a little ({@link LET_OFF_BYTES}), and of what its sends hold.
 */
export class BatchBuilder {
  readonly key: GroupKey
  readonly openedAtMs: number
  /** When the verdict must be there, on the monotonic clock. It may come closer, never recede. */
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

  /** Memory is short and the batch is not small: it should go as it is, and not be copied for each log to come. */
  get isCramped(): boolean {
    return this.#sizeInBytes >= LARGE_IN_BYTES && this.#neededBytes(1) > this.#buffer.length
  }

  /** How many bytes of memory more it takes to append this many bytes of logs. */
  missingBytes(bytes: number): number {
    const capacity = Math.max(this.#neededBytes(bytes), this.#buffer.length)
    return Math.max(0, chargeFor(capacity, this.#sizeInBytes + bytes) - this.#bodyMemory.bytes)
  }

  /**
   * Takes logs, all or none of them, if the buffer has room and memory has it for what their send holds. The way of most logs:
   * what the buffer is charged for stays as it is, and nothing has to be reckoned (`bench/calling-thread.mjs`).
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
   * Takes logs, all or none of them, and the bytes reserved for them; what is missing is charged, room or not. Returns how
   * many reserved bytes it did not need, which are still the caller's.
   *
   * @throws RangeError when the process gets no more memory; all reserved bytes are still the caller's then
   */
  append(logs: EncodedLogs, range: LogRange, send: PendingSend | undefined, reservedBytes: number): number {
    // Not `assert(...)`: its call is not compiled away, and this is on the way of every log (`bench/calling-thread.mjs`).
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

  /** The batch was never put to use: `bytes` of what it holds are the caller's again, and the rest goes back. */
  abandon(bytes: number): void {
    this.#bodyMemory.absorb(this.#sendMemory.split().bytes)
    this.#bodyMemory.resize(bytes)
    this.#bodyMemory.split()
  }

  /**
   * No more logs. Needs no memory: there is room for the fields of the group since the first log. What the batch held for
   * logs that did not come is to be released by the caller, when what waits for memory may be served.
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
   * Most batches that are not full are small, and may wait for long: they give back what they did not need. Returns the
   * memory; without memory to move them, they stay as they are.
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
   * With room for logs to come, as far as memory has it to spare (`mostUsed`): a small buffer doubles, and one that is not
   * small gets the usual size at once, which is pooled. Else each grows by an eighth, and where memory is full by what is needed.
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

  /** On the way of every log: of most, nothing is left to do but to note what the send holds. */
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
    // Of many groups each has a batch of one send: an array that grows from nothing gets room for 17.
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

/** Bytes of memory that a batch is charged for at least, when these are its logs and the fields of its group. */
export function leastBatchBytes(logBytes: number, groupFieldBytes: number): number {
  return chargeFor(logBytes + groupFieldBytes + PACK_ID_TAG_BYTES, logBytes)
}
