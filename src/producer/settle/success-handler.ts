import type { Clock } from '../../core/clock.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { resultOf } from './batch-result.ts'
import { type SettlementListener, SettlementQueue } from './settlement-queue.ts'

/** Settles what was delivered: batches, or the part in front of a batch that was split. */
export class SuccessHandler {
  readonly #clock: Clock
  readonly #queue: SettlementQueue

  constructor(clock: Clock, listener: SettlementListener) {
    this.#clock = clock
    this.#queue = new SettlementQueue(listener)
  }

  add(batch: ProducerBatch): void {
    if (batch.hasEnded) return
    const result = resultOf(batch, true, this.#clock.monotonicMs())
    this.#queue.add({ batch, outcome: 'delivered', error: null, result, ...batch.takePart('delivered') })
  }
}
