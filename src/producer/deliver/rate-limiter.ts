import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import { Deferred } from '../../core/deferred.ts'
import { Fifo } from '../../core/fifo.ts'
import { TokenBucket } from './token-bucket.ts'

/** How much may be sent per second, over all lanes. A member that is left out has no limit. */
export interface RateLimit {
  /** Bytes of request bodies as they are sent, after compression. Above 0. */
  readonly bytesPerSecond?: number | undefined
  /** Number of requests. Above 0. */
  readonly requestsPerSecond?: number | undefined
}

const rateNames: readonly string[] = ['bytesPerSecond', 'requestsPerSecond'] satisfies (keyof RateLimit)[]

/** The rule of the option, for the table in resolve-options. */
export const rateLimitRule = {
  mustBe: '{ bytesPerSecond, requestsPerSecond }, each a number above 0 or left out',
  test(value: unknown): boolean {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    return Object.entries(value).every(([name, rate]) => rateNames.includes(name) && isRate(rate))
  },
}

function isRate(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && value > 0)
}

/** Unused time counts for later requests only up to this limit, so that the rate holds over seconds, not only over minutes. */
const BURST_MS = 50

/** A request that waits for its time. */
class Waiter {
  readonly bytes: number
  readonly #signal: AbortSignal
  readonly #passed = new Deferred<void>()
  readonly #abort: () => void
  isGone = false

  constructor(bytes: number, signal: AbortSignal, gone: () => void) {
    this.bytes = bytes
    this.#signal = signal
    this.#abort = () => {
      this.isGone = true
      this.#passed.reject(signal.reason)
      gone()
    }
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  get passed(): Promise<void> {
    return this.#passed.promise
  }

  /** Lets the request continue without its share: it will find that there is nothing to send. */
  leave(): void {
    this.isGone = true
    this.pass()
  }

  pass(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#passed.resolve()
  }
}

/**
 * One limit over all lanes, in bytes and in requests; the stricter of the two counts. Requests are served in order of arrival. A
 * request passes when the limit has room for all its bytes, so any size passes, and the rate is correct from the start.
 */
export class RateLimiter {
  readonly #clock: Clock
  readonly #bytes = new TokenBucket()
  readonly #requests = new TokenBucket()
  readonly #waiters = new Fifo<Waiter>()
  readonly #byOwner = new Map<unknown, Waiter>()
  readonly #alarm: Alarm

  constructor(clock: Clock) {
    this.#clock = clock
    this.#alarm = new Alarm(clock, () => this.#serve())
  }

  /** Requests that wait for their time. */
  get waiting(): number {
    return this.#waiters.size
  }

  /** A change applies at once, also to requests that wait. */
  update(limit: RateLimit = {}): void {
    const nowMs = this.#clock.monotonicMs()
    const { bytesPerSecond = Number.POSITIVE_INFINITY, requestsPerSecond = Number.POSITIVE_INFINITY } = limit
    this.#bytes.setRate(bytesPerSecond, BURST_MS, nowMs)
    // All requests count the same: the first one after a pause does not have to wait.
    this.#requests.setRate(requestsPerSecond, Math.max(BURST_MS, 1000 / requestsPerSecond), nowMs)
    this.#serve()
  }

  /**
   * Undefined when the request may go at once; else resolves when it may, and rejects with the signal's reason. `owner` is
   * for {@link forget}.
   */
  acquire(bytes: number, signal: AbortSignal, owner?: object): Promise<void> | undefined {
    if (signal.aborted) return Promise.reject(signal.reason)
    const nowMs = this.#clock.monotonicMs()
    if (this.#waiters.size === 0) {
      this.#bytes.forgetIdle(nowMs)
      this.#requests.forgetIdle(nowMs)
      if (this.#dueMs(bytes) <= nowMs) {
        this.#take(bytes, nowMs)
        return undefined
      }
    }
    const waiter = new Waiter(bytes, signal, () => this.#serve())
    this.#waiters.push(waiter)
    if (owner !== undefined) this.#byOwner.set(owner, waiter)
    this.#serve()
    return waiter.passed.finally(() => this.#byOwner.delete(owner))
  }

  /** The batch of an owner has its verdict: its request no longer waits, and needs no timer. */
  forget(owner: object): void {
    const waiter = this.#byOwner.get(owner)
    if (waiter === undefined) return
    this.#byOwner.delete(owner)
    waiter.leave()
    this.#serve()
  }

  /** Releases the requests whose time has come, and sets a timer for the next one. */
  #serve(): void {
    const nowMs = this.#clock.monotonicMs()
    for (let next = this.#waiters.peek(); next !== undefined; next = this.#waiters.peek()) {
      if (!next.isGone) {
        const dueMs = this.#dueMs(next.bytes)
        if (dueMs > nowMs) return this.#alarm.set(dueMs)
        this.#take(next.bytes, nowMs)
        next.pass()
      }
      this.#waiters.shift()
    }
    this.#alarm.clear()
  }

  #dueMs(bytes: number): number {
    return Math.max(this.#bytes.dueMs(bytes), this.#requests.dueMs(1))
  }

  #take(bytes: number, nowMs: number): void {
    this.#bytes.take(bytes, nowMs)
    this.#requests.take(1, nowMs)
  }
}
