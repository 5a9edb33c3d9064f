import type { Clock } from './clock.ts'

/**
 * Keeps something that happens often from being said as often: the first is said at once, the others at most once in
 * an interval. Without a timer, so what comes last may stay unsaid until it happens again.
 */
export class Occasional {
  readonly #clock: Clock
  readonly #everyMs: number
  #nextMs = Number.NEGATIVE_INFINITY
  #unsaid = 0

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock
    this.#everyMs = everyMs
  }

  /** Calls `say`, unless it is too early, with how many were left unsaid since the last. */
  tell(say: (unsaid: number) => void): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#nextMs) {
      this.#unsaid++
      return
    }
    const unsaid = this.#unsaid
    this.#unsaid = 0
    this.#nextMs = nowMs + this.#everyMs
    say(unsaid)
  }
}
