import { Deferred } from '../../core/deferred.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

/** Promises of `flush` that resolve when batches are on disk or have their verdict. */
export class DurableWaits {
  readonly #waits = new Map<ProducerBatch, Deferred<void>>()

  wait(batch: ProducerBatch): Promise<void> {
    const wait = this.#waits.get(batch) ?? new Deferred<void>()
    this.#waits.set(batch, wait)
    return wait.promise
  }

  reached(batch: ProducerBatch): void {
    this.#waits.get(batch)?.resolve()
    this.#waits.delete(batch)
  }

  /** The batch is lost: it could not be written to disk. */
  failed(batch: ProducerBatch, error: Error): void {
    this.#waits.get(batch)?.reject(error)
    this.#waits.delete(batch)
  }
}
