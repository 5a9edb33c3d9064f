import type { Clock } from '../../core/clock.ts'
import type { DueSource } from '../../core/due-source.ts'
import { Fifo } from '../../core/fifo.ts'
import { LinkedSet } from '../../core/linked-set.ts'
import { limits } from '../../sls/limits.ts'
import { encodeGroupFields, groupFieldsSize } from '../../sls/wire/group-fields.ts'
import { BatchBuilder, leastBatchBytes } from '../batch/batch-builder.ts'
import { BufferPool } from '../batch/buffer-pool.ts'
import { type EncodedLogs, type LogRange, splitIntoRequests } from '../batch/encoded-logs.ts'
import { type GroupKey, GroupMap } from '../batch/group-key.ts'
import { PackIds } from '../batch/pack-ids.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { type MemoryAccount, Reservation, UNLIMITED_MEMORY } from '../batch/reservation.ts'
import type { LiveOptions } from '../options.ts'
import { ListSend } from '../sends/list-send.ts'
import type { PendingSend } from '../sends/pending-send.ts'
import type { SealReason } from '../sends/seal-reason.ts'
import type { IncompleteBatches } from './incomplete-batches.ts'

export interface LogAccumulatorParts {
  readonly options: LiveOptions
  readonly clock: Clock
  readonly incomplete: IncompleteBatches
  readonly pool?: BufferPool
  readonly memory?: MemoryAccount
  /** Batches were opened: the next deadline may be earlier. */
  readonly opened: () => void
  /** Called in the order in which batches are sealed, which within a group is the order of its logs. */
  readonly sealed: (batch: ProducerBatch) => void
}

/**
 * What a batch of a single log costs the process besides the log, and how many batches are not charged for it. Measured on Node 20
 * with ten thousand groups: 2 to 3 KiB of objects, and the garbage of such objects before V8 collects it.
 */
const BATCH_OVERHEAD_BYTES = 8192
const UNCHARGED_BATCHES = 1024
/** The part of the usual size of a batch for the log that fills it, and for topic, source and tags behind the logs. */
const ROOM_AT_END = 1 / 8
/** While the buffers of the open batches would take at most this part of all memory, each may have the buffer of a full batch. */
const FEW_SHARE = 1 / 2

/**
 * The open batches, by group. A group is in the table only while its batch is open, so topics that occur once do not accumulate.
 *
 * {@link append} changes the table and runs no code of the user. Its effects on other parts (a sealed batch goes to delivery,
 * where a router may send; a timer is set on a clock of the user) wait for {@link handOver}.
 */
export class LogAccumulator implements DueSource {
  readonly #parts: LogAccumulatorParts
  readonly #memory: MemoryAccount
  readonly #packIds = new PackIds()
  readonly #pool: BufferPool
  readonly #byGroup = new GroupMap<BatchBuilder>()
  /** The same, by the key object that opened the batch: the key object of a writer needs no look-up field by field. */
  readonly #byKey = new Map<GroupKey, BatchBuilder>()
  /** The key that was looked up last and its open batch: each log looks it up twice (`bench/calling-thread.mjs`). */
  #askedKey: GroupKey | undefined
  #askedBatch: BatchBuilder | undefined
  /** In the order of opening, which is the order of linger deadlines. */
  readonly #byAge = new LinkedSet<BatchBuilder>()
  /** Sealed, and not yet handed over. */
  readonly #sealed = new Fifo<ProducerBatch>()
  /** Memory that was reserved and not needed. */
  readonly #unused: Reservation[] = []
  #hasOpened = false
  #isHandingOver = false
  /** Also for batches that were not opened here: parts of one that came from disk. */
  readonly nextPackId = (key: GroupKey): string => this.#packIds.next(key)

  constructor(parts: LogAccumulatorParts) {
    this.#parts = parts
    this.#pool = parts.pool ?? new BufferPool()
    this.#memory = parts.memory ?? UNLIMITED_MEMORY
  }

  get openCount(): number {
    return this.#byAge.size
  }

  /** When the oldest open batch has lingered long enough, on the monotonic clock. */
  get nextDueMs(): number {
    const oldest = this.#byAge.first
    return oldest === undefined ? Number.POSITIVE_INFINITY : this.#dueMs(oldest)
  }

  /** Bytes of memory that logs of this size take, beyond what their batch holds already. */
  missingBytes(key: GroupKey, sizeInBytes: number): number {
    const open = this.#openOf(key)
    return open === undefined ? this.newBatchBytes(key, sizeInBytes) : open.missingBytes(sizeInBytes)
  }

  /** Bytes of memory that a batch of logs of this size takes at least. */
  newBatchBytes(key: GroupKey, sizeInBytes: number): number {
    const { topic, source } = key
    return leastBatchBytes(sizeInBytes, groupFieldsSize({ topic, source, tags: this.#tagsOf(key) }))
  }

  /** How much the open batch of this key can take before it is sealed: at least one log. */
  roomOf(key: GroupKey): { bytes: number; logs: number } {
    const { batchSizeThresholdInBytes, batchCountThreshold } = this.#parts.options.current
    const open = this.#openOf(key)
    const bytes = batchSizeThresholdInBytes - (open?.sizeInBytes ?? 0)
    const logs = batchCountThreshold - (open?.logCount ?? 0)
    return { bytes: Math.max(1, bytes), logs: Math.max(1, logs) }
  }

  /**
   * Takes logs, all or none of them, if the open batch of their group has room for them: in its buffer, whose memory is
   * reserved, and in its request. {@link handOver} must follow.
   */
  tryAppend(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): boolean {
    const open = this.#openOf(key)
    if (open === undefined || !hasRoomInRequest(open, logs.sizeInBytes, logs.logCount)) return false
    if (!open.tryAppend(logs, send)) return false
    this.#sealIfFull(open)
    return true
  }

  /**
   * Takes logs, all or none of them, for which `reservedBytes` of memory are reserved. They stay together in one batch
   * where one request can hold them. {@link handOver} must follow.
   *
   * @throws RangeError when the process gets no more memory; all reserved bytes are still the caller's then
   */
  append(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined, reservedBytes: number): void {
    const { sizeInBytes, logCount } = logs
    if (sizeInBytes > limits.requestInBytes || logCount > limits.requestLogs) {
      return this.#appendLarge(key, logs, send, reservedBytes)
    }
    const range = { firstLog: 0, lastLogExclusive: logCount, sizeInBytes }
    const open = this.#openWithRoom(key, range)
    if (open !== undefined) return this.#appendTo(open, logs, range, send, reservedBytes)
    const nowMs = this.#parts.clock.monotonicMs()
    // The clock may be code of the user that has sent to this group.
    const opened = this.#openWithRoom(key, range) ?? this.#newBatch(key, nowMs)
    return this.#appendTo(opened, logs, range, send, reservedBytes)
  }

  /** Whether {@link handOver} has work; for most logs it has none (`bench/calling-thread.mjs`). */
  get hasNews(): boolean {
    return this.#hasOpened || this.#sealed.size > 0 || this.#unused.length > 0
  }

  /** Passes on sealed batches and changes. Code of the user may run here and append again: one loop handles all, in order. */
  handOver(): void {
    if (this.#hasOpened) {
      this.#hasOpened = false
      this.#parts.opened()
    }
    if (this.#isHandingOver) return
    this.#isHandingOver = true
    try {
      for (let batch = this.#sealed.shift(); batch !== undefined; batch = this.#sealed.shift()) {
        if (!batch.hasEnded) this.#parts.sealed(batch)
      }
    } finally {
      this.#isHandingOver = false
    }
    while (this.#unused.length > 0) this.#unused.pop()?.release()
  }

  /** Seals the batches whose linger is over. */
  moveDue(nowMs: number): void {
    for (const batch of this.#byAge) {
      if (this.#dueMs(batch) > nowMs) break
      this.#seal(batch, 'linger')
    }
    this.handOver()
  }

  /** Seals everything, or everything of one project. */
  sealAll(reason: SealReason, project?: string): void {
    for (const batch of this.#byAge) {
      if (project === undefined || batch.key.project === project) this.#seal(batch, reason)
    }
    this.handOver()
  }

  /** Gives up an open batch: nothing is appended to it any more, and it is not sent. */
  discard(open: BatchBuilder): ProducerBatch {
    this.#forget(open)
    const { batch, unused } = open.seal(undefined, '')
    this.#unused.push(unused)
    this.#parts.incomplete.sealed(open, batch)
    return batch
  }

  /** Nothing is open or in flight: releases the memory kept for later batches. */
  rest(): void {
    this.#pool.clear()
  }

  /** A list for several requests has batches of its own: all are there before anything else changes. */
  #appendLarge(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined, reservedBytes: number): void {
    const nowMs = this.#parts.clock.monotonicMs()
    const list = send && new ListSend(send, logs.logCount)
    const filled: { batch: BatchBuilder; taken: number }[] = []
    let unused = reservedBytes
    try {
      for (const range of splitIntoRequests(logs, limits.requestInBytes, limits.requestLogs)) {
        const part = list?.part(range.lastLogExclusive - range.firstLog, range.firstLog)
        const batch = this.#newBatch(key, nowMs)
        const given = Math.min(unused, range.sizeInBytes + (part?.heldBytes ?? 0))
        const taken = given - batch.append(logs, range, part, given)
        unused -= taken
        filled.push({ batch, taken })
      }
    } catch (thrown) {
      for (const { batch, taken } of filled) batch.abandon(taken)
      throw thrown
    }
    for (const { batch } of filled) {
      const open = this.#openOf(key)
      if (open !== undefined) this.#seal(open, 'no-room')
      this.#add(batch)
      this.#sealIfFull(batch)
    }
    this.#giveBack(key, unused)
  }

  #appendTo(
    batch: BatchBuilder,
    logs: EncodedLogs,
    range: LogRange,
    send: PendingSend | undefined,
    reservedBytes: number,
  ): void {
    const isNew = batch.logCount === 0
    const unused = batch.append(logs, range, send, reservedBytes)
    if (isNew) this.#add(batch)
    this.#sealIfFull(batch)
    if (unused > 0) this.#giveBack(batch.key, unused)
  }

  #giveBack({ project }: GroupKey, bytes: number): void {
    this.#unused.push(new Reservation(this.#memory, project, bytes))
  }

  readonly #usualBytes = (): number => {
    const bytes = Math.ceil(this.#parts.options.current.batchSizeThresholdInBytes * (1 + ROOM_AT_END))
    this.#pool.setBufferBytes(bytes)
    return bytes
  }

  /** With few open batches each may have a full buffer; with many, each would hold a buffer that it may never fill. */
  readonly #mostUsed = (): number => {
    const openBytes = this.#byAge.size * this.#usualBytes()
    return openBytes <= this.#parts.options.current.totalSizeInBytes * FEW_SHARE ? 1 : 0.5
  }

  #sealIfFull(batch: BatchBuilder): void {
    const { batchSizeThresholdInBytes, batchCountThreshold } = this.#parts.options.current
    if (batch.sizeInBytes >= batchSizeThresholdInBytes) this.#seal(batch, 'size')
    else if (batch.logCount >= batchCountThreshold) this.#seal(batch, 'count')
    else if (batch.isCramped) this.#seal(batch, 'memory')
  }

  #openOf(key: GroupKey): BatchBuilder | undefined {
    if (key !== this.#askedKey) {
      this.#askedBatch = this.#byKey.get(key) ?? this.#byGroup.get(key)
      this.#askedKey = key
    }
    return this.#askedBatch
  }

  #openWithRoom(key: GroupKey, range: LogRange): BatchBuilder | undefined {
    const open = this.#openOf(key)
    if (open === undefined) return undefined
    if (hasRoomInRequest(open, range.sizeInBytes, range.lastLogExclusive - range.firstLog)) return open
    this.#seal(open, 'no-room')
    return undefined
  }

  #newBatch(key: GroupKey, nowMs: number): BatchBuilder {
    const { topic, source } = key
    const { deliveryTimeoutMs } = this.#parts.options.current
    return new BatchBuilder({
      key,
      openedAtMs: nowMs,
      deadlineMs: nowMs + deliveryTimeoutMs,
      groupFields: encodeGroupFields({ topic, source, tags: this.#tagsOf(key) }),
      pool: this.#pool,
      usualBytes: this.#usualBytes,
      memory: this.#memory,
      mostUsed: this.#mostUsed,
    })
  }

  /** The tags of the group follow those of the producer and replace tags with the same name. */
  #tagsOf({ tags }: GroupKey): (readonly [string, string])[] {
    const { tags: common } = this.#parts.options.current
    return tags === undefined ? Object.entries(common) : Object.entries({ ...common, ...JSON.parse(tags) })
  }

  /** Puts a batch that has its first logs into the table. Many small batches hold more than their logs. */
  #add(batch: BatchBuilder): void {
    const { options, incomplete } = this.#parts
    if (this.#byAge.size >= options.current.maxOpenBatches) this.#seal(this.#byAge.first as BatchBuilder, 'table-full')
    this.#askedKey = undefined
    this.#byGroup.add(batch.key, batch)
    this.#byKey.set(batch.key, batch)
    this.#byAge.add(batch)
    incomplete.opened(batch)
    if (incomplete.size > UNCHARGED_BATCHES) batch.chargeOverhead(BATCH_OVERHEAD_BYTES)
    this.#hasOpened = true
  }

  #seal(open: BatchBuilder, reason: SealReason): void {
    this.#forget(open)
    const { batch, unused } = open.seal(reason, this.nextPackId(open.key), this.nextPackId)
    this.#unused.push(unused)
    this.#parts.incomplete.sealed(open, batch)
    this.#sealed.push(batch)
  }

  #forget(batch: BatchBuilder): void {
    this.#askedKey = undefined
    this.#askedBatch = undefined
    this.#byGroup.delete(batch.key)
    this.#byKey.delete(batch.key)
    this.#byAge.delete(batch)
  }

  /** The deadline of a batch is fixed when it opens; a linger that is increased later must not exceed it. */
  #dueMs(batch: BatchBuilder): number {
    return Math.min(batch.openedAtMs + this.#parts.options.current.lingerMs, batch.deadlineMs)
  }
}

function hasRoomInRequest(open: BatchBuilder, bytes: number, logs: number): boolean {
  return open.sizeInBytes + bytes <= limits.requestInBytes && open.logCount + logs <= limits.requestLogs
}
