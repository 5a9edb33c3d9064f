import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { RetryReason } from './retry-policy.ts'

/** `closed`: batches are sent. `open`: they are held. `half-open`: one at a time is sent as a probe. */
export type BreakerState = 'closed' | 'open' | 'half-open'

const FAILURES_BEFORE_PAUSE = 5
/** After a quota error one success is not enough: the next batches could exceed the quota again. */
const PROBES_AFTER_QUOTA = 3
/** Back-offs grow during an outage, and its end would be noticed late. So held batches take turns as probes. */
const LONGEST_PAUSE_MS = 2000

/**
 * The circuit breaker of one logstore, from its first failure until it succeeds again; then it is discarded. Closed: batches are
 * sent. Open: they are held. Half-open: one batch at a time is sent as a probe, oldest first, and its result decides. The pause is
 * the back-off of the failed batch, so that a batch without others is sent at the same times as without a breaker. If others are
 * held, the pause is never longer than {@link LONGEST_PAUSE_MS}, except after a quota error.
 */
export class CircuitBreaker {
  readonly #held = new Set<ProducerBatch>()
  /** Batches that have failed and have no verdict. When the last is gone and nothing is held, the breaker is discarded: see {@link isIdle}. */
  readonly #failing = new Set<ProducerBatch>()
  #state: BreakerState = 'closed'
  #pausedUntilMs = 0
  #probe: ProducerBatch | undefined
  #probesToPass = 1
  #failures = 0

  get state(): BreakerState {
    return this.#state
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** Whether the breaker is no longer needed. */
  get isIdle(): boolean {
    return this.#probe === undefined && this.#held.size === 0 && this.#failing.size === 0
  }

  /** When the pause is over, on the monotonic clock. */
  get nextDueMs(): number {
    return this.#state === 'open' ? this.#pausedUntilMs : Number.POSITIVE_INFINITY
  }

  get held(): ReadonlySet<ProducerBatch> {
    return this.#held
  }

  /** A probe may pass any number of times: it may have to queue for a lane. */
  lets(batch: ProducerBatch): boolean {
    return this.isClosed || this.#probe === batch
  }

  hold(batch: ProducerBatch): void {
    this.#held.add(batch)
  }

  /** The batch to send as a probe, if it is time for one and none is in flight. */
  takeProbe(nowMs: number): ProducerBatch | undefined {
    if (this.#state === 'open' && nowMs >= this.#pausedUntilMs) this.#state = 'half-open'
    if (this.#state !== 'half-open' || this.#probe !== undefined) return undefined
    this.#probe = this.#takeOldest()
    return this.#probe
  }

  /** Everything held, oldest first. */
  takeAll(): ProducerBatch[] {
    const batches = [...this.#held].filter((batch) => !batch.hasEnded)
    this.#held.clear()
    return batches.sort((a, b) => a.openedAtMs - b.openedAtMs)
  }

  /** The result of a batch that was in flight when the pause began does not count. */
  delivered(batch: ProducerBatch): void {
    this.#failing.delete(batch)
    if (this.#probe !== batch) return
    this.#probe = undefined
    if (--this.#probesToPass === 0) this.#state = 'closed'
  }

  retrying(batch: ProducerBatch, reason: RetryReason, retryAtMs: number, nowMs: number): void {
    this.#failing.add(batch)
    if (reason === 'quota') this.#probesToPass = PROBES_AFTER_QUOTA
    if (this.#probe === batch) {
      this.#probe = undefined
      this.#pause(reason === 'quota' ? retryAtMs : Math.min(retryAtMs, nowMs + LONGEST_PAUSE_MS))
    } else if (reason === 'quota') {
      this.#pause(Math.max(retryAtMs, this.#pausedUntilMs))
    } else if (reason === 'back-off' && this.isClosed && ++this.#failures >= FAILURES_BEFORE_PAUSE) {
      this.#pause(retryAtMs)
    }
  }

  /** Forgets the batch. */
  ended(batch: ProducerBatch): void {
    this.#held.delete(batch)
    this.#failing.delete(batch)
    if (this.#probe === batch) this.#probe = undefined
  }

  #pause(untilMs: number): void {
    this.#state = 'open'
    this.#pausedUntilMs = untilMs
  }

  /** A scan, but one for each probe, not for each batch. */
  #takeOldest(): ProducerBatch | undefined {
    let oldest: ProducerBatch | undefined
    for (const batch of this.#held) {
      if (batch.hasEnded) this.#held.delete(batch)
      else if (oldest === undefined || batch.openedAtMs < oldest.openedAtMs) oldest = batch
    }
    if (oldest !== undefined) this.#held.delete(oldest)
    return oldest
  }
}
