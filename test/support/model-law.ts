import { getEventListeners } from 'node:events'
import { expect } from 'vitest'
import { isProducerError, type Producer, type SendError } from '../../src/index.ts'
import type { Place } from './hostile-user.ts'
import type { ManualClock } from './manual-clock.ts'
import type { ModelRecord, Sent } from './model-record.ts'
import type { ModelSink } from './model-sink.ts'

export interface ModelLawParts {
  readonly record: ModelRecord
  readonly producer: Producer
  readonly sink: ModelSink
  readonly clock: ManualClock
  readonly keepsOrder: boolean
}

/** What must be true of a producer: at any moment, and after its end. */
export class ModelLaw {
  /** Number of times that user code read the metrics. */
  readings = 0
  readonly #record: ModelRecord
  readonly #producer: Producer
  readonly #sink: ModelSink
  readonly #clock: ManualClock
  readonly #keepsOrder: boolean

  constructor({ record, producer, sink, clock, keepsOrder }: ModelLawParts) {
    this.#record = record
    this.#producer = producer
    this.#sink = sink
    this.#clock = clock
    this.#keepsOrder = keepsOrder
  }

  /** The law, from wherever user code runs. */
  checkAt(place: Place): void {
    this.readings++
    const { accepted, delivered, failed, dropped, inMemory } = this.#producer.metrics().logs
    if (accepted === delivered + failed + dropped + inMemory) return
    this.#record.problems.push(
      new Error(`at ${place}: ${accepted} accepted, but ${delivered} + ${failed} + ${dropped} + ${inMemory}`),
    )
  }

  /** The law, from the metrics and from what was told, at any moment. */
  checkNow(): void {
    if (this.#record.problems.length > 0) throw this.#record.problems[0]
    const { logs, memory, batches } = this.#producer.metrics()
    expect(logs.accepted).toBe(logs.delivered + logs.failed + logs.dropped + logs.inMemory)
    const { success, failure, drop, refused } = this.#record.told
    expect([success, failure, drop, refused].map((told, of) => told <= (this.#counted[of] as number))).not.toContain(
      false,
    )
    if (this.#record.uncountedSendAlls === 0) this.#checkWaiting()
    expect(memory.blockedBytes > 0).toBe(memory.blockedSends > 0)
    expect(memory.usedBytes > 0).toBe(logs.inMemory > 0)
    expect(batches.inFlight).toBeGreaterThanOrEqual(this.#sink.inFlight)
    expect(this.#record.sent.filter(({ calls }) => calls > 1)).toEqual([])
    const isIdle = logs.inMemory === 0 && memory.blockedSends === 0 && !this.#record.isClosed
    if (isIdle) expect(this.#clock.timerCount).toBe(0)
  }

  #checkWaiting(): void {
    const { logs, memory } = this.#producer.metrics()
    const offered = countOf(this.#record.sent.filter((sent) => !sent.isTurnedAway)) + this.#record.sentByAll
    const waiting = offered - logs.accepted - logs.refused
    expect(waiting > 0).toBe(memory.blockedSends > 0)
    expect(waiting).toBeGreaterThanOrEqual(memory.blockedSends)
  }

  /** What the metrics have for each event. The events come a little later: after the callbacks. */
  get #counted(): readonly number[] {
    const { delivered, failed, dropped, refused } = this.#producer.metrics().logs
    return [delivered, failed, dropped, refused]
  }

  /** After close: every send has its result, and nothing is left. */
  checkEnd(): void {
    this.checkNow()
    expect(Object.values(this.#record.told)).toEqual(this.#counted)
    this.#checkVerdicts()
    this.#checkStored()
    const changed = [...this.#sink.contents].filter(([id, stored]) => stored !== this.#record.given.get(id))
    expect(changed.map(([id, stored]) => [stored, this.#record.given.get(id)])).toEqual([])
    expect(this.#producer.metrics()).toMatchObject({
      logs: { inMemory: 0 },
      memory: { usedBytes: 0, blockedSends: 0, blockedBytes: 0 },
      batches: { open: 0, queued: 0, inFlight: 0, held: 0, inLine: 0 },
    })
    expect(this.#clock.timerCount).toBe(0)
    for (const signal of this.#record.signals) expect(getEventListeners(signal, 'abort').length).toBe(1)
  }

  #checkVerdicts(): void {
    const accepted = this.#record.sent.filter((sent) => !sent.isTurnedAway && !sent.isSilent)
    expect(accepted.filter((sent) => sent.calls !== 1)).toEqual([])
    expect(this.#record.sent.filter((sent) => sent.isTurnedAway && sent.calls > 0)).toEqual([])
    expect(accepted.filter(({ error }) => error !== null && !isProducerError(error))).toEqual([])
  }

  /** Told to be delivered: stored. Told to be refused by name: not stored. Nothing twice but what the sink asked for. */
  #checkStored(): void {
    const unordered = new Set(this.#record.sent.flatMap(({ ids, isUnordered }) => (isUnordered ? ids : [])))
    for (const [group, ids] of this.#sink.stored) {
      if (!this.#record.mayDuplicate) expect(new Set(ids).size).toBe(ids.length)
      const firsts = [...new Set(ids)].filter((id) => !unordered.has(id))
      if (this.#keepsOrder && !group.includes('all')) expect(firsts, group).toEqual([...firsts].sort((x, y) => x - y))
    }
    const groups = new Map([...this.#sink.stored].map(([group, ids]) => [group, new Set(ids)]))
    for (const { ids, group, error, calls } of this.#record.sent) {
      if (calls === 0) continue
      const stored = groups.get(group) ?? new Set()
      const refused = (error as SendError | null)?.refusedLogs ?? []
      const missing = error === null ? [] : refused.map(({ index }) => ids[index])
      const lost = ids.filter((id) => !stored.has(id))
      if (lost.length === 0 && missing.length === 0) continue
      if (error === null || (refused.length > 0 && !this.#record.mayDuplicate)) expect(lost).toEqual(missing)
    }
    const stored = [...this.#sink.stored.values()].reduce((sum, ids) => sum + new Set(ids).size, 0)
    const { delivered } = this.#producer.metrics().logs
    expect(stored).toBeGreaterThanOrEqual(delivered)
    if (!this.#record.mayDuplicate && !this.#record.isClosed) expect(stored).toBe(delivered)
  }
}

function countOf(sent: readonly Sent[]): number {
  return sent.reduce((sum, { ids }) => sum + ids.length, 0)
}
