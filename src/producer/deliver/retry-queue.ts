import { MinHeap } from '../../core/heap.ts'
import type { DueSource } from '../accumulate/mover.ts'
import type { ProducerBatch } from '../accumulate/producer-batch.ts'

/** The delay queue: failed batches by the time of their next attempt. They wait here, not in a lane. */
export class RetryQueue implements DueSource {
  readonly #submit: (batch: ProducerBatch) => void
  readonly #heap = new MinHeap<ProducerBatch>((batch) => batch.retryAtMs)

  constructor(submit: (batch: ProducerBatch) => void) {
    this.#submit = submit
  }

  get size(): number {
    return this.#heap.size
  }

  get nextDueMs(): number {
    return this.#heap.peek()?.retryAtMs ?? Number.POSITIVE_INFINITY
  }

  add(batch: ProducerBatch, retryAtMs: number): void {
    batch.retryAtMs = retryAtMs
    this.#heap.push(batch)
  }

  /** A batch that ended while it waited (its delivery deadline passed) is dropped on the way. */
  moveDue(nowMs: number): void {
    while (this.#heap.size > 0 && this.nextDueMs <= nowMs) {
      const batch = this.#heap.pop() as ProducerBatch
      if (!batch.hasEnded) this.#submit(batch)
    }
  }

  /** Everything is due at once, earliest first. */
  moveAll(): void {
    this.moveDue(Number.POSITIVE_INFINITY)
  }
}
