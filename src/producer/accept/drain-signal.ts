import { Deferred } from '../../core/deferred.ts'
import type { ProducerError } from '../../core/errors.ts'

/** Below this share of the budget there is room again: with no gap in between, callers would be woken for every batch. */
const ROOM_SHARE = 0.75

/** What callers that do not wait inside `send` go by: somebody was refused, and later there is room again. */
export class DrainSignal {
  readonly #emitDrain: () => void
  readonly #waiting = new Set<Deferred<void>>()
  #isFull = false

  constructor(emitDrain: () => void) {
    this.#emitDrain = emitDrain
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Somebody found no room. */
  full(): void {
    this.#isFull = true
  }

  /** To be told after each release of memory. */
  freed(usedBytes: number, totalBytes: number): void {
    if (!this.#isFull || usedBytes > totalBytes * ROOM_SHARE) return
    this.#isFull = false
    this.#settleAll((waiting) => waiting.resolve())
    this.#emitDrain()
  }

  /** What comes free from here on is room for nobody. */
  close(error: ProducerError): void {
    this.#isFull = false
    this.#settleAll((waiting) => waiting.reject(error))
  }

  async wait(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const waiting = new Deferred<void>()
    const abort = () => waiting.reject(signal?.reason)
    this.#waiting.add(waiting)
    signal?.addEventListener('abort', abort)
    try {
      await waiting.promise
    } finally {
      this.#waiting.delete(waiting)
      signal?.removeEventListener('abort', abort)
    }
  }

  #settleAll(settle: (waiting: Deferred<void>) => void): void {
    for (const waiting of this.#waiting) settle(waiting)
    this.#waiting.clear()
  }
}
