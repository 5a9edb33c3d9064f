import PQueue from 'p-queue'
import type { SinkError } from '../../sls/sink.ts'
import type { SplitReason } from '../accumulate/batch-parts.ts'
import type { ProducerBatch } from '../accumulate/producer-batch.ts'
import type { BatchFailure } from '../settle/send-error.ts'
import { Lane, type LaneMetrics } from './lane.ts'
import { expiredFailure, type SendContext, type SendOutcome } from './send-task.ts'

/** Where a batch goes from its lane. */
export interface Outlets {
  delivered(batch: ProducerBatch): void
  retry(batch: ProducerBatch, outcome: Extract<SendOutcome, { kind: 'retry' }>): void
  failed(batch: ProducerBatch, failure: BatchFailure): void
  /** To be cut in two, and sent on. */
  split(batch: ProducerBatch, reason: SplitReason): void
  /** Its only log is refused. */
  refused(batch: ProducerBatch, error: SinkError): void
}

/**
 * Sending capacity: a number of lanes and one queue of sealed batches before them. A batch goes to the lane that has
 * been idle for longest, so no lane is idle while work waits, and a lane that hangs holds up its own batch alone.
 */
export class IoPool {
  readonly #queue: PQueue
  readonly #lanes: Lane[] = []
  readonly #idle: Lane[] = []
  readonly #context: SendContext
  readonly #outlets: Outlets

  constructor(lanes: number, context: SendContext, outlets: Outlets) {
    this.#queue = new PQueue({ concurrency: lanes })
    this.#context = context
    this.#outlets = outlets
  }

  get queued(): number {
    return this.#queue.size
  }

  get inFlight(): number {
    return this.#queue.pending
  }

  get laneMetrics(): readonly LaneMetrics[] {
    return this.#lanes.map((lane) => lane.metrics)
  }

  /** Lanes at work finish what they have; fewer or more take the next batches. */
  resize(lanes: number): void {
    this.#queue.concurrency = lanes
  }

  submit(batch: ProducerBatch): void {
    // Half a batch holds the memory of a whole one: what is begun comes first.
    const priority = batch.isRestored ? 1 : 0
    // The task never rejects, and p-queue's own promise with it.
    void this.#queue.add(() => this.#send(batch), { priority })
  }

  async #send(batch: ProducerBatch): Promise<void> {
    if (batch.hasEnded) return
    const { clock } = this.#context
    if (batch.deadlineMs <= clock.monotonicMs()) return this.#outlets.failed(batch, expiredFailure(batch))
    const lane = this.#idle.shift() ?? this.#addLane()
    const outcome = await lane.send(batch)
    this.#idle.push(lane)
    this.#dispatch(batch, outcome)
  }

  #addLane(): Lane {
    const lane = new Lane(this.#context)
    this.#lanes.push(lane)
    return lane
  }

  #dispatch(batch: ProducerBatch, outcome: SendOutcome): void {
    switch (outcome.kind) {
      case 'delivered':
        return this.#outlets.delivered(batch)
      case 'retry':
        return this.#outlets.retry(batch, outcome)
      case 'failed':
        return this.#outlets.failed(batch, outcome.failure)
      case 'split':
        return this.#outlets.split(batch, outcome.reason)
      case 'refused':
        return this.#outlets.refused(batch, outcome.error)
    }
  }
}
