// Imported: the global of the same name is a getter, at a cost that shows in `bench/encode.mjs`.
import type { Buffer } from 'node:buffer'

/** From here on one call that makes an object costs less than eight bytes at a time (`bench/lines.mjs`). */
const CALL_FROM_BYTES = 128

/** Bytes out of which the fields of logs are copied: those of a chunk that was read, say. */
export class ByteSource {
  /** All of them. */
  readonly bytes: Buffer
  /** The same bytes, to read four at a time. @internal */
  readonly view: DataView

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.view = viewOf(bytes)
  }

  /** Whether `bytes` bytes of `other` from `from` on stand here at `start`. @internal */
  has(start: number, other: ByteSource, from: number, bytes: number): boolean {
    if (start + bytes > this.bytes.length || from + bytes > other.bytes.length) return false
    let at = 0
    for (; at + 4 <= bytes; at += 4) {
      if (this.view.getInt32(start + at, true) !== other.view.getInt32(from + at, true)) return false
    }
    for (; at < bytes; at++) if (this.bytes[start + at] !== other.bytes[from + at]) return false
    return true
  }

  /** Copies `bytes[start..end)` to where `view` shows the same bytes as `target`, and returns where they end there. @internal */
  copyTo(target: Buffer, view: DataView, at: number, start: number, end: number): number {
    const source = this.bytes
    const bytes = end - start
    if (bytes >= CALL_FROM_BYTES) {
      target.set(source.subarray(start, end), at)
    } else if (bytes >= 8) {
      const own = this.view
      const last = bytes - 8
      for (let i = 0; i < last; i += 8) {
        view.setInt32(at + i, own.getInt32(start + i, true), true)
        view.setInt32(at + i + 4, own.getInt32(start + i + 4, true), true)
      }
      // The last eight may have been copied in part: no byte is left to go alone.
      view.setInt32(at + last, own.getInt32(start + last, true), true)
      view.setInt32(at + last + 4, own.getInt32(start + last + 4, true), true)
    } else {
      for (let i = 0; i < bytes; i++) target[at + i] = source[start + i] as number
    }
    return at + bytes
  }
}

/** Shows the bytes of a buffer four at a time, wherever they begin. */
export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
