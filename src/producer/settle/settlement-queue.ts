// Imported: fake timers of a test of the application replace the global one.
import { setImmediate } from 'node:timers'
import { Fifo } from '../../core/fifo.ts'
import type { BatchOutcome, ProducerBatch, SettledPart } from '../batch/producer-batch.ts'
import { isRun, type PendingSend } from '../sends/pending-send.ts'
import type { SendError } from '../sends/send-error.ts'
import type { SendResult } from '../sends/send-result.ts'
import type { DeadLetter } from './dead-letter.ts'

/** A batch, or a part of one, with its verdict; its waiting sends do not know it yet. */
export interface Settlement extends SettledPart {
  readonly batch: ProducerBatch
  readonly outcome: BatchOutcome
  /** Null if it was delivered. */
  readonly error: SendError | null
  readonly result: SendResult
  readonly deadLetter?: DeadLetter
  /** No verdict: these sends waited for less, or will not be told of it, and the batch goes on without them. */
  readonly isInterim?: true
}

/** The callbacks of the handlers to the rest of the producer, which they do not know. */
export interface SettlementListener {
  /**
   * The batch, or the part, has its verdict, or some of its sends are settled before. Memory is released now, before the callbacks:
   * a callback may call `send`, which would otherwise wait for itself. Counters change now: a callback may read the metrics.
   */
  completed(settlement: Settlement): void
  /** After the last callback. */
  settled(settlement: Settlement): void
  foreignError(error: Error): void
}

/** Logs settled in one turn of the event loop: about a millisecond of callbacks that only count. */
const LOGS_PER_TURN = 4096

/**
 * Settles batches, in order, a slice per turn of the event loop. There is one for successes and one for failures, so
 * that many of one kind do not delay the other, and neither delays the lanes.
 */
export class SettlementQueue {
  readonly #listener: SettlementListener
  readonly #queue = new Fifo<Settlement>()
  /** Sends of the first settlement in the queue that are settled already. */
  #settledSends = 0
  #scheduled = false
  readonly #onForeignError = (error: Error) => this.#listener.foreignError(error)

  constructor(listener: SettlementListener) {
    this.#listener = listener
  }

  add(settlement: Settlement): void {
    this.#listener.completed(settlement)
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
    let budget = LOGS_PER_TURN
    while (budget > 0) {
      const settlement = this.#queue.peek()
      if (settlement === undefined) return
      budget -= this.#settleSlice(settlement, budget)
      if (this.#settledSends < settlement.sends.length) break
      this.#queue.shift()
      this.#settledSends = 0
      this.#listener.settled(settlement)
    }
    if (this.#queue.size > 0) this.#schedule()
  }

  /** Returns its cost, at least 1: a list costs as much as one log, a run as much as its logs. */
  #settleSlice({ sends, error, result }: Settlement, budget: number): number {
    let cost = 1
    while (this.#settledSends < sends.length && cost <= budget) {
      const send = sends[this.#settledSends++] as PendingSend
      cost += isRun(send) ? send.logCount : 1
      send.settle(error, result, this.#onForeignError)
    }
    return cost
  }
}
