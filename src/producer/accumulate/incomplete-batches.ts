import type { DueSource } from '../../core/due-source.ts'
import { LinkedSet } from '../../core/linked-set.ts'
import { Outstanding } from '../../core/outstanding.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

/**
 * Every batch from its first log to its last callback. Those without a verdict are kept apart, oldest first: delivery
 * deadlines are watched there, which come in the order of age, and the oldest is found there when it must make room.
 * `flush` and `close` wait for the last callback.
 */
export class IncompleteBatches implements DueSource {
  readonly #unsettled = new Outstanding<ProducerBatch>()
  readonly #undecided = new LinkedSet<ProducerBatch>()
  /** Sealed batches without a verdict, by project: what will free memory by itself. */
  readonly #sealedByProject = new Map<string, number>()
  #sealed = 0
  readonly #expired: (batch: ProducerBatch) => void

  constructor(expired: (batch: ProducerBatch) => void) {
    this.#expired = expired
  }

  /** Batches without a verdict. */
  get size(): number {
    return this.#undecided.size
  }

  /** Logs without a verdict. */
  get logCount(): number {
    let count = 0
    for (const batch of this.#undecided) count += batch.logCount
    return count
  }

  add(batch: ProducerBatch): void {
    this.#unsettled.add(batch)
    this.#undecided.add(batch)
  }

  /** A shorter delivery time holds for batches under way as well: their deadlines stay in the order of age. */
  shortenDeadlines(deliveryTimeoutMs: number): void {
    for (const batch of this.#undecided) {
      batch.deadlineMs = Math.min(batch.deadlineMs, batch.openedAtMs + deliveryTimeoutMs)
    }
  }

  sealed(batch: ProducerBatch): void {
    this.#countSealed(batch.key.project, 1)
  }

  /** Sealed batches without a verdict: of one project, or of all. */
  sealedCount(project?: string): number {
    return project === undefined ? this.#sealed : (this.#sealedByProject.get(project) ?? 0)
  }

  /** The verdict stands; the callbacks are still to run. */
  decided(batch: ProducerBatch): void {
    this.#undecided.delete(batch)
    if (batch.sealReason !== undefined) this.#countSealed(batch.key.project, -1)
  }

  /** The callbacks have run. */
  settled(batch: ProducerBatch): void {
    this.#unsettled.delete(batch)
  }

  whenSettled(): Promise<void> {
    return this.#unsettled.whenGone()
  }

  /** A request under way is left out: its own timeout is cut to the deadline. */
  get nextDueMs(): number {
    return this.oldestWaiting()?.deadlineMs ?? Number.POSITIVE_INFINITY
  }

  moveDue(nowMs: number): void {
    for (const batch of this.#undecided) {
      if (batch.deadlineMs > nowMs) return
      if (!batch.inFlight) this.#expired(batch)
    }
  }

  /** The oldest batch that is not on the wire: of one project, or of all. */
  oldestWaiting(project?: string): ProducerBatch | undefined {
    for (const batch of this.#undecided) {
      if (!batch.inFlight && (project === undefined || batch.key.project === project)) return batch
    }
    return undefined
  }

  /** Those without a verdict. */
  [Symbol.iterator](): Iterator<ProducerBatch> {
    return this.#undecided[Symbol.iterator]()
  }

  #countSealed(project: string, change: 1 | -1): void {
    this.#sealed += change
    const count = this.sealedCount(project) + change
    if (count === 0) this.#sealedByProject.delete(project)
    else this.#sealedByProject.set(project, count)
  }
}
