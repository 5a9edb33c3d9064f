import type { Attempt } from '../sends/send-result.ts'

/** The requests made so far for a batch or, once it is split, for the part in front. */
export class AttemptHistory {
  /** The newest, oldest first. */
  attempts: readonly Attempt[] = []
  /** All of them. */
  attemptCount = 0
  /** Retries that count against `retries`, and those in a row that do not (see RetryPolicy). */
  countedRetries = 0
  freeRetriesInARow = 0

  get last(): Attempt | undefined {
    return this.attempts.at(-1)
  }

  record(attempt: Attempt, maxReserved: number): void {
    this.attemptCount++
    this.attempts = [...this.attempts, attempt].slice(-maxReserved)
  }

  retried(counts: boolean): void {
    if (counts) this.countedRetries++
    this.freeRetriesInARow = counts ? 0 : this.freeRetriesInARow + 1
  }
}
