import { Deferred } from '../core/deferred.ts'
import { Fifo } from '../core/fifo.ts'

interface Waiting<T, R> {
  readonly item: T
  readonly bytes: number
  readonly done: Deferred<R>
}

export interface GroupCommitParts<T, R> {
  /** Largest size of a group. A single larger item is a group of its own. */
  readonly mostBytes: number
  readonly mostItems: number
  /** Fewer bytes are not written during a sync, but after it. */
  readonly worthWritingBytes: number
  /** Resolves when the items are written and can be synced. `durable` resolves to a result for each item. */
  readonly write: (items: readonly T[]) => Promise<{ readonly durable: Promise<readonly R[]> }>
  /** Whether items were written that have no result yet. */
  readonly awaitsSync: () => boolean
  /** When it resolves, everything that was written before the call has its result. Never rejects. */
  readonly sync: () => Promise<void>
}

/**
 * Group commit: everything that arrives during a sync shares the next sync. If many bytes wait, they are written during the sync, so
 * that the next sync does not wait for that write (`bench/spool.mjs append`).
 */
export class GroupCommit<T, R> {
  readonly #parts: GroupCommitParts<T, R>
  readonly #waiting = new Fifo<Waiting<T, R>>()
  #waitingBytes = 0
  #running: Promise<void> | undefined
  /** Settles when all groups that were written have their results. */
  #reported: Promise<unknown> = Promise.resolve()
  /** Resolves when enough bytes wait to be written during a sync. */
  #enough: Deferred<void> | undefined

  constructor(parts: GroupCommitParts<T, R>) {
    this.#parts = parts
  }

  add(item: T, bytes: number): Promise<R> {
    const done = new Deferred<R>()
    this.#waiting.push({ item, bytes, done })
    this.#waitingBytes += bytes
    if (this.#waitingBytes >= this.#parts.worthWritingBytes) this.#enough?.resolve()
    this.#running ??= this.#run()
    return done.promise
  }

  /** Resolves when everything that was added before has its result. */
  async idle(): Promise<void> {
    await this.#running
    await this.#reported
  }

  async #run(): Promise<void> {
    // Items that are added in the same turn of the event loop share a group.
    await Promise.resolve()
    while (this.#waiting.size > 0 || this.#parts.awaitsSync()) {
      if (this.#waiting.size > 0) await this.#writeGroup()
      if (this.#parts.awaitsSync()) await this.#writeDuring(this.#parts.sync())
    }
    this.#running = undefined
  }

  async #writeDuring(syncing: Promise<void>): Promise<void> {
    let isOver = false
    const over = syncing.then(() => {
      isOver = true
    })
    for (let bytes = 0; bytes < this.#parts.mostBytes; ) {
      await Promise.race([over, this.#whenEnough()])
      if (isOver) return
      bytes += await this.#writeGroup()
    }
    await over
  }

  async #whenEnough(): Promise<void> {
    if (this.#waitingBytes >= this.#parts.worthWritingBytes) return
    this.#enough = new Deferred()
    await this.#enough.promise
  }

  /** Returns the size of the group in bytes. */
  async #writeGroup(): Promise<number> {
    const group = this.#next()
    try {
      const { durable } = await this.#parts.write(group.map(({ item }) => item))
      const reported = durable.then(
        (results) => group.forEach(({ done }, index) => void done.resolve(results[index] as R)),
        (error) => reject(group, error),
      )
      const before = this.#reported
      this.#reported = reported.then(() => before)
    } catch (error) {
      reject(group, error)
    }
    return group.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #next(): Waiting<T, R>[] {
    const { mostBytes, mostItems } = this.#parts
    const group: Waiting<T, R>[] = []
    let bytes = 0
    for (let first = this.#waiting.peek(); first !== undefined; first = this.#waiting.peek()) {
      if (group.length > 0 && (bytes + first.bytes > mostBytes || group.length === mostItems)) break
      bytes += first.bytes
      group.push(this.#waiting.shift() as Waiting<T, R>)
    }
    this.#waitingBytes -= bytes
    return group
  }
}

function reject<T, R>(group: readonly Waiting<T, R>[], error: unknown): void {
  for (const { done } of group) done.reject(error as Error)
}
