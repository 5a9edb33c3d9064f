import type { Clock } from '../../core/clock.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { resultOf } from './batch-result.ts'
import { type SettlementListener, SettlementQueue } from './settlement-queue.ts'

/** Tells of success: what was delivered, batches or the part in front of one that was split; and what is on disk. */
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

  /** Those who waited for no more than that their logs are on disk are told. It is no verdict over the batch. */
  addDurable(batch: ProducerBatch): void {
    const result = resultOf(batch, true, this.#clock.monotonicMs())
    this.#queue.add({ batch, outcome: 'spooled', error: null, result, isInterim: true, ...batch.takeDurable() })
  }
}
