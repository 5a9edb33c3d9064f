interface Entry<T> {
  readonly item: T
  readonly rank: number
  readonly sequence: number
}

/** A binary min-heap. Equal entries leave in the order in which they came. */
export class MinHeap<T> {
  readonly #order: (item: T) => number
  #items: Entry<T>[] = []
  #sequence = 0

  constructor(order: (item: T) => number) {
    this.#order = order
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]?.item
  }

  push(item: T): void {
    const entry: Entry<T> = { item, rank: this.#order(item), sequence: this.#sequence++ }
    const items = this.#items
    let at = items.length
    items.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(entry, items[parent]!)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = entry
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined) return undefined
    if (items.length > 0) this.#sinkFromTop(last)
    return first.item
  }

  /** Empties the heap, earliest first. */
  *drain(): Generator<T> {
    while (this.#items.length > 0) yield this.pop() as T
  }

  #sinkFromTop(entry: Entry<T>): void {
    const items = this.#items
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#before(items[child + 1]!, items[child]!)) child++
      if (!this.#before(items[child]!, entry)) break
      items[at] = items[child]!
      at = child
    }
    items[at] = entry
  }

  #before(a: Entry<T>, b: Entry<T>): boolean {
    return a.rank < b.rank || (a.rank === b.rank && a.sequence < b.sequence)
  }
}
