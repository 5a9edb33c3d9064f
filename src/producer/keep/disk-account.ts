import { Deferred } from '../../core/deferred.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

/** What is on disk, counted in logs, and the batches that are in memory as well. */
export class DiskAccount {
  readonly #both = new Set<ProducerBatch>()
  readonly #empty: Deferred<void>[] = []
  #logs = 0
  #handedOverLogs = 0

  /** Logs on disk, those of batches that are in memory as well included. */
  get logs(): number {
    return this.#logs
  }

  /** Of {@link logs}: those of batches that are in memory as well. */
  get bothLogs(): number {
    let logs = 0
    for (const batch of this.#both) logs += batch.logCount
    return logs
  }

  /** Batches that are on disk and in memory. */
  get both(): Iterable<ProducerBatch> {
    return this.#both
  }

  /** Logs came to disk, or were found there. */
  add(logCount: number): void {
    this.#logs += logCount
  }

  /** Logs on disk have their verdict. */
  remove(logCount: number): void {
    this.#logs -= logCount
    this.#look()
  }

  /** They are on disk, and another process has them: nobody here waits for them. */
  handOver(logCount: number): void {
    this.#handedOverLogs += logCount
    this.#look()
  }

  enterMemory(batch: ProducerBatch): void {
    this.#both.add(batch)
  }

  leaveMemory(batch: ProducerBatch): void {
    this.#both.delete(batch)
  }

  /** Resolves when nothing of this producer's is on disk. */
  async whenEmpty(): Promise<void> {
    if (this.#isEmpty) return
    const waiter = new Deferred<void>()
    this.#empty.push(waiter)
    await waiter.promise
  }

  get #isEmpty(): boolean {
    return this.#logs === this.#handedOverLogs
  }

  #look(): void {
    if (this.#isEmpty) for (const waiter of this.#empty.splice(0)) waiter.resolve()
  }
}
