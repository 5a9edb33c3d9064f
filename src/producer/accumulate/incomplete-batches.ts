import type { DueSource } from '../../core/due-source.ts'
import { LinkedSet } from '../../core/linked-set.ts'
import { Outstanding } from '../../core/outstanding.ts'
import type { BatchBuilder } from '../batch/batch-builder.ts'
import { ProducerBatch } from '../batch/producer-batch.ts'

/** Open, or sealed. */
export type IncompleteBatch = BatchBuilder | ProducerBatch

class ProjectBatches {
  readonly byAge = new LinkedSet<IncompleteBatch>()
  sealed = 0
}

/**
 * Every batch from its first log to its last callback. Those without a verdict are kept apart, oldest first: delivery
 * deadlines are watched there, which come in the order of age, and the oldest of a project is found there when it must
 * make room. `flush` and `close` wait for the last callback.
 */
export class IncompleteBatches implements DueSource {
  readonly #unsettled = new Outstanding<ProducerBatch>()
  readonly #byAge = new LinkedSet<IncompleteBatch>()
  readonly #byProject = new Map<string, ProjectBatches>()
  #sealed = 0
  readonly #expired: (batch: ProducerBatch) => void

  constructor(expired: (batch: ProducerBatch) => void) {
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
  }

  /** It keeps its place, which is that of its first log. */
  sealed(open: BatchBuilder, batch: ProducerBatch): void {
    const own = this.#byProject.get(batch.key.project) as ProjectBatches
    own.byAge.replace(open, batch)
    this.#byAge.replace(open, batch)
    this.#unsettled.add(batch)
    own.sealed++
    this.#sealed++
  }

  /** A shorter delivery time holds for batches under way as well: their deadlines stay in the order of age. */
  shortenDeadlines(deliveryTimeoutMs: number): void {
    for (const batch of this.#byAge) {
      batch.deadlineMs = Math.min(batch.deadlineMs, batch.openedAtMs + deliveryTimeoutMs)
    }
  }

  /** Sealed batches without a verdict: of one project, or of all. */
  sealedCount(project?: string): number {
    return project === undefined ? this.#sealed : (this.#byProject.get(project)?.sealed ?? 0)
  }

  /** The verdict stands; the callbacks are still to run. */
  decided(batch: ProducerBatch): void {
    const { project } = batch.key
    const own = this.#byProject.get(project) as ProjectBatches
    this.#byAge.delete(batch)
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

  /** A request under way is left out: its own timeout is cut to the deadline. */
  get nextDueMs(): number {
    for (const batch of this.#byAge) if (!isInFlight(batch)) return batch.deadlineMs
    return Number.POSITIVE_INFINITY
  }

  /** Open batches are sealed before: their own due time is not later. */
  moveDue(nowMs: number): void {
    for (const batch of this.#byAge) {
      if (batch.deadlineMs > nowMs) return
      if (batch instanceof ProducerBatch && !batch.inFlight) this.#expired(batch)
    }
  }

  /** The batches of a project that are not on the wire, oldest first. */
  *waiting(project: string): Generator<IncompleteBatch> {
    for (const batch of this.#byProject.get(project)?.byAge ?? []) if (!isInFlight(batch)) yield batch
  }

  /** Those that are sealed and have no verdict. */
  *[Symbol.iterator](): Iterator<ProducerBatch> {
    for (const batch of this.#byAge) if (batch instanceof ProducerBatch) yield batch
  }
}

function isInFlight(batch: IncompleteBatch): boolean {
  return batch instanceof ProducerBatch && batch.inFlight
}
