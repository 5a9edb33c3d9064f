import type { FileHandle } from 'node:fs/promises'
import type { InputContext } from '../../input.ts'
import type { LineDelivery } from '../../lines/line-delivery.ts'
import { TrailPassage } from '../../lines/line-passage.ts'
import type { MultiLine } from '../../lines/multi-line.ts'
import type { TextDecoding } from '../../lines/text-decoding.ts'
import { FINGERPRINT_BYTES, fingerprintOf } from './file-identity.ts'
import type { TailedFile } from './tailed-file.ts'

export interface FileReaderParts {
  readonly context: InputContext
  readonly delivery: LineDelivery
  readonly decoding: TextDecoding
  readonly multiLine: MultiLine | undefined
  readonly maxLineBytes: number
}

/** `more`: the turn is over, the file is not. `end`: nothing more for now. `replaced`: what is there is not this file any more. */
export type TurnResult = 'more' | 'end' | 'replaced'

const CHUNK_BYTES = 512 * 1024
const TURN_BYTES = 1024 * 1024

/** Reads files in turns, into one buffer for all of them: what is not a whole line yet is read again in the next turn. */
export class FileReader {
  readonly #parts: FileReaderParts
  readonly #buffer: Buffer
  #chunkBytes = CHUNK_BYTES

  constructor(parts: FileReaderParts) {
    this.#parts = parts
    // A line of the longest size, its line end, and the first byte of the next, so that a longer one is seen to be longer.
    this.#buffer = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, parts.maxLineBytes + 16))
  }

  /** One turn. With `isFinal` the file gets no more: what is left at its end is a line, and an open log is whole. */
  async turn(file: TailedFile, isFinal: boolean): Promise<TurnResult> {
    const handle = await file.open()
    if (handle === undefined || (await this.#isReplaced(file, handle))) return 'replaced'
    this.#chunkBytes = CHUNK_BYTES
    let fillsBuffer = false
    for (let turnBytes = 0; turnBytes < TURN_BYTES; ) {
      if (this.#parts.context.signal.aborted) return 'more'
      const { bytesRead } = await handle.read(this.#buffer, 0, this.#chunkBytes, file.offset)
      if (bytesRead === 0) return 'end'
      const consumed = await this.#hand(file, bytesRead, isFinal && bytesRead < this.#chunkBytes, fillsBuffer)
      const isEnd = bytesRead < this.#chunkBytes
      if (consumed === 0 && !isEnd) {
        if (fillsBuffer) return 'end'
        // A long line or log: look at more of it at once. One that fills the buffer is as long as a log may be.
        fillsBuffer = this.#chunkBytes === this.#buffer.length
        this.#chunkBytes = Math.min(this.#buffer.length, this.#chunkBytes * 2)
        continue
      }
      fillsBuffer = false
      file.lookedAt = file.offset + bytesRead - consumed
      if (isEnd) return 'end'
      turnBytes += bytesRead
    }
    return 'more'
  }

  /** Truncated, or truncated and grown again. */
  async #isReplaced(file: TailedFile, handle: FileHandle): Promise<boolean> {
    const known = file.fingerprint.bytes
    const { size } = await handle.stat()
    if (size < file.offset) return true
    const head = Buffer.allocUnsafe(FINGERPRINT_BYTES)
    const { bytesRead } = await handle.read(head, 0, FINGERPRINT_BYTES, 0)
    if (fingerprintOf(head.subarray(0, Math.min(known, bytesRead))).digest !== file.fingerprint.digest) return true
    if (bytesRead > known) file.fingerprint = fingerprintOf(head.subarray(0, bytesRead))
    return false
  }

  /** Hands over the whole lines of the chunk, and returns how many bytes they took. */
  async #hand(file: TailedFile, length: number, isFinal: boolean, closesLog: boolean): Promise<number> {
    const { framer } = file
    const longBefore = framer.longLines
    const skipsMark = file.offset === 0 ? markLength(this.#buffer, length) : 0
    let consumed = framer.frame(this.#buffer, length, isFinal)
    if (framer.longLines > longBefore) this.#parts.context.count('longLines', framer.longLines - longBefore)
    const raw = framer.table
    if (skipsMark > 0 && raw.count > 0 && raw.starts[0] === 0)
      raw.starts[0] = Math.min(skipsMark, raw.ends[0] as number)
    const lines = this.#parts.decoding.decode({ buffer: this.#buffer, table: raw })
    const isPause = this.#isPaused(file, length) || isFinal || closesLog || framer.endsInLongLine
    const open = this.#parts.multiLine?.join(lines.buffer, lines.table, isPause) ?? -1
    if (open >= 0) consumed = raw.starts[open] as number
    const end = file.offset + consumed
    if (consumed > 0) {
      const passage = new TrailPassage(file.trail, lines.table, file.offset, end)
      await this.#parts.delivery.hand(file.writer, lines, passage)
      passage.finish()
    }
    file.offset = end
    return consumed
  }

  /** Nothing has followed the open log for its while. */
  #isPaused(file: TailedFile, length: number): boolean {
    const { multiLine, context } = this.#parts
    if (multiLine === undefined || file.offset + length > file.lookedAt) {
      file.grownMs = context.clock.monotonicMs()
      return false
    }
    return context.clock.monotonicMs() - file.grownMs >= multiLine.flushMs
  }
}

/** A byte order mark belongs to no line. */
function markLength(buffer: Buffer, length: number): number {
  if (length >= 3 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) return 3
  const isUtf16 =
    length >= 2 && ((buffer[0] === 0xff && buffer[1] === 0xfe) || (buffer[0] === 0xfe && buffer[1] === 0xff))
  return isUtf16 ? 2 : 0
}
