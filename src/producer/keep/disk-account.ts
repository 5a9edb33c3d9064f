import { Deferred } from '../../core/deferred.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

/** Counts the logs on disk, and knows the batches that are on disk and in memory. */
export class DiskAccount {
  readonly #both = new Set<ProducerBatch>()
  readonly #empty: Deferred<void>[] = []
  #logs = 0
  #handedOverLogs = 0

  /** Logs on disk, including those of batches that are also in memory. */
  get logs(): number {
    return this.#logs
  }

  /** The part of {@link logs} in batches that are also in memory. */
  get bothLogs(): number {
    let logs = 0
    for (const batch of this.#both) logs += batch.logCount
    return logs
  }

  /** Batches that are on disk and in memory. */
  get both(): Iterable<ProducerBatch> {
    return this.#both
  }

  /** Logs were written to disk, or were found there. */
  add(logCount: number): void {
    this.#logs += logCount
  }

  /** Logs on disk got their verdict. */
  remove(logCount: number): void {
    this.#logs -= logCount
    this.#look()
  }

  /** Another process took over logs on disk: {@link whenEmpty} does not wait for them. */
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

  /** Resolves when no logs of this producer are on disk. */
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
