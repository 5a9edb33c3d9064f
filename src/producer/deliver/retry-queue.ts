import type { DueSource } from '../../core/due-source.ts'
import { MinHeap } from '../../core/heap.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

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

  /** Batches that have ended meanwhile need no attempt, and must not keep the process alive. */
  get nextDueMs(): number {
    while (this.#heap.peek()?.hasEnded) this.#heap.pop()
    return this.#heap.peek()?.retryAtMs ?? Number.POSITIVE_INFINITY
  }

  add(batch: ProducerBatch, retryAtMs: number): void {
    batch.retryAtMs = retryAtMs
    this.#heap.push(batch)
  }

  moveDue(nowMs: number): void {
    while (this.nextDueMs <= nowMs && this.#heap.size > 0) this.#submit(this.#heap.pop() as ProducerBatch)
  }

  /** Everything is due at once, earliest first. */
  moveAll(): void {
    this.moveDue(Number.POSITIVE_INFINITY)
  }
}
