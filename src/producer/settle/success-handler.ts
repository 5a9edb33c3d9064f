import type { Clock } from '../../core/clock.ts'
import type { ProducerBatch } from '../accumulate/producer-batch.ts'
import { resultOf } from './send-result.ts'
import { type SettlementOutlets, SettlementQueue } from './settlement-queue.ts'

/** Settles delivered batches. */
export class SuccessHandler {
  readonly #clock: Clock
  readonly #queue: SettlementQueue

  constructor(clock: Clock, outlets: SettlementOutlets) {
    this.#clock = clock
    this.#queue = new SettlementQueue(outlets)
  }

  add(batch: ProducerBatch): void {
    if (!batch.end('delivered')) return
    this.#queue.add({ batch, error: null, result: resultOf(batch, this.#clock.monotonicMs()) })
  }
}
