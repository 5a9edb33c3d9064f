import type { Clock } from '../../core/clock.ts'

/** Whether one component works. */
export interface ComponentHealth {
  /** Names the component. */
  readonly id: string
  /** Whether it does what it should. */
  readonly ok: boolean
  /** Whether the agent as a whole counts as failed without it. */
  readonly required: boolean
  /** What it does, in one word. */
  readonly state: string
  /** Since the last sign of life, in milliseconds; undefined for a component that gives none. */
  readonly sinceBeatMs: number | undefined
  /** Why it is not ok. */
  readonly reason: string | undefined
}

/** Signs of life of one component. Each says until when the next is due. */
export class Heartbeat {
  readonly #clock: Clock
  #lastMs: number | undefined
  #dueMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  beat(withinMs = 60_000): void {
    this.#lastMs = this.#clock.monotonicMs()
    this.#dueMs = this.#lastMs + withinMs
  }

  /** Nothing is due any more: the component is paused or has ended. */
  rest(): void {
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  get isOverdue(): boolean {
    return this.#clock.monotonicMs() > this.#dueMs
  }

  get sinceBeatMs(): number | undefined {
    return this.#lastMs === undefined ? undefined : this.#clock.monotonicMs() - this.#lastMs
  }
}
