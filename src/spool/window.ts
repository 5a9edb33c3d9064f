import type { SpoolFile } from './files.ts'

const SMALL = 4096
const LARGE = 1024 * 1024
/** Below this distance it is faster to read through than to jump. */
const READ_THROUGH = 128 * 1024

/** Reads a file forward in pieces: large ones where records are short, small ones where their bodies are stepped over. */
export class Window {
  readonly #file: SpoolFile
  readonly size: number
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(file: SpoolFile, size: number) {
    this.#file = file
    this.size = size
  }

  /** Bytes at a position; fewer than asked for where the file ends. The buffer is valid until the next call. */
  async at(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.size - position)
    if (wanted <= 0) return Buffer.alloc(0)
    const end = this.#start + this.#bytes.length
    if (position < this.#start || position + wanted > end) {
      const isNear = position >= this.#start && position - end < READ_THROUGH
      await this.#load(position, Math.max(wanted, isNear ? LARGE : SMALL))
    }
    return this.#bytes.subarray(position - this.#start, position - this.#start + wanted)
  }

  async #load(position: number, length: number): Promise<void> {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position)))
    const count = await this.#file.read(bytes, position)
    this.#start = position
    this.#bytes = bytes.subarray(0, count)
  }
}
