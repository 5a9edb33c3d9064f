const QUOTE = 0x22
const BACKSLASH = 0x5c
/** A line with more names is read as text: looking for copies takes the square of them. */
const MOST_NAMES = 128

/** The names of the objects of a line, by their hashes: whether one comes twice in its object. Objects stand one in the other. */
export class NameSet {
  readonly #hashes = new Int32Array(MOST_NAMES)
  #count = 0
  /** Where the names of the innermost object begin. */
  #first = 0

  clear(): void {
    this.#count = 0
    this.#first = 0
  }

  /** An object begins inside of another, which {@link leave} wants to know again. */
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

  #has(hash: number): boolean {
    for (let i = this.#first; i < this.#count; i++) if (this.#hashes[i] === hash) return true
    if (this.#count === MOST_NAMES) return true
    this.#hashes[this.#count++] = hash
    return false
  }
}
