import type { Clock } from '../../core/clock.ts'
import type { DueSource } from '../../core/due-source.ts'
import { LinkedSet } from '../../core/linked-set.ts'
import { limits } from '../../sls/limits.ts'
import { encodeGroupFields } from '../../sls/wire/group-fields.ts'
import { BatchMemory } from '../batch/batch-memory.ts'
import { type EncodedLogs, type LogRange, splitIntoRequests } from '../batch/encoded-logs.ts'
import { type GroupKey, GroupMap } from '../batch/group-key.ts'
import { PackIds } from '../batch/pack-ids.ts'
import { ProducerBatch } from '../batch/producer-batch.ts'
import type { LiveOptions } from '../options.ts'
import { ListSend } from '../sends/list-send.ts'
import type { PendingSend } from '../sends/pending-send.ts'
import type { SealReason } from '../sends/seal-reason.ts'
import type { IncompleteBatches } from './incomplete-batches.ts'

/** What the accumulator has to do with outside: the two moments of batches that matter there, and memory. */
export interface BatchWatcher {
  opened(batch: ProducerBatch): void
  /** Called in the order in which batches are sealed, which within a group is the order of its logs. */
  sealed(batch: ProducerBatch): void
  /** What of the memory budget nobody uses. Default: as much as you like. */
  spareBytes?(): number
}

/**
 * The open batches, by group. A group is in the table only while its batch is open, so topics that come and go leave
 * nothing behind.
 */
export class LogAccumulator implements DueSource {
  readonly #options: LiveOptions
  readonly #clock: Clock
  readonly #incomplete: IncompleteBatches
  readonly #watcher: BatchWatcher
  readonly #packIds = new PackIds()
  readonly #memory: BatchMemory
  readonly #byGroup = new GroupMap<ProducerBatch>()
  /** The same by the key object that opened the batch: a writer has one, and is spared the look-up field by field. */
  readonly #byKey = new Map<GroupKey, ProducerBatch>()
  /** In the order of opening, which is the order of linger deadlines. */
  readonly #byAge = new LinkedSet<ProducerBatch>()

  constructor(options: LiveOptions, clock: Clock, incomplete: IncompleteBatches, watcher: BatchWatcher) {
    this.#options = options
    this.#clock = clock
    this.#incomplete = incomplete
    this.#watcher = watcher
    this.#memory = new BatchMemory(watcher.spareBytes)
  }

  get openCount(): number {
    return this.#byAge.size
  }

  /** When the oldest open batch has lingered long enough, on the monotonic clock. */
  get nextDueMs(): number {
    const oldest = this.#byAge.first
    return oldest === undefined ? Number.POSITIVE_INFINITY : this.#dueMs(oldest)
  }

  /** Takes logs whose memory is reserved. They stay together in one batch where one request can hold them. */
  append(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): void {
    if (logs.sizeInBytes <= limits.requestInBytes && logs.logCount <= limits.requestLogs) {
      return this.#appendRange(
        key,
        logs,
        { firstLog: 0, lastLogExclusive: logs.logCount, sizeInBytes: logs.sizeInBytes },
        send,
      )
    }
    const list = send && new ListSend(send, logs.logCount)
    for (const range of [...splitIntoRequests(logs, limits.requestInBytes, limits.requestLogs)]) {
      this.#appendRange(key, logs, range, list?.part(range.lastLogExclusive - range.firstLog, range.firstLog))
    }
  }

  /** Seals what has lingered long enough. */
  moveDue(nowMs: number): void {
    for (const batch of this.#byAge) {
      if (this.#dueMs(batch) > nowMs) return
      this.#seal(batch, 'linger')
    }
  }

  /** The batch is given up: if it is open, nothing is appended to it any more. */
  discard(batch: ProducerBatch): void {
    if (this.#byAge.delete(batch)) this.#forget(batch)
  }

  /** Nothing is open or under way: lets go of memory kept for the next batches. */
  rest(): void {
    this.#memory.clear()
  }

  /** Seals everything, or everything of one project. */
  sealAll(reason: SealReason, project?: string): void {
    for (const batch of this.#byAge) {
      if (project === undefined || batch.key.project === project) this.#seal(batch, reason)
    }
  }

  #appendRange(key: GroupKey, logs: EncodedLogs, range: LogRange, send: PendingSend | undefined): void {
    const options = this.#options.current
    const batch = this.#batchWithRoom(key, range)
    batch.append(logs, range, send, options.batchSizeThresholdInBytes)
    if (batch.sizeInBytes >= options.batchSizeThresholdInBytes) this.#seal(batch, 'size')
    else if (batch.logCount >= options.batchCountThreshold) this.#seal(batch, 'count')
  }

  #batchWithRoom(key: GroupKey, range: LogRange): ProducerBatch {
    const open = this.#byKey.get(key) ?? this.#byGroup.get(key)
    if (open === undefined) return this.#open(key)
    const bytes = open.sizeInBytes + range.sizeInBytes
    const logs = open.logCount + range.lastLogExclusive - range.firstLog
    if (bytes <= limits.requestInBytes && logs <= limits.requestLogs) return open
    this.#seal(open, 'no-room')
    return this.#open(key)
  }

  #open(key: GroupKey): ProducerBatch {
    const { maxOpenBatches, deliveryTimeoutMs } = this.#options.current
    if (this.#byAge.size >= maxOpenBatches) this.#seal(this.#byAge.first as ProducerBatch, 'table-full')
    const nowMs = this.#clock.monotonicMs()
    const batch = new ProducerBatch(key, nowMs, nowMs + deliveryTimeoutMs, this.#memory)
    this.#byGroup.add(key, batch)
    this.#byKey.set(key, batch)
    this.#byAge.add(batch)
    this.#incomplete.add(batch)
    this.#watcher.opened(batch)
    return batch
  }

  #seal(batch: ProducerBatch, reason: SealReason): void {
    this.#forget(batch)
    this.#byAge.delete(batch)
    const { project, logstore, topic, source } = batch.key
    const packId = this.#packIds.next(project, logstore)
    const tags = [...Object.entries(this.#options.current.tags), ['__pack_id__', packId] as const]
    batch.seal(reason, packId, encodeGroupFields({ topic, source, tags }))
    this.#watcher.sealed(batch)
  }

  #forget({ key }: ProducerBatch): void {
    this.#byGroup.delete(key)
    this.#byKey.delete(key)
  }

  /** The deadline of a batch is fixed when it opens; a linger that grows later must not carry the batch past it. */
  #dueMs(batch: ProducerBatch): number {
    return Math.min(batch.openedAtMs + this.#options.current.lingerMs, batch.deadlineMs)
  }
}
