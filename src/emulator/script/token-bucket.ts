import type { Clock } from '../../core/clock.ts'

/** A limit per second. A burst of one second's worth may come at once. */
export interface Quota {
  /** Bytes per second, before compression. Default: no limit. */
  readonly bytesPerSecond?: number
  /** Requests per second. Default: no limit. */
  readonly requestsPerSecond?: number
}

/** A token bucket that starts full. It may become negative: a request above one second's worth passes when the bucket is full. */
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

/** A quota with a bucket for each name. */
export class QuotaBuckets {
  readonly #quota: Quota
  readonly #clock: Clock
  readonly #buckets = new Map<string, { bytes: Bucket; requests: Bucket }>()

  constructor(quota: Quota, clock: Clock) {
    this.#quota = quota
    this.#clock = clock
  }

  /** Takes the tokens of a request of this size. False if it may not pass: then nothing is taken. */
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
