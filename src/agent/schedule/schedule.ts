import type { Clock } from '../../core/clock.ts'

/** The ticks of a schedule. */
export interface ScheduleOptions {
  /** Time from one tick to the next, in milliseconds. */
  readonly intervalMs: number
  /** Each tick is delayed by a random time up to this, in milliseconds. Default 0. */
  readonly jitterMs?: number
  /** Every tick is delayed by this time, in milliseconds. Default 0. */
  readonly offsetMs?: number
  /** True: ticks at multiples of the interval of the wall clock, instead of from the start. Default false. */
  readonly align?: boolean
}

export interface Tick {
  /** Time until the tick; 0 if it is due. */
  readonly delayMs: number
  /** Number of ticks that were missed since the last one. They are dropped. */
  readonly missed: number
}

/** Part of the interval by which a tick may be late; later it counts as missed. */
const TOLERANCE = 0.01

/** Computes the ticks of a periodic input. Each follows from the ideal schedule, not from the tick before, so that there is no drift. */
export class Schedule {
  readonly #intervalMs: number
  readonly #jitterMs: number
  readonly #offsetMs: number
  readonly #align: boolean
  readonly #clock: Clock
  readonly #random: () => number
  #nextMs: number

  constructor(options: ScheduleOptions, clock: Clock, random: () => number = Math.random) {
    this.#intervalMs = options.intervalMs
    this.#jitterMs = options.jitterMs ?? 0
    this.#offsetMs = options.offsetMs ?? 0
    this.#align = options.align ?? false
    this.#clock = clock
    this.#random = random
    const nowMs = this.#nowMs()
    this.#nextMs = this.#align ? this.#boundaryAfter(nowMs) : nowMs + this.#offsetMs
  }

  /** The next tick that is not in the past. */
  next(): Tick {
    const nowMs = this.#nowMs()
    const behindMs = nowMs - this.#nextMs - this.#jitterMs
    const missed = behindMs > this.#intervalMs * TOLERANCE ? Math.ceil((nowMs - this.#nextMs) / this.#intervalMs) : 0
    this.#nextMs += missed * this.#intervalMs
    // If the wall clock was set back, continue at the next boundary instead of waiting for the old one.
    if (this.#align && this.#nextMs - nowMs > this.#intervalMs) this.#nextMs = this.#boundaryAfter(nowMs)
    const idealMs = this.#nextMs
    this.#nextMs += this.#intervalMs
    return { delayMs: Math.max(0, idealMs + this.#random() * this.#jitterMs - nowMs), missed }
  }

  #boundaryAfter(timeMs: number): number {
    return (Math.floor(timeMs / this.#intervalMs) + 1) * this.#intervalMs + this.#offsetMs
  }

  #nowMs(): number {
    return this.#align ? this.#clock.now() : this.#clock.monotonicMs()
  }
}
