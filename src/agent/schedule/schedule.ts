import type { Clock } from '../../core/clock.ts'

/** When the ticks of a schedule come. */
export interface ScheduleOptions {
  /** From one tick to the next, in milliseconds. */
  readonly intervalMs: number
  /** Each tick comes up to so much later, by chance. Default 0. */
  readonly jitterMs?: number
  /** Every tick comes so much later. Default 0. */
  readonly offsetMs?: number
  /** Ticks at multiples of the interval on the wall clock, instead of counted from the start. Default false. */
  readonly align?: boolean
}

export interface Tick {
  /** How long to wait for it; 0 when it is due. */
  readonly delayMs: number
  /** Ticks that went by unused since the last one: they are dropped, never made up for. */
  readonly missed: number
}

/** Part of an interval by which a tick may come late before it is missed. */
const TOLERANCE = 0.01

/**
 * When the ticks of a periodic input are. Each comes from the ideal schedule, not from the one before it, so that neither
 * jitter nor a slow reader makes it drift.
 */
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
    // A wall clock that was set back: the next boundary from here, instead of a silence of that length.
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
