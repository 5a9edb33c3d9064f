import type { Clock } from '../../core/clock.ts'

/** The health of one component. */
export interface ComponentHealth {
  /** Names the component. */
  readonly id: string
  /** Whether it is healthy. */
  readonly ok: boolean
  /** Whether the health of the agent depends on it. */
  readonly required: boolean
  /** Its state, such as `running`. */
  readonly state: string
  /** Time since its last heartbeat, in milliseconds; undefined for a component without heartbeats. */
  readonly sinceBeatMs: number | undefined
  /** Why it is not healthy. */
  readonly reason: string | undefined
}

/** The heartbeats of one component. Each says when the next one is due. */
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

  /** No heartbeat is due any more: the component is paused or has ended. */
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
