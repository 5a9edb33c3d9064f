import type { Clock } from '../../core/clock.ts'

/** The holder uses this part of the lease; the others wait for all of it. The difference allows for clocks that run at different speeds. */
const HELD_SHARE = 0.8

/** A moment on both clocks. */
export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

/**
 * How long this agent may act as an owner. The time counts from when the last renewal was sent, not from its answer, so that the others
 * never consider the lease ended before this agent does. Both clocks are checked, because the monotonic clock stops while a machine
 * sleeps. If the wall clock jumps ahead, one more renewal repairs it.
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

  /** Call it when a renewal was accepted that was sent at this moment. */
  renew(sentAt: Moment): void {
    this.#from = sentAt
  }

  /** Ends the lease now. */
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
