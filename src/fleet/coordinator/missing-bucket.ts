import { systemClock } from '../../core/clock.ts'

/** Creates the bucket of a fleet again when it has been missing for a while: somebody has deleted it, or the servers have lost their data. */
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

  /** To be called whenever a request has failed. Never rejects: what fails is tried at the next call. */
  async look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#lookOnce()
    } catch {
      // Servers that do not answer say nothing of the bucket.
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
