import { Buffer } from 'node:buffer'

/** Smaller buffers are not pooled, because they cost little: the cost is memory that the system has to clear, page by page. */
const LEAST_POOLED_IN_BYTES = 64 * 1024
const MOST_POOLED_IN_BYTES = 64 * 1024 * 1024

export interface BufferPoolParts {
  /** Unused bytes of the memory budget. The pool keeps no more than that, so that budget and pool together are bounded. */
  readonly spareBytes?: () => number
  readonly allocate?: (bytes: number) => Buffer
}

/**
 * The buffers of batches. Buffers of one size, that of a full batch, are used again: otherwise each batch would need new
 * pages, and the garbage collector would run for memory outside its heap (`bench/throughput.mjs`: a tenth of all CPU time).
 * Buffers of any other size are allocated for the batch, so that a small batch never holds a large buffer.
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

  /** Sets the size that is pooled. Buffers of another size are released. */
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
   * Call it when nothing reads the buffer any more, also no other thread, and before its memory is released: a send that the release
   * serves may take the buffer again, even if no other memory is free.
   */
  giveBack(buffer: Buffer): void {
    if (buffer.length < LEAST_POOLED_IN_BYTES || buffer.length !== this.#bufferBytes) return
    this.#pooled.push(buffer)
    this.#trim(this.#spareBytes() + buffer.length)
  }

  /** Called when nothing is in flight: an idle producer keeps no buffers. */
  clear(): void {
    this.#pooled.length = 0
  }

  #trim(mostBytes: number): void {
    const most = Math.max(0, Math.min(MOST_POOLED_IN_BYTES, mostBytes))
    while (this.pooledBytes > most) this.#pooled.pop()
  }
}
