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
    // Asked before the batch is: the clock may be code of the user, whose sends may drop this very batch.
    const nowMs = this.#clock.monotonicMs()
    if (batch.hasEnded) return
    const result = resultOf(batch, true, nowMs)
    this.#queue.add({ batch, outcome: 'delivered', error: null, result, ...batch.takePart('delivered') })
  }
}
