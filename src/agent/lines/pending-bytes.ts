const NOTHING = Buffer.alloc(0)

/**
 * The bytes of a stream that are not consumed yet. A sender of many small pieces does not cause a copy of everything for each: the buffer
 * grows to twice its size, and a chunk that is consumed as a whole is not copied at all.
 */
export class PendingBytes {
  #own: Buffer = NOTHING
  /** A part of `#own`, or the last chunk itself. */
  #bytes: Buffer = NOTHING
  #start = 0

  get length(): number {
    return this.#bytes.length
  }

  /** Returns all pending bytes with these at their end; valid until the next call. */
  append(chunk: Buffer): Buffer {
    const before = this.#bytes
    if (before.length === 0) {
      this.#bytes = chunk
      return chunk
    }
    const length = before.length + chunk.length
    if (this.#start + length > this.#own.length) {
      // Moved to the front only if that copies less than was consumed since the last time.
      const hasRoom = this.#own.length >= length && this.#start >= before.length
      const own = hasRoom ? this.#own : Buffer.allocUnsafe(Math.max(length, before.length * 2))
      before.copy(own)
      this.#own = own
      this.#start = 0
    }
    chunk.copy(this.#own, this.#start + before.length)
    this.#bytes = this.#own.subarray(this.#start, this.#start + length)
    return this.#bytes
  }

  /** Drops the first bytes. The rest is copied out of the chunk that it came with, which may be large or be used again. */
  consume(count: number): void {
    const rest = this.#bytes.subarray(count)
    const isOwn = this.#own.length > 0
    if (rest.length === 0) {
      this.#own = NOTHING
      this.#bytes = NOTHING
    } else if (isOwn) {
      this.#start += count
      this.#bytes = rest
    } else {
      this.#own = Buffer.from(rest)
      this.#start = 0
      this.#bytes = this.#own
    }
  }
}
