interface Entry<T> {
  item: T
  rank: number
  readonly sequence: number
  at: number
}

/**
 * A set whose item of the lowest rank is found at once, and from which any item can be taken: a binary heap that knows
 * where each item is. Items of the same rank come in the order in which they were added.
 */
export class RankedSet<T> {
  readonly #heap: Entry<T>[] = []
  readonly #entries = new Map<T, Entry<T>>()
  #sequence = 0

  get size(): number {
    return this.#heap.length
  }

  get first(): T | undefined {
    return this.#heap[0]?.item
  }

  /** `Infinity` where there is nothing. */
  get firstRank(): number {
    return this.#heap[0]?.rank ?? Number.POSITIVE_INFINITY
  }

  /** Adds an item, or moves it to another rank. */
  set(item: T, rank: number): void {
    const known = this.#entries.get(item)
    if (known?.rank === rank) return
    const entry = known ?? { item, rank, sequence: this.#sequence++, at: this.#heap.length }
    entry.rank = rank
    if (known === undefined) this.#entries.set(item, entry)
    this.#settle(entry)
  }

  /** Another item in place of one that is there. */
  replace(item: T, other: T): void {
    const entry = this.#entries.get(item)
    if (entry === undefined) return
    this.#entries.delete(item)
    entry.item = other
    this.#entries.set(other, entry)
  }

  /** False when it was not there. */
  delete(item: T): boolean {
    const entry = this.#entries.get(item)
    if (entry === undefined) return false
    this.#entries.delete(item)
    const last = this.#heap.pop() as Entry<T>
    if (last === entry) return true
    last.at = entry.at
    this.#settle(last)
    return true
  }

  /** Puts an entry where it belongs, beginning where it says that it is. */
  #settle(entry: Entry<T>): void {
    const heap = this.#heap
    let at = entry.at
    for (let parent = (at - 1) >> 1; at > 0 && before(entry, heap[parent] as Entry<T>); parent = (at - 1) >> 1) {
      this.#put(heap[parent] as Entry<T>, at)
      at = parent
    }
    for (let child = this.#lowerChild(at); child !== undefined && before(child, entry); child = this.#lowerChild(at)) {
      const from = child.at
      this.#put(child, at)
      at = from
    }
    this.#put(entry, at)
  }

  #lowerChild(at: number): Entry<T> | undefined {
    const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]]
    return left !== undefined && right !== undefined && before(right, left) ? right : left
  }

  #put(entry: Entry<T>, at: number): void {
    entry.at = at
    this.#heap[at] = entry
  }
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.sequence < b.sequence)
}
