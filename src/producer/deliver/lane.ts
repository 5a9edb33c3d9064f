import type { ProducerBatch } from '../batch/producer-batch.ts'
import { FairQueue } from './fair-queue.ts'
import { type SendContext, type SendOutcome, SendTask } from './send-task.ts'

/** Figures of one lane: `waiting` and `busy` are the current state, the others only grow. */
export interface LaneMetrics {
  /** Index of the lane, from 0. */
  readonly index: number
  /** Whether a request is in flight. */
  readonly busy: boolean
  /** Batches in the queue of the lane, which no other lane may take. */
  readonly waiting: number
  /** Most batches that were ever in the lane at once, including the one in flight. */
  readonly highWaterBatches: number
  /** Batches that entered the lane. */
  readonly batchesIn: number
  /** Batches that left the lane. */
  readonly batchesOut: number
  /** Requests made, each attempt counted. */
  readonly requests: number
  /** Requests that failed, including those that are repeated. */
  readonly failedRequests: number
  /** Bytes sent, after compression. */
  readonly sentBytes: number
}

/** A lane, and what it works on. */
export interface LaneInspection extends LaneMetrics {
  /** The batch that the lane works on; undefined where it has none. */
  readonly current: LaneWork | undefined
}

/** A batch in a lane. */
export interface LaneWork {
  /** The project that it goes to. */
  readonly project: string
  /** The logstore that it goes to. */
  readonly logstore: string
  /** Logs without a verdict. */
  readonly logCount: number
  /** Bytes before compression. */
  readonly rawSizeInBytes: number
  /** Requests that were made for it before. */
  readonly attemptCount: number
  /** Age of the request in flight, in milliseconds; 0 while there is none. */
  readonly requestMs: number
}

export interface LaneListener {
  /** The lane has room again. `requests` were made for the batch: 1, or 0 when it never got that far. */
  done(lane: Lane, batch: ProducerBatch, outcome: SendOutcome | undefined, requests: number): void
  /** Whether a batch of the project may have a lane now. */
  mayTake(project: string): boolean
  /** The batch has left the queue, and the lane works on it. */
  began(batch: ProducerBatch): void
  /** The lane was retired before the batch's turn came. */
  reroute(batch: ProducerBatch): void
}

/** One unit of sending capacity: sends one batch at a time, in order, over its own connection. */
export class Lane {
  readonly index: number
  /** When the lane last had nothing to do, on the monotonic clock. */
  idleSinceMs = 0
  readonly #context: SendContext
  readonly #listener: LaneListener
  readonly #line = new FairQueue()
  /** What the lane works on. */
  #current: ProducerBatch | undefined
  #batchesIn = 0
  #batchesOut = 0
  #highWaterBatches = 0
  #requests = 0
  #failedRequests = 0
  #sentBytes = 0

  constructor(index: number, context: SendContext, listener: LaneListener) {
    this.index = index
    this.#context = context
    this.#listener = listener
  }

  /** Batches in the line and under way. */
  get load(): number {
    return this.#line.size + (this.#current === undefined ? 0 : 1)
  }

  get isIdle(): boolean {
    return this.load === 0
  }

  get waiting(): number {
    return this.#line.size
  }

  get sentBytes(): number {
    return this.#sentBytes
  }

  get metrics(): LaneMetrics {
    return {
      index: this.index,
      busy: this.#current !== undefined,
      waiting: this.#line.size,
      highWaterBatches: this.#highWaterBatches,
      batchesIn: this.#batchesIn,
      batchesOut: this.#batchesOut,
      requests: this.#requests,
      failedRequests: this.#failedRequests,
      sentBytes: this.#sentBytes,
    }
  }

  inspect(nowMs: number): LaneInspection {
    return { ...this.metrics, current: this.#current && workOf(this.#current, nowMs) }
  }

  add(batch: ProducerBatch): void {
    this.#batchesIn++
    this.#line.push(batch)
    this.next()
    this.#highWaterBatches = Math.max(this.#highWaterBatches, this.load)
  }

  /** The batch has its verdict. */
  forget(batch: ProducerBatch): void {
    this.#line.forget(batch)
  }

  /** The lane takes no more batches: the one in flight ends here, and the waiting ones go to other lanes at once. */
  retire(): void {
    for (let batch = this.#line.shift(); batch !== undefined; batch = this.#line.shift()) this.#listener.reroute(batch)
  }

  /** Starts the next batch of the queue, if the lane is free and the project of the batch may have it. */
  next(): void {
    const batch = this.#current ? undefined : this.#line.shift((project) => this.#listener.mayTake(project))
    if (batch === undefined) return
    this.#current = batch
    this.#listener.began(batch)
    const attemptsBefore = batch.history.attemptCount
    // The task never rejects.
    void this.#run(batch).then((outcome) => this.#done(batch, outcome, batch.history.attemptCount - attemptsBefore))
  }

  async #run(batch: ProducerBatch): Promise<SendOutcome | undefined> {
    if (batch.hasEnded) return undefined
    if (!this.#context.admit(batch)) return undefined
    return new SendTask(batch, this.#context, this.index).run()
  }

  #done(batch: ProducerBatch, outcome: SendOutcome | undefined, requests: number): void {
    this.#current = undefined
    this.#batchesOut++
    this.#requests += requests
    if (outcome?.kind !== 'delivered') this.#failedRequests += requests
    if (requests > 0) this.#sentBytes += batch.payload?.bytes.length ?? 0
    this.#listener.done(this, batch, outcome, requests)
    this.next()
  }
}

function workOf(batch: ProducerBatch, nowMs: number): LaneWork {
  const { key, logCount, partSizeInBytes: rawSizeInBytes, history, inFlight, attemptBeganMs } = batch
  const { project, logstore } = key
  const requestMs = inFlight ? Math.max(0, nowMs - attemptBeganMs) : 0
  return { project, logstore, logCount, rawSizeInBytes, attemptCount: history.attemptCount, requestMs }
}
