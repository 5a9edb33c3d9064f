import { Buffer } from 'node:buffer'

const FIRST_IN_BYTES = 256
/** Smaller buffers cost little: what is dear is memory that the system has to find and clear, page by page. */
const LEAST_KEPT_IN_BYTES = 64 * 1024
const MOST_KEPT_IN_BYTES = 64 * 1024 * 1024

/**
 * The memory that batches are filled in. Large buffers are used again: else each batch pays for fresh pages, and the
 * garbage collector runs for memory outside its heap (`bench/throughput.mjs`: a tenth of all CPU time).
 */
export class BatchMemory {
  readonly #kept: Buffer[] = []
  readonly #spareBytes: () => number
  #keptBytes = 0

  /** `spareBytes`: what of the memory budget nobody uses. No more than that is kept, so that a full budget is all. */
  constructor(spareBytes: () => number = () => Number.POSITIVE_INFINITY) {
    this.#spareBytes = spareBytes
  }

  /** Bytes that wait to be used again. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  /**
   * A larger buffer with the `length` first bytes of the old one, which goes back. Many small groups stay small: capacity
   * grows by steps, and not past `usualBytes`, where batches mostly end, but for what they need.
   */
  grow(old: Buffer, length: number, neededBytes: number, usualBytes: number): Buffer {
    const step = Math.max(FIRST_IN_BYTES, old.length * 4)
    const capacity = Math.max(neededBytes, Math.min(step, usualBytes))
    const grown = this.#take(capacity) ?? Buffer.allocUnsafeSlow(capacity)
    old.copy(grown, 0, 0, length)
    this.giveBack(old)
    return grown
  }

  /** To be called when nothing reads the buffer any more, other threads included. */
  giveBack(buffer: Buffer): void {
    const { length } = buffer
    if (length < LEAST_KEPT_IN_BYTES) return
    const most = Math.min(MOST_KEPT_IN_BYTES, this.#spareBytes())
    if (this.#keptBytes + length > most) return this.#keepOnly(most)
    this.#kept.push(buffer)
    this.#keptBytes += length
  }

  /** Nothing is under way: an idle producer keeps nothing. */
  clear(): void {
    this.#kept.length = 0
    this.#keptBytes = 0
  }

  #keepOnly(mostBytes: number): void {
    while (this.#keptBytes > mostBytes) this.#keptBytes -= this.#kept.pop()!.length
  }

  #take(capacity: number): Buffer | undefined {
    if (capacity < LEAST_KEPT_IN_BYTES) return undefined
    const at = this.#kept.findLastIndex((buffer) => buffer.length >= capacity)
    if (at < 0) return undefined
    const [buffer] = this.#kept.splice(at, 1)
    this.#keptBytes -= buffer!.length
    return buffer
  }
}
