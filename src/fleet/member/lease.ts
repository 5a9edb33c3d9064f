import type { Clock } from '../../core/clock.ts'

/** The part of a lease that its holder uses. The others wait for the whole lease: the difference allows for clocks with different speeds. */
const HELD_SHARE = 0.8

/** A moment, by both clocks. */
export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

/**
 * How long this agent may act as an owner. It counts from the moment when the last renewal was sent, not from its answer, so that the
 * others never consider it over before this agent does. Both clocks are checked, because the monotonic clock stops while a machine
 * sleeps. If the wall clock jumps ahead, only one more renewal is needed.
 */
export class Lease {
  readonly #clock: Clock
  readonly #heldMs: number
  #from: Moment | undefined

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock
    this.#heldMs = leaseMs * HELD_SHARE
  }

  now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.now() }
  }

  /** A renewal that was sent at this moment has been accepted. */
  renew(sentAt: Moment): void {
    this.#from = sentAt
  }

  /** There is nothing to hold any more. */
  end(): void {
    this.#from = undefined
  }

  get isHeld(): boolean {
    return this.remainingMs > 0
  }

  get remainingMs(): number {
    if (this.#from === undefined) return 0
    const { monotonicMs, wallMs } = this.now()
    const elapsedMs = Math.max(monotonicMs - this.#from.monotonicMs, wallMs - this.#from.wallMs)
    return Math.max(0, this.#heldMs - elapsedMs)
  }
}
