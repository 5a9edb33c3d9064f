import { setMaxListeners } from 'node:events'
import type { Clock } from '../../core/clock.ts'
import type { DueSource } from '../../core/due-source.ts'
import { toError } from '../../core/errors.ts'
import type { Payload, Sink, SinkError } from '../../sls/sink.ts'
import type { SplitReason } from '../batch/batch-parts.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { LiveOptions } from '../options.ts'
import type { BatchFailure } from '../sends/send-error.ts'
import { type BreakerInspection, CircuitBreakers } from './circuit-breakers.ts'
import { GroupOrder } from './group-order.ts'
import { IoPool } from './io-pool.ts'
import type { LaneInspection, LaneMetrics } from './lane.ts'
import { laneRange } from './lane-range.ts'
import { RateLimiter } from './rate-limiter.ts'
import { RetryQueue } from './retry-queue.ts'
import { createRouter } from './router.ts'
import type { RouterFunction, RouterName } from './router-option.ts'
import type { SendContext, SendOutcome } from './send-task.ts'

export interface DeliveryParts {
  readonly options: LiveOptions
  readonly sink: Sink
  readonly router: RouterName | RouterFunction
  readonly compress: (raw: Buffer) => Promise<Payload>
  readonly clock: Clock
  readonly random: () => number
}

/** The callbacks of delivery. */
export interface DeliveryListener extends Pick<SendContext, 'measured'> {
  /** The logs of the last request are stored. */
  delivered(batch: ProducerBatch): void
  /** The logs of the last request are given up. Returns `'parked'` if they are kept elsewhere and come back by {@link Delivery.postpone}. */
  failed(batch: ProducerBatch, failure: BatchFailure): 'parked' | undefined
  /** The single log of the last request is refused. */
  refused(batch: ProducerBatch, error: SinkError): void
  attempted(batch: ProducerBatch): void
  retrying(batch: ProducerBatch, outcome: Extract<SendOutcome, { kind: 'retry' }>): void
  split(reason: SplitReason): void
  /** The next deadline may have changed. */
  rescheduled(): void
  foreignError(error: Error): void
}

/** The current state of delivery, and its counters. */
export interface DeliveryState {
  readonly queued: number
  readonly inFlight: number
  readonly retrying: number
  readonly held: number
  readonly inLine: number
  readonly requests: number
  readonly failedRequests: number
  readonly lanes: readonly LaneMetrics[]
}

/**
 * The path of a sealed batch to its verdict: (group order) -> IO pool -> lane. A batch returns to the pool from the retry queue,
 * from the breaker of a failing destination, or for the next part of a batch that was split.
 */
export class Delivery {
  readonly #options: LiveOptions
  readonly #clock: Clock
  readonly #listener: DeliveryListener
  readonly #order: GroupOrder | undefined
  readonly #breakers: CircuitBreakers
  readonly #retries: RetryQueue
  readonly #rate: RateLimiter
  readonly #pool: IoPool
  readonly #abort = new AbortController()
  #isClosing = false

  constructor(parts: DeliveryParts, listener: DeliveryListener) {
    // Each request in flight has a listener, one for each lane: this is not a leak.
    setMaxListeners(0, this.#abort.signal)
    this.#options = parts.options
    this.#clock = parts.clock
    this.#listener = listener
    this.#order = parts.router === 'key-hash' ? new GroupOrder() : undefined
    this.#breakers = new CircuitBreakers(parts.clock, (batch) => this.#pool.submit(batch))
    this.#retries = new RetryQueue((batch) => this.#pool.submit(batch))
    this.#rate = new RateLimiter(parts.clock)
    const { lanes, rateLimit } = parts.options.current
    this.#rate.update(rateLimit)
    const router = createRouter(parts.router, (thrown) => listener.foreignError(toError(thrown)))
    this.#pool = new IoPool({ lanes: laneRange(lanes), router }, this.#sendContext(parts), {
      delivered: (batch) => this.#delivered(batch),
      retry: (batch, outcome) => this.#retry(batch, outcome),
      failed: (batch, failure) => this.#goOn(batch, () => listener.failed(batch, failure)),
      split: (batch, reason) => this.#goOn(batch, () => this.#split(batch, reason)),
      refused: (batch, error) => this.#goOn(batch, () => listener.refused(batch, error)),
    })
  }

  get dueSources(): readonly DueSource[] {
    return [this.#retries, this.#breakers]
  }

  /** Batches that wait for a lane. */
  get queued(): number {
    return this.#pool.queued
  }

  get state(): DeliveryState {
    return {
      queued: this.#pool.queued,
      inFlight: this.#pool.inFlight,
      retrying: this.#retries.size,
      held: this.#breakers.metrics.heldBatches,
      inLine: this.#order?.waiting ?? 0,
      requests: this.#pool.requests,
      failedRequests: this.#pool.failedRequests,
      lanes: this.#pool.laneMetrics,
    }
  }

  inspect(nowMs: number): {
    readonly lanes: readonly LaneInspection[]
    readonly breakers: readonly BreakerInspection[]
  } {
    return { lanes: this.#pool.inspectLanes(nowMs), breakers: this.#breakers.inspect(nowMs) }
  }

  /** A batch was sealed. */
  take(batch: ProducerBatch): void {
    if (this.#order === undefined || this.#order.enter(batch)) this.#pool.submit(batch)
  }

  /** A batch or, if it was split, a part has its verdict. It may come from elsewhere, such as its deadline. */
  completed(batch: ProducerBatch): void {
    this.#breakers.ended(batch)
    if (!batch.hasEnded) return
    this.#pool.forget(batch)
    this.#rate.forget(batch)
    const next = this.#order?.leave(batch)
    if (next !== undefined) this.#pool.submit(next)
  }

  /** Tries the batch again after this number of milliseconds. */
  postpone(batch: ProducerBatch, delayMs: number): void {
    this.#breakers.ended(batch)
    this.#retries.add(batch, this.#clock.monotonicMs() + (this.#isClosing ? 0 : delayMs))
    this.#listener.rescheduled()
  }

  /** Takes over changed options. */
  retune(): void {
    const { lanes, rateLimit } = this.#options.current
    this.#pool.resize(laneRange(lanes))
    this.#rate.update(rateLimit)
  }

  /** The part of the lanes that one project may hold. */
  share(share: number): void {
    this.#pool.share(share)
  }

  /** The producer closes: sends everything that waits now, without waiting for back-offs. */
  beginClosing(): void {
    this.#isClosing = true
    this.#breakers.letAll()
    this.#retries.moveAll()
  }

  /** Ends the requests in flight. */
  abort(): void {
    this.#abort.abort()
  }

  #sendContext(parts: DeliveryParts): SendContext {
    return {
      ...parts,
      measured: this.#listener.measured,
      admit: (batch) => this.#breakers.admit(batch),
      signal: this.#abort.signal,
      isClosing: () => this.#isClosing,
      pace: (batch, { bytes }) => this.#rate.acquire(bytes.length, this.#abort.signal, batch),
    }
  }

  /** The listener may be code of the user: only afterwards may the batch be given up by other code. */
  #attempted(batch: ProducerBatch): void {
    this.#listener.attempted(batch)
    batch.inFlight = false
  }

  /** Continues a split batch with its next part. Does nothing if the batch has ended meanwhile. */
  #goOn(batch: ProducerBatch, act: () => unknown): void {
    this.#attempted(batch)
    if (batch.hasEnded) return
    if (act() !== 'parked') this.#submitRest(batch)
  }

  #submitRest(batch: ProducerBatch): void {
    if (batch.hasEnded) return
    this.#pool.submit(batch)
    this.#listener.rescheduled()
  }

  /** The batch counts as in flight until its verdict. Routers and clocks are called before, because they may be code of the user that sends. */
  #delivered(batch: ProducerBatch): void {
    this.#listener.attempted(batch)
    if (!batch.hasEnded) {
      this.#breakers.delivered(batch)
      this.#listener.delivered(batch)
    }
    batch.inFlight = false
    this.#submitRest(batch)
  }

  #retry(batch: ProducerBatch, outcome: Extract<SendOutcome, { kind: 'retry' }>): void {
    const retryAtMs = this.#clock.monotonicMs() + outcome.delayMs
    this.#attempted(batch)
    if (batch.hasEnded) return
    this.#breakers.retrying(batch, outcome.reason, retryAtMs)
    this.#retries.add(batch, retryAtMs)
    this.#listener.rescheduled()
    this.#listener.retrying(batch, outcome)
  }

  #split(batch: ProducerBatch, reason: SplitReason): void {
    this.#listener.split(reason)
    this.#breakers.ended(batch)
    batch.split(reason)
  }
}
