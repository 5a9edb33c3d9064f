import type { Clock } from '../../core/clock.ts'
import { Fifo } from '../../core/fifo.ts'
import type { DueSource } from '../accumulate/mover.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { DestinationGate } from './destination-gate.ts'
import type { RetryReason } from './retry-policy.ts'

export interface GateMetrics {
  /** Destinations whose batches are held. */
  readonly paused: number
  readonly heldBatches: number
  readonly heldLogs: number
}

/**
 * The gates before the lanes, one for each logstore that is in trouble: what would fail anyway waits here, without a
 * lane and without using up attempts, and other logstores feel nothing. A logstore without trouble has no gate.
 */
export class DestinationGates implements DueSource {
  readonly #clock: Clock
  readonly #release: (batch: ProducerBatch) => void
  readonly #gates = new Map<string, DestinationGate>()
  readonly #leaving = new Fifo<ProducerBatch>()
  #isReleasing = false
  #isHastened = false

  /** `release` takes batches that were held, and may lead to {@link admit} again. */
  constructor(clock: Clock, release: (batch: ProducerBatch) => void) {
    this.#clock = clock
    this.#release = release
  }

  get metrics(): GateMetrics {
    const gates = [...this.#gates.values()]
    const held = gates.flatMap((gate) => [...gate.held])
    return {
      paused: gates.filter((gate) => !gate.isPassing).length,
      heldBatches: held.length,
      heldLogs: held.reduce((sum, batch) => sum + batch.logCount, 0),
    }
  }

  /** Gates that exist, for tests of what is left behind. */
  get size(): number {
    return this.#gates.size
  }

  /** True when the batch may have a lane now; else it is held here, and `release` gets it later. */
  admit(batch: ProducerBatch): boolean {
    const gate = this.#gates.get(keyOf(batch))
    if (gate === undefined || gate.lets(batch)) return true
    gate.hold(batch)
    const probe = gate.takeProbe(this.#clock.monotonicMs())
    if (probe === batch) return true
    if (probe !== undefined) this.#let([probe])
    return false
  }

  /** After a success there is no trouble to remember, or a probe has passed. */
  delivered(batch: ProducerBatch): void {
    const key = keyOf(batch)
    const gate = this.#gates.get(key)
    if (gate === undefined) return
    gate.delivered(batch)
    if (!gate.isPassing) return this.#proceed(key, gate)
    this.#gates.delete(key)
    this.#let(gate.takeAll())
  }

  /** An attempt failed and is made again at `retryAtMs`. To be told before the mover is rescheduled. */
  retrying(batch: ProducerBatch, reason: RetryReason, retryAtMs: number): void {
    if (this.#isHastened) return
    const key = keyOf(batch)
    if (!this.#gates.has(key)) {
      if (reason !== 'back-off' && reason !== 'quota') return
      this.#gates.set(key, new DestinationGate())
    }
    this.#gates.get(key)?.retrying(batch, reason, retryAtMs, this.#clock.monotonicMs())
  }

  /** The batch is gone in any other way: given up, expired, dropped, split. Else its place as a probe would never be free. */
  ended(batch: ProducerBatch): void {
    const key = keyOf(batch)
    const gate = this.#gates.get(key)
    if (gate === undefined) return
    gate.ended(batch)
    this.#proceed(key, gate)
  }

  get nextDueMs(): number {
    let nextMs = Number.POSITIVE_INFINITY
    for (const gate of this.#gates.values()) nextMs = Math.min(nextMs, gate.nextDueMs)
    return nextMs
  }

  /** Pauses that are over let their probes go. */
  moveDue(nowMs: number): void {
    for (const [key, gate] of this.#gates) if (gate.nextDueMs <= nowMs) this.#proceed(key, gate)
  }

  /** The producer closes: everything held goes, and nothing is held from now on. */
  hasten(): void {
    this.#isHastened = true
    const gates = [...this.#gates.values()]
    this.#gates.clear()
    for (const gate of gates) this.#let(gate.takeAll())
  }

  #proceed(key: string, gate: DestinationGate): void {
    const probe = gate.takeProbe(this.#clock.monotonicMs())
    if (gate.isIdle) this.#gates.delete(key)
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
