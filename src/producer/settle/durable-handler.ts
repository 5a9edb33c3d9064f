import type { Clock } from '../../core/clock.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { resultOf } from './batch-result.ts'
import { type SettlementListener, SettlementQueue } from './settlement-queue.ts'

/** Tells those who waited for no more than that their logs are on disk. It is no verdict over the batch. */
export class DurableHandler {
  readonly #clock: Clock
  readonly #queue: SettlementQueue

  constructor(clock: Clock, listener: SettlementListener) {
    this.#clock = clock
    this.#queue = new SettlementQueue(listener)
  }

  add(batch: ProducerBatch): void {
    const result = resultOf(batch, true, this.#clock.monotonicMs())
    this.#queue.add({ batch, outcome: 'spooled', error: null, result, ...batch.takeDurable() })
  }
}
