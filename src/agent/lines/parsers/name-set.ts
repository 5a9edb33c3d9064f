import { ByteSource } from '../../../sls/wire/byte-source.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Names behind these are looked at anew in each line. */
const REMEMBERED_BYTES = 4096
/** A line with more names is read as text: the search for a name that comes twice takes the square of their number. */
const MOST_NAMES = 128

/** The hashes of the names of the objects of a line, to find out whether a name comes twice in its object. Objects may be nested. */
export class NameSet {
  readonly #hashes = new Int32Array(MOST_NAMES)
  #count = 0
  /** Where the names of the innermost object begin. */
  #first = 0
  /** The names of the outermost object of the line before, one behind the other: lines of one program mostly have the same. */
  readonly #remembered = new ByteSource(Buffer.alloc(REMEMBERED_BYTES))
  readonly #ends = new Int32Array(MOST_NAMES)
  readonly #rememberedHashes = new Int32Array(MOST_NAMES)
  #rememberedCount = 0

  clear(): void {
    this.#count = 0
    this.#first = 0
  }

  /** A nested object begins. Its end passes what this returns to {@link leave}. */
  enter(): number {
    const outer = this.#first
    this.#first = this.#count
    return outer
  }

  leave(outer: number): void {
    this.#count = this.#first
    this.#first = outer
  }

  /**
   * Reads a name of the outermost object as {@link add} does. As long as its names are those of the line before, in the same order, they
   * are known to be right, and only compared.
   */
  addOutermost(source: ByteSource, start: number, end: number): number {
    const { bytes } = source
    const index = this.#count
    if (index < this.#rememberedCount) {
      const from = index === 0 ? 0 : (this.#ends[index - 1] as number)
      const length = (this.#ends[index] as number) - from
      const nameEnd = start + length
      if (nameEnd < end && bytes[nameEnd] === QUOTE && source.has(start, this.#remembered, from, length)) {
        this.#hashes[index] = this.#rememberedHashes[index] as number
        this.#count = index + 1
        return nameEnd
      }
    }
    const nameEnd = this.add(bytes, start, end)
    if (nameEnd >= 0) this.#remember(index, bytes, start, nameEnd)
    return nameEnd
  }

  /**
   * Reads the name that begins at `start`, behind its quote, and returns where it ends. -1 for one that is there already, or looks
   * like it, is empty, has an escape or no end, or is a number, which JavaScript would put before the others.
   */
  add(bytes: Buffer, start: number, end: number): number {
    let hash = 0
    let areDigits = true
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE) return at === start || areDigits || this.#has(hash) ? -1 : at
      if (byte < 0x20 || byte === BACKSLASH) return -1
      if (byte < 0x30 || byte > 0x39) areDigits = false
      hash = (Math.imul(hash, 31) + byte) | 0
    }
    return -1
  }

  /** Remembers a name as the one at `index`, and forgets all behind it. */
  #remember(index: number, bytes: Buffer, start: number, end: number): void {
    const from = index === 0 ? 0 : (this.#ends[index - 1] as number)
    this.#rememberedCount = Math.min(this.#rememberedCount, index)
    if (this.#rememberedCount < index || from + end - start > REMEMBERED_BYTES) return
    bytes.copy(this.#remembered.bytes, from, start, end)
    this.#ends[index] = from + end - start
    this.#rememberedHashes[index] = this.#hashes[index] as number
    this.#rememberedCount = index + 1
  }

  #has(hash: number): boolean {
    for (let i = this.#first; i < this.#count; i++) if (this.#hashes[i] === hash) return true
    if (this.#count === MOST_NAMES) return true
    this.#hashes[this.#count++] = hash
    return false
  }
}
