import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { RetryReason } from './retry-policy.ts'

/** `closed`: batches go. `open`: they are held. `half-open`: one goes at a time, to see whether it passes. */
export type BreakerState = 'closed' | 'open' | 'half-open'

const FAILURES_BEFORE_PAUSE = 5
/** After a quota, one success is no proof yet: the next burst would meet the same quota. */
const PROBES_AFTER_QUOTA = 3
/** Back-offs grow with an outage, and its end would be noticed as late again. Held batches take turns as probes. */
const LONGEST_PAUSE_MS = 2000

/**
 * The circuit breaker of one logstore, from its first failure until it passes again; then it is thrown away. Closed:
 * batches go. Open: they are held. Half-open: one at a time goes as a probe, oldest first, and what becomes of it decides. The pause is the failed batch's own back-off, so that a batch that is
 * alone is sent at the same times as without a breaker; but with others held, never longer than {@link LONGEST_PAUSE_MS}
 * unless the service spoke of a quota.
 */
export class CircuitBreaker {
  readonly #held = new Set<ProducerBatch>()
  /** Failed, and without a verdict. When the last is gone with nothing held, the trouble is forgotten: see {@link isIdle}. */
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

  /** Nothing depends on this breaker any longer. */
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

  /** A probe is let through however often it asks: it may have to queue for a lane. */
  lets(batch: ProducerBatch): boolean {
    return this.isClosed || this.#probe === batch
  }

  hold(batch: ProducerBatch): void {
    this.#held.add(batch)
  }

  /** The batch that goes as a probe, if it is time for one and none is under way. */
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

  /** A batch that was on its way when the pause began says nothing of what would happen now. */
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

  /** Whatever the batch was to this breaker, it is no longer. */
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
