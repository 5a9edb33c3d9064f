import type { ProducerBatch } from '../accumulate/producer-batch.ts'
import { type SendContext, type SendOutcome, SendTask } from './send-task.ts'

/** Counters of one lane. All but `busy` only grow. */
export interface LaneMetrics {
  readonly busy: boolean
  readonly requests: number
  readonly delivered: number
  readonly failedRequests: number
  readonly sentBytes: number
}

/** One unit of sending capacity: one batch at a time. */
export class Lane {
  readonly #context: SendContext
  #busy = false
  #requests = 0
  #delivered = 0
  #sentBytes = 0

  constructor(context: SendContext) {
    this.#context = context
  }

  get metrics(): LaneMetrics {
    return {
      busy: this.#busy,
      requests: this.#requests,
      delivered: this.#delivered,
      failedRequests: this.#requests - this.#delivered,
      sentBytes: this.#sentBytes,
    }
  }

  async send(batch: ProducerBatch): Promise<SendOutcome> {
    const attemptsBefore = batch.attemptCount
    this.#busy = batch.inFlight = true
    const outcome = await new SendTask(batch, this.#context).run()
    this.#busy = batch.inFlight = false
    this.#requests += batch.attemptCount - attemptsBefore
    if (outcome.kind === 'delivered') this.#delivered++
    this.#sentBytes += batch.payload?.bytes.length ?? 0
    return outcome
  }
}
