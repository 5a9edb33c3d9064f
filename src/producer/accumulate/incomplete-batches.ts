import type { DueSource } from '../../core/due-source.ts'
import { LinkedSet } from '../../core/linked-set.ts'
import { Outstanding } from '../../core/outstanding.ts'
import { RankedSet } from '../../core/ranked-set.ts'
import type { BatchBuilder } from '../batch/batch-builder.ts'
import { ProducerBatch } from '../batch/producer-batch.ts'

/** Open, or sealed. */
export type IncompleteBatch = BatchBuilder | ProducerBatch

class ProjectBatches {
  readonly byAge = new LinkedSet<IncompleteBatch>()
  sealed = 0
}

/**
 * Every batch from its first log to its last callback. Batches without a verdict are in a list of their own, oldest first, to find
 * the oldest of a project when it must make room. It watches their delivery deadlines. `flush` and `close` wait for the last callback.
 */
export class IncompleteBatches implements DueSource {
  readonly #unsettled = new Outstanding<ProducerBatch>()
  readonly #byAge = new LinkedSet<IncompleteBatch>()
  readonly #deadlines = new RankedSet<IncompleteBatch>()
  readonly #byProject = new Map<string, ProjectBatches>()
  #sealed = 0
  readonly #expired: (batch: ProducerBatch, nowMs: number) => void

  constructor(expired: (batch: ProducerBatch, nowMs: number) => void) {
    this.#expired = expired
  }

  /** Batches without a verdict. */
  get size(): number {
    return this.#byAge.size
  }

  /** Logs without a verdict. */
  get logCount(): number {
    let count = 0
    for (const batch of this.#byAge) count += batch.logCount
    return count
  }

  opened(batch: IncompleteBatch): void {
    const { project } = batch.key
    const own = this.#byProject.get(project) ?? new ProjectBatches()
    this.#byProject.set(project, own)
    own.byAge.add(batch)
    this.#byAge.add(batch)
    this.#deadlines.set(batch, batch.deadlineMs)
  }

  /** It keeps its place, which is that of its first log. */
  sealed(open: BatchBuilder, batch: ProducerBatch): void {
    const own = this.#byProject.get(batch.key.project) as ProjectBatches
    own.byAge.replace(open, batch)
    this.#byAge.replace(open, batch)
    this.#deadlines.replace(open, batch)
    this.#unsettled.add(batch)
    own.sealed++
    this.#sealed++
  }

  /** A batch came from disk. */
  arrived(batch: ProducerBatch): void {
    this.opened(batch)
    this.#unsettled.add(batch)
    const own = this.#byProject.get(batch.key.project) as ProjectBatches
    own.sealed++
    this.#sealed++
  }

  /** A shorter delivery time also applies to batches that exist already. */
  shortenDeadlines(deliveryTimeoutMs: number): void {
    for (const batch of this.#byAge) {
      if (batch.deadlineMs === Number.POSITIVE_INFINITY) continue
      batch.deadlineMs = Math.min(batch.deadlineMs, batch.openedAtMs + deliveryTimeoutMs)
      this.#deadlines.set(batch, batch.deadlineMs)
    }
  }

  /** Sealed batches without a verdict: of one project, or of all. */
  sealedCount(project?: string): number {
    return project === undefined ? this.#sealed : (this.#byProject.get(project)?.sealed ?? 0)
  }

  /** The batch has its verdict; the callbacks are still to run. */
  completed(batch: ProducerBatch): void {
    const { project } = batch.key
    const own = this.#byProject.get(project) as ProjectBatches
    this.#byAge.delete(batch)
    this.#deadlines.delete(batch)
    own.byAge.delete(batch)
    own.sealed--
    this.#sealed--
    if (own.byAge.size === 0) this.#byProject.delete(project)
  }

  /** The callbacks have run. */
  settled(batch: ProducerBatch): void {
    this.#unsettled.delete(batch)
  }

  /** Resolves when all that are sealed now are settled. */
  whenSettled(): Promise<void> {
    return this.#unsettled.whenGone()
  }

  get nextDueMs(): number {
    return this.#deadlines.firstRank
  }

  /**
   * Open batches are sealed before, because their linger ends no later. A request in flight ends at the deadline, because its
   * timeout is cut to it, and its task decides then: such a batch is not watched here.
   */
  moveDue(nowMs: number): void {
    for (let batch = this.#deadlines.first; batch !== undefined; batch = this.#deadlines.first) {
      if (this.#deadlines.firstRank > nowMs) return
      this.#deadlines.delete(batch)
      if (batch instanceof ProducerBatch && !batch.inFlight) this.#expired(batch, nowMs)
    }
  }

  /** The batch gets more time. */
  extendDeadline(batch: ProducerBatch, deadlineMs: number): void {
    batch.deadlineMs = deadlineMs
    this.#deadlines.set(batch, deadlineMs)
  }

  /** The batches of a project that are only in memory and not on the wire, oldest first. */
  *waiting(project: string): Generator<IncompleteBatch> {
    for (const batch of this.#byProject.get(project)?.byAge ?? []) if (!isInFlight(batch) && !isKept(batch)) yield batch
  }

  /** All without a verdict, open or sealed, oldest first. */
  get all(): Iterable<IncompleteBatch> {
    return this.#byAge
  }

  /** Those that are sealed and have no verdict. */
  *[Symbol.iterator](): Iterator<ProducerBatch> {
    for (const batch of this.#byAge) if (batch instanceof ProducerBatch) yield batch
  }
}

function isKept(batch: IncompleteBatch): boolean {
  return batch instanceof ProducerBatch && batch.kept !== undefined
}

function isInFlight(batch: IncompleteBatch): boolean {
  return batch instanceof ProducerBatch && batch.inFlight
}
