import type { Verdict } from '../../spool/spool.ts'
import type { Origin } from '../sends/origin.ts'
import { decodeOrigins } from './batch-codec.ts'

/** Resolves when the sources have noted, where a crash does not reach, how far they are settled now; or when they cannot. */
export type WhenNoted = () => Promise<void>

/**
 * Between the disk and the sources of what is on it. A record tells where its logs come from; a source that was killed before it
 * noted that they are settled finds it there, and reads on behind them. So once somebody has claimed the origins, no record
 * leaves the disk before its source has noted it: until then it would be sent again after a crash, with its pack id, and be known as a copy.
 */
export class OriginClaim {
  readonly #settle: (id: number, verdict: Verdict) => void
  #notes: string[] = []
  #whenNoted: WhenNoted | undefined
  #held: { readonly id: number; readonly verdict: Verdict }[] = []
  #isClosed = false

  constructor(settle: (id: number, verdict: Verdict) => void) {
    this.#settle = settle
  }

  /** The note of a record that was found on disk. */
  found(note: string): void {
    this.#notes.push(note)
  }

  holdUntil(whenNoted: WhenNoted): void {
    this.#whenNoted = whenNoted
  }

  /** Of what was found until now; given once. */
  take(): Origin[] {
    return this.#notes.splice(0).flatMap(decodeOrigins)
  }

  settle(id: number, verdict: Verdict): void {
    if (this.#whenNoted === undefined) return this.#settle(id, verdict)
    this.#held.push({ id, verdict })
    if (this.#held.length === 1) void this.#settleWhenNoted(this.#whenNoted)
  }

  /** What is held stays on disk. */
  close(): void {
    this.#isClosed = true
    this.#held = []
  }

  async #settleWhenNoted(whenNoted: WhenNoted): Promise<void> {
    // What comes in this turn is noted together.
    await null
    const held = this.#held
    this.#held = []
    try {
      await whenNoted()
    } catch {
      // Sent again after a crash, rather than kept for ever.
    }
    if (!this.#isClosed) for (const { id, verdict } of held) this.#settle(id, verdict)
  }
}
