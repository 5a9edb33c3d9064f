/** Bytes that all requests of a server may hold together. */
export class ByteBudget {
  readonly maxBytes: number
  #used = 0

  /** @param maxBytes what may be held at once */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Bytes held now. */
  get used(): number {
    return this.#used
  }

  /** Takes the bytes, or takes nothing and returns false where there is no room for them. */
  tryTake(bytes: number): boolean {
    if (this.#used + bytes > this.maxBytes) return false
    this.#used += bytes
    return true
  }

  /** Gives back what was taken. */
  release(bytes: number): void {
    this.#used -= bytes
  }
}
