interface Node<T> {
  item: T | undefined
  previous: Node<T>
  next: Node<T>
  isRemoved: boolean
}

/**
 * A set in the order of adding, whose first item is found in constant time. A `Set` would have to step over all that was
 * removed in front: to empty one of 100,000 from its front takes seconds.
 *
 * It may change while it is iterated, as a `Set` may: what is removed is not visited any more, what is added is.
 */
export class LinkedSet<T> implements Iterable<T> {
  readonly #nodes = new Map<T, Node<T>>()
  /** Before the first and behind the last. */
  readonly #ends: Node<T>

  constructor() {
    const ends = { item: undefined, isRemoved: false } as Node<T>
    ends.previous = ends
    ends.next = ends
    this.#ends = ends
  }

  get size(): number {
    return this.#nodes.size
  }

  get first(): T | undefined {
    return this.#ends.next.item
  }

  /** At the end; what is there already keeps its place. */
  add(item: T): void {
    if (this.#nodes.has(item)) return
    const node = { item, previous: this.#ends.previous, next: this.#ends, isRemoved: false }
    this.#nodes.set(item, node)
    node.previous.next = node
    this.#ends.previous = node
  }

  /** Puts another item in place of one; false when that is not there. */
  replace(item: T, by: T): boolean {
    const node = this.#nodes.get(item)
    if (node === undefined) return false
    this.#nodes.delete(item)
    this.#nodes.set(by, node)
    node.item = by
    return true
  }

  /** False when it was not there. */
  delete(item: T): boolean {
    const node = this.#nodes.get(item)
    if (node === undefined) return false
    this.#nodes.delete(item)
    node.isRemoved = true
    node.previous.next = node.next
    node.next.previous = node.previous
    return true
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let node = this.#ends.next; node !== this.#ends; node = after(node)) {
      if (!node.isRemoved) yield node.item as T
    }
  }
}

/** Of a removed node only what was before it is known for sure: the next of the nearest one left is the next to visit. */
function after<T>(node: Node<T>): Node<T> {
  let left = node
  while (left.isRemoved) left = left.previous
  return left.next
}
