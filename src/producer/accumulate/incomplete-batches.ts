import { Outstanding } from '../../core/outstanding.ts'
import type { DueSource } from './mover.ts'
import type { ProducerBatch } from './producer-batch.ts'

/**
 * Every batch that is open or sealed and not yet settled, oldest first. `flush` and `close` wait here, and delivery
 * deadlines are watched here: they come in the order of age.
 */
export class IncompleteBatches implements DueSource, Iterable<ProducerBatch> {
  readonly #batches = new Outstanding<ProducerBatch>()
  readonly #expired: (batch: ProducerBatch) => void

  constructor(expired: (batch: ProducerBatch) => void) {
    this.#expired = expired
  }

  get size(): number {
    return this.#batches.size
  }

  /** Logs without a verdict. */
  get logCount(): number {
    let count = 0
    for (const batch of this.#batches) if (!batch.hasEnded) count += batch.logCount
    return count
  }

  add(batch: ProducerBatch): void {
    this.#batches.add(batch)
  }

  /** The batch is settled: its callbacks have run. */
  delete(batch: ProducerBatch): void {
    this.#batches.delete(batch)
  }

  whenSettled(): Promise<void> {
    return this.#batches.whenGone()
  }

  /** A request under way is left out: its own timeout is cut to the deadline. */
  get nextDueMs(): number {
    for (const batch of this.#batches) if (waits(batch)) return batch.deadlineMs
    return Number.POSITIVE_INFINITY
  }

  moveDue(nowMs: number): void {
    for (const batch of this.#batches) {
      if (batch.deadlineMs > nowMs) return
      if (waits(batch)) this.#expired(batch)
    }
  }

  /** A shorter delivery time holds for batches under way as well: their deadlines stay in the order of age. */
  shortenDeadlines(deliveryTimeoutMs: number): void {
    for (const batch of this.#batches) {
      batch.deadlineMs = Math.min(batch.deadlineMs, batch.openedAtMs + deliveryTimeoutMs)
    }
  }

  [Symbol.iterator](): Iterator<ProducerBatch> {
    return this.#batches[Symbol.iterator]()
  }
}

function waits(batch: ProducerBatch): boolean {
  return !batch.inFlight && !batch.hasEnded
}
