import { type GroupKey, GroupMap } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

/** The batches of a group that are in memory. */
interface GroupLine {
  readonly key: GroupKey
  /** Each with its number, which counts up in the order in which they are to be stored. */
  readonly numbers: Map<ProducerBatch, number>
  /** Not on disk, in their order. */
  readonly unkept: Set<ProducerBatch>
  /** They have not gone on to delivery, in their order; true for those that would. */
  readonly here: Map<ProducerBatch, boolean>
  /** Of the last that came. */
  newest: number
  /** Of the latest that is on disk. */
  latestKept: number
}

/**
 * The order of each group over memory and disk, where the router keeps it. Batches go on to delivery in the order in which they
 * came. They go to disk in that order as well, and leave memory for the disk only when no later one is left behind: so whatever
 * is on disk alone goes before what is here.
 */
export class GroupTurns {
  readonly #lines = new GroupMap<GroupLine>()
  /** Lines in which a batch would go on, or would have. */
  readonly #ready = new Set<GroupLine>()
  #entered = 0

  /** A batch was sealed. */
  came(batch: ProducerBatch): void {
    const line = this.#enter(batch)
    line.unkept.add(batch)
    line.here.set(batch, false)
  }

  /** A batch came from disk, and goes on. */
  cameBack(batch: ProducerBatch): void {
    this.#enter(batch)
  }

  /** It has its verdict, or is on disk alone. */
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

  /** Those before it that are not on disk, in their order. */
  *unkeptBefore(batch: ProducerBatch): Generator<ProducerBatch> {
    for (const earlier of this.#lines.get(batch.key)?.unkept ?? []) {
      if (earlier === batch) return
      yield earlier
    }
  }

  /** `never`: a later one is on disk already. `later`: it is being written. */
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

  /** Whether it may be on disk alone: whatever comes later follows it there. */
  mayLeaveMemory(batch: ProducerBatch): boolean {
    const line = this.#lines.get(batch.key)
    if (line === undefined) return true
    const hasOthers = line.here.size > (line.here.has(batch) ? 1 : 0)
    return !hasOthers && line.numbers.get(batch) === line.newest
  }

  /** It would go on to delivery. */
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

  /** Groups of which any would go on, or would have. */
  get readyKeys(): readonly GroupKey[] {
    return [...this.#ready].map(({ key }) => key)
  }

  /** The next of the group, where it would go on: it does. */
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
