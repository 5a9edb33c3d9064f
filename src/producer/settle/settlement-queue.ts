import { toError } from '../../core/errors.ts'
import { Fifo } from '../../core/fifo.ts'
import { watchForeign } from '../../core/safe-emitter.ts'
import type { ProducerBatch } from '../accumulate/producer-batch.ts'
import type { PendingSend } from './pending-send.ts'
import type { SendError } from './send-error.ts'
import type { SendResult } from './send-result.ts'

/** A batch with its verdict, on its way to the sends that wait for it. */
export interface Settlement {
  readonly batch: ProducerBatch
  readonly error: SendError | null
  readonly result: SendResult
}

/** What the handlers need of the rest of the producer, which they do not know. */
export interface SettlementOutlets {
  /** First of all: from the verdict on the logs are not in memory any more, and the books must balance at any moment. */
  counted(settlement: Settlement): void
  /** Before the callbacks: one may call `send`, and would else wait for itself. */
  release(batch: ProducerBatch): void
  /** After the last callback. */
  settled(settlement: Settlement): void
  foreignError(error: Error): void
}

/** Sends settled in one turn of the event loop: about a millisecond of callbacks that only count. */
const SENDS_PER_TURN = 4096

/**
 * Settles batches, in order, a slice per turn of the event loop. There is one for successes and one for failures, so
 * that many of one kind do not delay the other, and neither delays the lanes.
 */
export class SettlementQueue {
  readonly #outlets: SettlementOutlets
  readonly #queue = new Fifo<Settlement>()
  /** Sends of the first batch in the queue that are settled already. */
  #settledSends = 0
  #scheduled = false
  readonly #onForeignError = (error: Error) => this.#outlets.foreignError(error)

  constructor(outlets: SettlementOutlets) {
    this.#outlets = outlets
  }

  add(settlement: Settlement): void {
    this.#outlets.counted(settlement)
    this.#outlets.release(settlement.batch)
    settlement.batch.releaseBody()
    this.#queue.push(settlement)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#run())
  }

  #run(): void {
    this.#scheduled = false
    let budget = SENDS_PER_TURN
    while (budget > 0) {
      const settlement = this.#queue.peek()
      if (settlement === undefined) return
      budget -= this.#settleSlice(settlement, budget)
      if (this.#settledSends < settlement.batch.sends.length) break
      this.#queue.shift()
      this.#settledSends = 0
      this.#outlets.settled(settlement)
    }
    if (this.#queue.size > 0) this.#schedule()
  }

  /** Returns what it cost, at least 1. No closure for each send: this runs once for every log. */
  #settleSlice({ batch, error, result }: Settlement, budget: number): number {
    const first = this.#settledSends
    const end = Math.min(batch.sends.length, first + budget)
    while (this.#settledSends < end) {
      const send = batch.sends[this.#settledSends++] as PendingSend
      try {
        watchForeign(send.settle(error, result), this.#onForeignError)
      } catch (thrown) {
        this.#onForeignError(toError(thrown))
      }
    }
    return end - first + 1
  }
}
