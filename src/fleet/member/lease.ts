import type { Clock } from '../../core/clock.ts'

/** The part of a lease for which its holder counts on it. The others wait for all of it: the rest makes up for clocks that run apart. */
const HELD_SHARE = 0.8

/** A moment, by both clocks. */
export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

/**
 * For how long this agent may act as an owner. It counts from when the last renewal was sent, not from its answer, so that the others
 * never take it to be over before it is. The monotonic clock decides; the wall clock as well, because the monotonic one stands still
 * while a machine sleeps. A wall clock that jumps ahead costs a renewal, nothing more.
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
