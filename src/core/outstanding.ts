import { Deferred } from './deferred.ts'

interface Watch {
  readonly lastSequence: number
  remaining: number
  readonly gone: Deferred<void>
}

/** Things that come and go, in the order in which they came, with a way to wait for all that are there now. */
export class Outstanding<T> implements Iterable<T> {
  readonly #sequences = new Map<T, number>()
  readonly #watches = new Set<Watch>()
  #lastSequence = 0

  get size(): number {
    return this.#sequences.size
  }

  add(item: T): void {
    this.#sequences.set(item, ++this.#lastSequence)
  }

  delete(item: T): void {
    const sequence = this.#sequences.get(item)
    if (sequence === undefined) return
    this.#sequences.delete(item)
    for (const watch of this.#watches) {
      if (sequence > watch.lastSequence || --watch.remaining > 0) continue
      this.#watches.delete(watch)
      watch.gone.resolve()
    }
  }

  /** Resolves when all that are here now are gone, whatever comes after them. */
  whenGone(): Promise<void> {
    if (this.size === 0) return Promise.resolve()
    const watch = { lastSequence: this.#lastSequence, remaining: this.size, gone: new Deferred<void>() }
    this.#watches.add(watch)
    return watch.gone.promise
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#sequences.keys()
  }
}
