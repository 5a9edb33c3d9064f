import type { Verdict } from '../../spool/spool.ts'
import type { Origin } from '../sends/origin.ts'
import { decodeOrigins } from './batch-codec.ts'

/** Resolves when the sources have stored durably how far their logs are settled, or could not. */
export type WhenNoted = () => Promise<void>

/**
 * The origins of the records on disk, for sources that can be read again. A record contains the origins of its logs. A source that was
 * killed before it stored how far its logs are settled finds them there, and continues behind them. So after the origins were claimed, no
 * record is removed from disk before its source has stored that: until then a crash makes the record be sent again, with the same pack id,
 * as a copy that can be recognised.
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

  /** Returns the origins that were found so far, once. */
  take(): Origin[] {
    return this.#notes.splice(0).flatMap(decodeOrigins)
  }

  settle(id: number, verdict: Verdict): void {
    if (this.#whenNoted === undefined) return this.#settle(id, verdict)
    this.#held.push({ id, verdict })
    if (this.#held.length === 1) void this.#settleWhenNoted(this.#whenNoted)
  }

  /** Records that are held stay on disk. */
  close(): void {
    this.#isClosed = true
    this.#held = []
  }

  async #settleWhenNoted(whenNoted: WhenNoted): Promise<void> {
    // One call of `whenNoted` for all records of this turn of the event loop.
    await null
    const held = this.#held
    this.#held = []
    try {
      await whenNoted()
    } catch {
      // The source could not store it: it reads the logs again after a crash. Otherwise the records would stay on disk for ever.
    }
    if (!this.#isClosed) for (const { id, verdict } of held) this.#settle(id, verdict)
  }
}
