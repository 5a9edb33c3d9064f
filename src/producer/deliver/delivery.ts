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

/** Where batches go from here, and what is told of them on their way. */
export interface DeliveryListener extends Pick<SendContext, 'measured'> {
  /** What the last request carried is stored. */
  delivered(batch: ProducerBatch): void
  /** What the last request carried is given up; `'parked'` where it is kept elsewhere, and comes back by {@link Delivery.postpone}. */
  failed(batch: ProducerBatch, failure: BatchFailure): 'parked' | undefined
  /** The one log that the last request carried is refused. */
  refused(batch: ProducerBatch, error: SinkError): void
  attempted(batch: ProducerBatch): void
  retrying(batch: ProducerBatch, outcome: Extract<SendOutcome, { kind: 'retry' }>): void
  split(reason: SplitReason): void
  /** A deadline may have come closer or gone away. */
  rescheduled(): void
  foreignError(error: Error): void
}

/** What is where, now, and what was done so far. */
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
 * The way of a sealed batch to its verdict: (group order) -> IO pool -> lane, and back to the pool by the retry queue, by
 * the breakers that hold what goes to a failing destination, or for the next part of a batch that was split.
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
    // Each request under way listens, and there is one for each lane: no leak.
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

  /** There is a verdict over a batch or, where it was split, over a part. It may have come from elsewhere: its time is up. */
  completed(batch: ProducerBatch): void {
    this.#breakers.ended(batch)
    if (!batch.hasEnded) return
    this.#pool.forget(batch)
    this.#rate.forget(batch)
    const next = this.#order?.leave(batch)
    if (next !== undefined) this.#pool.submit(next)
  }

  /** The batch is tried again after so many milliseconds. */
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

  /** Closing: whatever waits goes now, without waiting out any back-off. */
  beginClosing(): void {
    this.#isClosing = true
    this.#breakers.letAll()
    this.#retries.moveAll()
  }

  /** Ends requests under way. */
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

  /** Who is told may be code of the user: only afterwards may anybody else give up the batch. */
  #attempted(batch: ProducerBatch): void {
    this.#listener.attempted(batch)
    batch.inFlight = false
  }

  /** A batch that was split goes on with its next part. What came too late, the batch having ended, changes nothing. */
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

  /** In flight until it has its verdict: routers and clocks are asked before, and may be code of the user, which may send. */
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
