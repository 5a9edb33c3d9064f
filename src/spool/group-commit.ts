import { Deferred } from '../core/deferred.ts'
import { Fifo } from '../core/fifo.ts'

interface Waiting<T, R> {
  readonly item: T
  readonly bytes: number
  readonly done: Deferred<R>
}

export interface GroupCommitParts<T, R> {
  /** Of a group, unless a single item is larger. */
  readonly mostBytes: number
  readonly mostItems: number
  /** Less is not worth a write of its own beside a sync: it is written after that. */
  readonly worthWritingBytes: number
  /** Resolves when they are written, and may be synced. `durable` has a result for each. */
  readonly write: (items: readonly T[]) => Promise<{ readonly durable: Promise<readonly R[]> }>
  /** Whether something was written that has no verdict yet. */
  readonly awaitsSync: () => boolean
  /** What was written before has its verdict when it resolves. Never rejects. */
  readonly sync: () => Promise<void>
}

/**
 * All that waits while a sync is under way goes into the next: one sync for many appends. What is large is written meanwhile, so that
 * the next sync does not have to wait for that: `bench/spool.mjs append`.
 */
export class GroupCommit<T, R> {
  readonly #parts: GroupCommitParts<T, R>
  readonly #waiting = new Fifo<Waiting<T, R>>()
  #waitingBytes = 0
  #running: Promise<void> | undefined
  /** The verdicts of all groups that were written. */
  #reported: Promise<unknown> = Promise.resolve()
  /** Somebody waits for enough bytes to write. */
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

  /** Everything that was added before has its verdict. */
  async idle(): Promise<void> {
    await this.#running
    await this.#reported
  }

  async #run(): Promise<void> {
    // What is added in the same turn goes along.
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

  /** Returns its bytes. */
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
