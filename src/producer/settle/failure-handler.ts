import type { Clock } from '../../core/clock.ts'
import type { ProducerBatch } from '../accumulate/producer-batch.ts'
import { type BatchFailure, SendError } from './send-error.ts'
import { resultOf } from './send-result.ts'
import { type SettlementOutlets, SettlementQueue } from './settlement-queue.ts'

/** Settles batches that were given up. Every send of a batch gets the same error object. */
export class FailureHandler {
  readonly #clock: Clock
  readonly #queue: SettlementQueue

  constructor(clock: Clock, outlets: SettlementOutlets) {
    this.#clock = clock
    this.#queue = new SettlementQueue(outlets)
  }

  add(batch: ProducerBatch, failure: BatchFailure): void {
    if (!batch.end('failed')) return
    const result = resultOf(batch, this.#clock.monotonicMs())
    this.#queue.add({ batch, error: new SendError(failure, result), result })
  }
}
