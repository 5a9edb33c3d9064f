/** Something with deadlines. What is due leaves it in {@link moveDue}. Times are of the monotonic clock. */
export interface DueSource {
  /** `Infinity` when nothing is owed. */
  readonly nextDueMs: number
  moveDue(nowMs: number): void
}
