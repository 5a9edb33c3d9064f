import { Fifo } from '../../core/fifo.ts'

/** A claim on memory that has to wait. */
export interface BudgetWaiter {
  readonly bytes: number
  /** Given up (timeout, abort, close): skipped when its turn comes. */
  readonly abandoned: boolean
  /** The bytes are reserved, and this claim is over. */
  granted(): void
}

/**
 * The semaphore over everything accepted and not yet settled, in bytes. First come, first served: while anybody waits,
 * nobody else gets in, so that small sends cannot starve a large one.
 */
export class MemoryBudget {
  #totalBytes: number
  #usedBytes = 0
  #highWaterBytes = 0
  readonly #waiters = new Fifo<BudgetWaiter>()
  #granting = false

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get highWaterBytes(): number {
    return this.#highWaterBytes
  }

  tryReserve(bytes: number): boolean {
    if (this.#waiters.size > 0 || this.#usedBytes + bytes > this.#totalBytes) return false
    this.#take(bytes)
    return true
  }

  wait(waiter: BudgetWaiter): void {
    this.#waiters.push(waiter)
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes
    this.grant()
  }

  resize(totalBytes: number): void {
    this.#totalBytes = totalBytes
    this.grant()
  }

  /** Serves the queue as far as there is room. To be called also when a waiter was abandoned: it may have been in front. */
  grant(): void {
    // A granted send may seal a batch and so release memory: one loop serves them all, in order.
    if (this.#granting) return
    this.#granting = true
    for (let next = this.#waiters.peek(); next !== undefined; next = this.#waiters.peek()) {
      if (!next.abandoned && !this.#fitsNow(next.bytes)) break
      this.#waiters.shift()
      if (next.abandoned) continue
      this.#take(next.bytes)
      next.granted()
    }
    this.#granting = false
  }

  /** Alone, any claim gets in: it fitted when it was made, and the budget may have become smaller than it since. */
  #fitsNow(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#totalBytes
  }

  #take(bytes: number): void {
    this.#usedBytes += bytes
    if (this.#usedBytes > this.#highWaterBytes) this.#highWaterBytes = this.#usedBytes
  }
}
