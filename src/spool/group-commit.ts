import { Deferred } from '../core/deferred.ts'
import { Fifo } from '../core/fifo.ts'

interface Waiting<T, R> {
  readonly item: T
  readonly bytes: number
  readonly done: Deferred<R>
}

/** All that waits while one write and its sync are under way goes into the next: one sync for many appends. */
export class GroupCommit<T, R> {
  readonly #commit: (items: readonly T[]) => Promise<readonly R[]>
  readonly #mostBytes: number
  readonly #mostItems: number
  readonly #waiting = new Fifo<Waiting<T, R>>()
  #running: Promise<void> | undefined

  constructor(mostBytes: number, mostItems: number, commit: (items: readonly T[]) => Promise<readonly R[]>) {
    this.#mostBytes = mostBytes
    this.#mostItems = mostItems
    this.#commit = commit
  }

  add(item: T, bytes: number): Promise<R> {
    const done = new Deferred<R>()
    this.#waiting.push({ item, bytes, done })
    this.#running ??= this.#run()
    return done.promise
  }

  /** Everything that was added before has its verdict. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // What is added in the same turn goes along.
    await Promise.resolve()
    while (this.#waiting.size > 0) {
      const group = this.#next()
      try {
        const results = await this.#commit(group.map(({ item }) => item))
        group.forEach(({ done }, index) => {
          done.resolve(results[index] as R)
        })
      } catch (error) {
        for (const { done } of group) done.reject(error as Error)
      }
    }
    this.#running = undefined
  }

  #next(): Waiting<T, R>[] {
    const group: Waiting<T, R>[] = []
    let bytes = 0
    for (let first = this.#waiting.peek(); first !== undefined; first = this.#waiting.peek()) {
      bytes += first.bytes
      if (group.length > 0 && (bytes > this.#mostBytes || group.length === this.#mostItems)) break
      group.push(this.#waiting.shift() as Waiting<T, R>)
    }
    return group
  }
}
