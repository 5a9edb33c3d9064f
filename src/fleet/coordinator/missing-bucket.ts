import { systemClock } from '../../core/clock.ts'

/** Creates the bucket of a fleet again when it has been missing for a while, because it was deleted or the servers lost their data. */
export class MissingBucket {
  readonly #isThere: () => Promise<boolean>
  readonly #make: () => Promise<unknown>
  readonly #afterMs: number
  #missingSinceMs: number | undefined
  #isLooking = false

  constructor(isThere: () => Promise<boolean>, make: () => Promise<unknown>, afterMs: number) {
    this.#isThere = isThere
    this.#make = make
    this.#afterMs = afterMs
  }

  /** Call it whenever a request has failed. Never rejects: a failure is repeated at the next call. */
  async look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#lookOnce()
    } catch {
      // Without an answer it is not known whether the bucket exists.
    } finally {
      this.#isLooking = false
    }
  }

  async #lookOnce(): Promise<void> {
    if (await this.#isThere()) {
      this.#missingSinceMs = undefined
      return
    }
    const nowMs = systemClock.monotonicMs()
    this.#missingSinceMs ??= nowMs
    if (nowMs - this.#missingSinceMs < this.#afterMs) return
    await this.#make()
    this.#missingSinceMs = undefined
  }
}
