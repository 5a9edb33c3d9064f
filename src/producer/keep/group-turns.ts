import { type GroupKey, GroupMap } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

/** The batches of a group that are in memory. */
interface GroupLine {
  readonly key: GroupKey
  /** Each batch with a number that increases in the order in which the batches are to be stored. */
  readonly numbers: Map<ProducerBatch, number>
  /** Batches that are not on disk, in order. */
  readonly unkept: Set<ProducerBatch>
  /** Batches that were not passed to delivery yet, in order; true if they are ready for it. */
  readonly here: Map<ProducerBatch, boolean>
  /** Number of the newest batch. */
  newest: number
  /** Number of the newest batch on disk. */
  latestKept: number
}

/**
 * Keeps the order of each group over memory and disk, for the router `key-hash`. Batches are passed to delivery in the order in which they
 * were sealed, and are written to disk in the same order. A batch leaves memory for the disk only if no later batch of its group stays
 * in memory. So batches that are on disk only are always older than those in memory.
 */
export class GroupTurns {
  readonly #lines = new GroupMap<GroupLine>()
  /** Lines with a batch that is ready for delivery. */
  readonly #ready = new Set<GroupLine>()
  #entered = 0

  /** A batch was sealed. */
  came(batch: ProducerBatch): void {
    const line = this.#enter(batch)
    line.unkept.add(batch)
    line.here.set(batch, false)
  }

  /** A batch was read back from disk, and is passed to delivery. */
  cameBack(batch: ProducerBatch): void {
    this.#enter(batch)
  }

  /** The batch has its verdict, or is on disk only. */
  leave(batch: ProducerBatch): void {
    const line = this.#lines.get(batch.key)
    if (line === undefined || !line.numbers.delete(batch)) return
    line.unkept.delete(batch)
    line.here.delete(batch)
    if (line.here.size === 0) this.#ready.delete(line)
    if (line.numbers.size === 0) this.#lines.delete(batch.key)
  }

  kept(batch: ProducerBatch): void {
    const line = this.#lines.get(batch.key)
    if (line === undefined) return
    line.unkept.delete(batch)
    line.latestKept = Math.max(line.latestKept, line.numbers.get(batch) ?? 0)
  }

  /** The earlier batches of its group that are not on disk, in order. */
  *unkeptBefore(batch: ProducerBatch): Generator<ProducerBatch> {
    for (const earlier of this.#lines.get(batch.key)?.unkept ?? []) {
      if (earlier === batch) return
      yield earlier
    }
  }

  /** `never`: a later batch of the group is on disk. `later`: a later batch is being written. */
  mayBeWritten(batch: ProducerBatch): 'now' | 'later' | 'never' {
    const line = this.#lines.get(batch.key)
    const number = line?.numbers.get(batch)
    if (line === undefined || number === undefined) return 'now'
    if (number < line.latestKept) return 'never'
    for (const other of line.unkept) {
      if (other.isGoingToDisk && (line.numbers.get(other) as number) > number) return 'later'
    }
    return 'now'
  }

  /** Whether the batch may be on disk only: it is the newest of its group, and no other batch of the group waits in this stage. */
  mayLeaveMemory(batch: ProducerBatch): boolean {
    const line = this.#lines.get(batch.key)
    if (line === undefined) return true
    const hasOthers = line.here.size > (line.here.has(batch) ? 1 : 0)
    return !hasOthers && line.numbers.get(batch) === line.newest
  }

  /** The batch is ready for delivery. */
  ready(batch: ProducerBatch): void {
    const line = this.#lines.get(batch.key)
    if (!line?.here.has(batch)) return
    line.here.set(batch, true)
    this.#ready.add(line)
  }

  isReady(key: GroupKey): boolean {
    const line = this.#lines.get(key)
    return line !== undefined && this.#ready.has(line)
  }

  /** Groups that have a batch that is ready for delivery. */
  get readyKeys(): readonly GroupKey[] {
    return [...this.#ready].map(({ key }) => key)
  }

  /** Removes and returns the first batch of the group if it is ready for delivery. */
  takeReady(key: GroupKey): ProducerBatch | undefined {
    const line = this.#lines.get(key)
    const [batch, isReady] = line?.here.entries().next().value ?? []
    if (line === undefined || batch === undefined || !isReady) return undefined
    line.here.delete(batch)
    if (line.here.size === 0) this.#ready.delete(line)
    return batch
  }

  #enter(batch: ProducerBatch): GroupLine {
    const line = this.#lines.get(batch.key) ?? this.#begin(batch.key)
    line.newest = ++this.#entered
    line.numbers.set(batch, line.newest)
    return line
  }

  #begin(key: GroupKey): GroupLine {
    const line: GroupLine = {
      key,
      numbers: new Map(),
      unkept: new Set(),
      here: new Map(),
      newest: 0,
      latestKept: 0,
    }
    this.#lines.add(key, line)
    return line
  }
}
