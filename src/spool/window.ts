import type { SpoolFile } from './files.ts'

const SMALL = 4096
const LARGE = 2 * 1024 * 1024
/** Below this distance it is faster to read through than to jump. */
const READ_THROUGH = 128 * 1024

interface Piece {
  readonly start: number
  readonly bytes: Buffer
}

/**
 * Reads a file forward in pieces: large ones where records are short, and then the next while this one is looked at; small ones
 * where bodies are stepped over.
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

  /** What is in memory from a position on: a million records are looked at without a promise for each. */
  inView(position: number): Buffer | undefined {
    const { start, bytes } = this.#piece
    return position >= start && position <= start + bytes.length ? bytes.subarray(position - start) : undefined
  }

  /** Bytes at a position; fewer than asked for where the file ends. The buffer is valid until the next call. */
  async at(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.size - position)
    if (wanted <= 0) return Buffer.alloc(0)
    const found = this.inView(position)
    if (found !== undefined && found.length >= wanted) return found.subarray(0, wanted)
    await this.#move(position, wanted)
    const from = position - this.#piece.start
    return this.#piece.bytes.subarray(from, from + wanted)
  }

  /** Nothing is read any more when it resolves. */
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
    // Whoever moves on is told.
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
