/** A token bucket, kept as a time (GCRA): up to `spentUntilMs` every token is spent. */
export class TokenBucket {
  #perMs = Number.POSITIVE_INFINITY
  #burstMs = 0
  #spentUntilMs = 0

  /** What was saved up at the old rate is worth as many tokens at the new one. A new limit begins with a full burst. */
  setRate(perSecond: number, burstMs: number, nowMs: number): void {
    const savedTokens = (nowMs - this.#spentUntilMs) * this.#perMs
    this.#perMs = perSecond / 1000
    this.#burstMs = burstMs
    this.#spentUntilMs = Number.isFinite(savedTokens) ? nowMs - savedTokens / this.#perMs : nowMs - burstMs
  }

  /** Time unused for longer than a burst is gone. Not to be called while something waits: its time counts. */
  forgetIdle(nowMs: number): void {
    this.#spentUntilMs = Math.max(this.#spentUntilMs, nowMs - this.#burstMs)
  }

  dueMs(amount: number): number {
    return this.#spentUntilMs + amount / this.#perMs
  }

  take(amount: number, nowMs: number): void {
    this.#spentUntilMs = this.dueMs(amount)
    this.forgetIdle(nowMs)
  }
}
