import type { Clock } from '../../core/clock.ts'
import type { DueSource } from '../../core/due-source.ts'
import { Fifo } from '../../core/fifo.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { type BreakerState, CircuitBreaker } from './circuit-breaker.ts'
import type { RetryReason } from './retry-policy.ts'

export interface BreakerMetrics {
  /** Destinations whose batches are held. */
  readonly open: number
  readonly heldBatches: number
  readonly heldLogs: number
}

/** The circuit breaker of one logstore. */
export interface BreakerInspection {
  /** Name of the project. */
  readonly project: string
  /** Name of the logstore. */
  readonly logstore: string
  /** `closed`: batches are sent. `open`: they are held. `half-open`: one at a time is sent as a probe. */
  readonly state: BreakerState
  /** Time until the next batch is sent as a probe, in milliseconds; undefined unless the breaker is open. */
  readonly probeInMs: number | undefined
  /** Batches that are held. */
  readonly heldBatches: number
  /** Logs in the held batches. */
  readonly heldLogs: number
}

/**
 * The circuit breakers before the lanes, one for each failing logstore. Batches that would fail wait here, without a lane and
 * without using up attempts, and do not affect other logstores. A logstore that works has no breaker.
 */
export class CircuitBreakers implements DueSource {
  readonly #clock: Clock
  readonly #release: (batch: ProducerBatch) => void
  readonly #breakers = new Map<string, CircuitBreaker>()
  readonly #leaving = new Fifo<ProducerBatch>()
  #isReleasing = false
  #isDisabled = false

  /** `release` takes batches that were held, and may lead to {@link admit} again. */
  constructor(clock: Clock, release: (batch: ProducerBatch) => void) {
    this.#clock = clock
    this.#release = release
  }

  get metrics(): BreakerMetrics {
    const breakers = [...this.#breakers.values()]
    const held = breakers.flatMap((breaker) => [...breaker.held])
    return {
      open: breakers.filter((breaker) => !breaker.isClosed).length,
      heldBatches: held.length,
      heldLogs: logsOf(held),
    }
  }

  inspect(nowMs: number): readonly BreakerInspection[] {
    return [...this.#breakers].map(([key, breaker]) => inspectionOf(key, breaker, nowMs))
  }

  /** Breakers that exist, for tests of what is left behind. */
  get size(): number {
    return this.#breakers.size
  }

  /** Returns true if the batch may have a lane now; otherwise it is held here, and `release` gets it later. */
  admit(batch: ProducerBatch): boolean {
    const breaker = this.#breakers.get(keyOf(batch))
    if (breaker === undefined || breaker.lets(batch)) return true
    breaker.hold(batch)
    const probe = breaker.takeProbe(this.#clock.monotonicMs())
    if (probe === batch) return true
    if (probe !== undefined) this.#let([probe])
    return false
  }

  /** A batch succeeded: the breaker is not needed any more, or a probe has passed. */
  delivered(batch: ProducerBatch): void {
    const key = keyOf(batch)
    const breaker = this.#breakers.get(key)
    if (breaker === undefined) return
    breaker.delivered(batch)
    if (!breaker.isClosed) return this.#proceed(key, breaker)
    this.#breakers.delete(key)
    this.#let(breaker.takeAll())
  }

  /** An attempt failed and is repeated at `retryAtMs`. Call it before the mover is rescheduled. */
  retrying(batch: ProducerBatch, reason: RetryReason, retryAtMs: number): void {
    if (this.#isDisabled) return
    const key = keyOf(batch)
    if (!this.#breakers.has(key)) {
      if (reason !== 'back-off' && reason !== 'quota') return
      this.#breakers.set(key, new CircuitBreaker())
    }
    this.#breakers.get(key)?.retrying(batch, reason, retryAtMs, this.#clock.monotonicMs())
  }

  /** The batch left in another way: given up, expired, dropped, split. Without this call its place as a probe would never be free. */
  ended(batch: ProducerBatch): void {
    const key = keyOf(batch)
    const breaker = this.#breakers.get(key)
    if (breaker === undefined) return
    breaker.ended(batch)
    this.#proceed(key, breaker)
  }

  get nextDueMs(): number {
    let nextMs = Number.POSITIVE_INFINITY
    for (const breaker of this.#breakers.values()) nextMs = Math.min(nextMs, breaker.nextDueMs)
    return nextMs
  }

  /** Sends the probes of breakers whose pause is over. */
  moveDue(nowMs: number): void {
    for (const [key, breaker] of this.#breakers) if (breaker.nextDueMs <= nowMs) this.#proceed(key, breaker)
  }

  /** The producer closes: releases everything that is held, and holds nothing from now on. */
  letAll(): void {
    this.#isDisabled = true
    const breakers = [...this.#breakers.values()]
    this.#breakers.clear()
    for (const breaker of breakers) this.#let(breaker.takeAll())
  }

  #proceed(key: string, breaker: CircuitBreaker): void {
    const probe = breaker.takeProbe(this.#clock.monotonicMs())
    if (breaker.isIdle) this.#breakers.delete(key)
    if (probe !== undefined) this.#let([probe])
  }

  /** One loop serves all: a released batch may end at once, and with that release the next. */
  #let(batches: readonly ProducerBatch[]): void {
    for (const batch of batches) this.#leaving.push(batch)
    if (this.#isReleasing) return
    this.#isReleasing = true
    for (let next = this.#leaving.shift(); next !== undefined; next = this.#leaving.shift()) this.#release(next)
    this.#isReleasing = false
  }
}

/** No logstore name has a slash, so no two destinations have the same key. */
function keyOf({ key }: ProducerBatch): string {
  return `${key.logstore}/${key.project}`
}

function inspectionOf(key: string, breaker: CircuitBreaker, nowMs: number): BreakerInspection {
  const { state, held, nextDueMs } = breaker
  const [logstore, project] = key.split('/', 2) as [string, string]
  const probeInMs = state === 'open' ? Math.max(0, nextDueMs - nowMs) : undefined
  return { project, logstore, state, probeInMs, heldBatches: held.size, heldLogs: logsOf([...held]) }
}

function logsOf(batches: readonly ProducerBatch[]): number {
  return batches.reduce((sum, { logCount }) => sum + logCount, 0)
}
