import type { SpoolFile } from './files.ts'

const SMALL = 4096
const LARGE = 2 * 1024 * 1024
/** Below this distance it is faster to read all bytes than to skip some. */
const READ_THROUGH = 128 * 1024

interface Piece {
  readonly start: number
  readonly bytes: Buffer
}

/**
 * Reads a file forward in pieces. If records are short, the pieces are large, and the next piece is read ahead. If bodies are skipped, the
 * pieces are small.
 */
export class Window {
  readonly #file: SpoolFile
  readonly size: number
  #piece: Piece = { start: 0, bytes: Buffer.alloc(0) }
  #ahead: Promise<Piece> | undefined

  constructor(file: SpoolFile, size: number) {
    this.#file = file
    this.size = size
  }

  /** The bytes in memory from a position on. With this, a million records are scanned without a promise for each. */
  inView(position: number): Buffer | undefined {
    const { start, bytes } = this.#piece
    return position >= start && position <= start + bytes.length ? bytes.subarray(position - start) : undefined
  }

  /** Reads bytes at a position: fewer if the file ends first. The buffer is valid until the next call. */
  async at(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.size - position)
    if (wanted <= 0) return Buffer.alloc(0)
    const found = this.inView(position)
    if (found !== undefined && found.length >= wanted) return found.subarray(0, wanted)
    await this.#move(position, wanted)
    const from = position - this.#piece.start
    return this.#piece.bytes.subarray(from, from + wanted)
  }

  /** Resolves when no read is in progress any more. */
  async done(): Promise<void> {
    await this.#ahead?.catch(() => {})
  }

  async #move(position: number, wanted: number): Promise<void> {
    const { start, bytes } = this.#piece
    const end = start + bytes.length
    const isNear = position >= start && position - end < READ_THROUGH
    const ahead = await this.#ahead
    this.#ahead = undefined
    if (ahead !== undefined && position >= start && position + wanted <= ahead.start + ahead.bytes.length) {
      this.#piece = position < end ? joined(bytes.subarray(position - start), ahead) : ahead
    } else {
      this.#piece = await this.#read(position, Math.max(wanted, isNear ? LARGE : SMALL))
    }
    const next = this.#piece.start + this.#piece.bytes.length
    if (!isNear || next >= this.size) return
    this.#ahead = this.#read(next, LARGE)
    // The next #move gets the error.
    this.#ahead.catch(() => {})
  }

  async #read(position: number, length: number): Promise<Piece> {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position)))
    const count = await this.#file.read(bytes, position)
    return { start: position, bytes: bytes.subarray(0, count) }
  }
}

function joined(rest: Buffer, { start, bytes }: Piece): Piece {
  return { start: start - rest.length, bytes: Buffer.concat([rest, bytes]) }
}
