import { Buffer } from 'node:buffer'

/** Smaller buffers cost little: what is expensive is memory that the system has to find and clear, page by page. */
const LEAST_POOLED_IN_BYTES = 64 * 1024
const MOST_POOLED_IN_BYTES = 64 * 1024 * 1024

export interface BufferPoolParts {
  /** What of the memory budget nobody uses. No more than that is kept, so that budget and pool together are bounded. */
  readonly spareBytes?: () => number
  readonly allocate?: (bytes: number) => Buffer
}

/**
 * The buffers that batches are filled in. Those of one size, that of a full batch, are used again: else each batch pays
 * for fresh pages, and the garbage collector runs for memory outside its heap (`bench/throughput.mjs`: a tenth of all CPU
 * time). Of any other size they are made for the batch, so that a small one never holds a large buffer.
 */
export class BufferPool {
  readonly #pooled: Buffer[] = []
  readonly #spareBytes: () => number
  readonly #allocate: (bytes: number) => Buffer
  #bufferBytes = 0

  constructor(parts: BufferPoolParts = {}) {
    this.#spareBytes = parts.spareBytes ?? (() => Number.POSITIVE_INFINITY)
    this.#allocate = parts.allocate ?? Buffer.allocUnsafeSlow
  }

  /** Bytes that wait to be used again. */
  get pooledBytes(): number {
    return this.#pooled.length * this.#bufferBytes
  }

  /** Whether a buffer of this size waits to be used again. */
  hasFree(bytes: number): boolean {
    return bytes === this.#bufferBytes && this.#pooled.length > 0
  }

  /** The size that is pooled. Buffers of an earlier one are let go. */
  setBufferBytes(bytes: number): void {
    if (bytes === this.#bufferBytes) return
    this.clear()
    this.#bufferBytes = bytes
  }

  /** @throws RangeError when the process gets no more memory */
  take(bytes: number): Buffer {
    if (this.hasFree(bytes)) return this.#pooled.pop() as Buffer
    this.#trim(this.#spareBytes())
    return this.#allocate(bytes)
  }

  /**
   * To be called when nothing reads the buffer any more, other threads included, and before its memory is released: what
   * that serves may take it again, even where no other memory is spare.
   */
  giveBack(buffer: Buffer): void {
    if (buffer.length < LEAST_POOLED_IN_BYTES || buffer.length !== this.#bufferBytes) return
    this.#pooled.push(buffer)
    this.#trim(this.#spareBytes() + buffer.length)
  }

  /** Nothing is under way: an idle producer keeps nothing. */
  clear(): void {
    this.#pooled.length = 0
  }

  #trim(mostBytes: number): void {
    const most = Math.max(0, Math.min(MOST_POOLED_IN_BYTES, mostBytes))
    while (this.pooledBytes > most) this.#pooled.pop()
  }
}
