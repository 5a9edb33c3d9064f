import type { Clock } from '../../core/clock.ts'

/** What may pass in a second; a burst of one second may come at once. */
export interface Quota {
  /** Bytes before compression. */
  readonly bytesPerSecond?: number
  /** Requests. Default: no limit. */
  readonly requestsPerSecond?: number
}

/** A token bucket that starts full. It may go into debt: a request larger than a second's worth passes once it is full. */
class Bucket {
  readonly #perSecond: number
  readonly #clock: Clock
  #tokens: number
  #filledAtMs: number

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond
    this.#clock = clock
    this.#tokens = perSecond
    this.#filledAtMs = clock.monotonicMs()
  }

  has(amount: number): boolean {
    const nowMs = this.#clock.monotonicMs()
    this.#tokens = Math.min(this.#perSecond, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond)
    this.#filledAtMs = nowMs
    return this.#tokens >= Math.min(amount, this.#perSecond)
  }

  take(amount: number): void {
    this.#tokens -= amount
  }
}

/** One quota, held separately for every name. */
export class QuotaBuckets {
  readonly #quota: Quota
  readonly #clock: Clock
  readonly #buckets = new Map<string, { bytes: Bucket; requests: Bucket }>()

  constructor(quota: Quota, clock: Clock) {
    this.#quota = quota
    this.#clock = clock
  }

  /** Whether a request of this size may pass now. One that may not takes nothing. */
  tryTake(name: string, bytes: number): boolean {
    const buckets = this.#bucketsOf(name)
    if (!buckets.bytes.has(bytes) || !buckets.requests.has(1)) return false
    buckets.bytes.take(bytes)
    buckets.requests.take(1)
    return true
  }

  #bucketsOf(name: string): { bytes: Bucket; requests: Bucket } {
    let buckets = this.#buckets.get(name)
    if (buckets === undefined) {
      const { bytesPerSecond = Number.MAX_VALUE, requestsPerSecond = Number.MAX_VALUE } = this.#quota
      buckets = { bytes: new Bucket(bytesPerSecond, this.#clock), requests: new Bucket(requestsPerSecond, this.#clock) }
      this.#buckets.set(name, buckets)
    }
    return buckets
  }
}
