import type { Clock } from '../../core/clock.ts'

interface Refusal {
  readonly specRevision: number
  readonly reason: string
  readonly untilMs: number
}

/** After this time an input that could not start is tried again here. */
const REFUSED_MS = 60_000
const MAX_REASON_LENGTH = 200
/** They are part of each renewal. */
const MAX_REFUSALS = 100

/** Inputs that could not start on this agent, so that other members take them. After a while, or with another spec, this agent tries again. */
export class Refusals {
  readonly #clock: Clock
  readonly #refusals = new Map<string, Refusal>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(id: string, specRevision: number, reason: string): void {
    const untilMs = this.#clock.monotonicMs() + REFUSED_MS
    this.#refusals.delete(id)
    this.#refusals.set(id, { specRevision, reason: reason.slice(0, MAX_REASON_LENGTH), untilMs })
    if (this.#refusals.size > MAX_REFUSALS) this.#refusals.delete(this.#refusals.keys().next().value as string)
  }

  /** The refusals that are still valid: the reason by id. */
  current(revisionOf: (id: string) => number | undefined): Record<string, string> {
    const nowMs = this.#clock.monotonicMs()
    for (const [id, { specRevision, untilMs }] of this.#refusals) {
      if (untilMs <= nowMs || revisionOf(id) !== specRevision) this.#refusals.delete(id)
    }
    return Object.fromEntries([...this.#refusals].map(([id, { reason }]) => [id, reason]))
  }
}
