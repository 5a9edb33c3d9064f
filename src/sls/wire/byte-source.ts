// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import type { Buffer } from 'node:buffer'

/** From here on one call that makes an object costs less than four bytes at a time (`bench/lines.mjs`). */
const CALL_FROM_BYTES = 96

/** Bytes out of which the fields of logs are copied: those of a chunk that was read, say. */
export class ByteSource {
  /** All of them. */
  readonly bytes: Buffer
  readonly #view: DataView

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.#view = viewOf(bytes)
  }

  /** Copies `bytes[start..end)` to where `view` shows the same bytes as `target`, and returns where they end there. @internal */
  copyTo(target: Buffer, view: DataView, at: number, start: number, end: number): number {
    const source = this.bytes
    let to = at
    let from = start
    if (end - start >= CALL_FROM_BYTES) {
      target.set(source.subarray(start, end), at)
      return at + end - start
    }
    for (; from + 8 <= end; from += 8, to += 8) {
      view.setInt32(to, this.#view.getInt32(from, true), true)
      view.setInt32(to + 4, this.#view.getInt32(from + 4, true), true)
    }
    while (from < end) target[to++] = source[from++] as number
    return to
  }
}

/** Shows the bytes of a buffer four at a time, wherever they begin. */
export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
