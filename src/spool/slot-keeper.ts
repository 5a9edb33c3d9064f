import { Alarm } from '../core/alarm.ts'
import type { Clock } from '../core/clock.ts'
import { ProducerError } from '../core/errors.ts'
import { systemCode } from './files.ts'
import { isOfNewerRelease } from './newer-release.ts'
import type { OwnerSockets, WatchEnd } from './owner-sockets.ts'
import type { Ownership, OwnershipTools } from './ownership.ts'
import { SEGMENT_NAME } from './slot-paths.ts'
import { Slots } from './slots.ts'

/** An owner whose socket cannot be reached is considered dead if its card has not changed for this time. */
const SILENT_MS = 60_000
/** How often an owner with records changes its card, and how often other processes look at the card. */
export const BEAT_MS = 10_000
const MOST_SLOTS = 100_000

interface Silence {
  readonly text: string
  readonly sinceMs: number
}

export interface SlotKeeperOptions {
  readonly directory: string
  readonly tools: OwnershipTools
  readonly clock: Clock
  /** This process has taken the slot of a dead owner, which has records. */
  readonly onAdopted: (ownership: Ownership) => Promise<void>
}

/** Takes a slot for this process, and later the slots of owners that have died. */
export class SlotKeeper {
  readonly #options: SlotKeeperOptions
  readonly #slots: Slots
  readonly #sockets: OwnerSockets
  readonly #alarm: Alarm
  readonly #silences = new Map<number, Silence>()
  readonly #held = new Map<number, Ownership>()
  /** The owner that this process watches. */
  #watch: { readonly address: string; readonly stop: () => void } | undefined
  #adopting: Promise<void> | undefined
  #isAdoptionDue = false
  #isClosed = false

  constructor(options: SlotKeeperOptions) {
    this.#options = options
    this.#slots = new Slots({ ...options.tools, onWatcherGone: () => void this.adopt() }, options.directory)
    this.#sockets = options.tools.sockets
    this.#alarm = new Alarm(options.clock, () => void this.adopt(), { isBackground: true })
  }

  /** Takes the first free slot, or a new one. Skips the directories in `passedOver`. */
  async takeFirst(passedOver: ReadonlySet<string> = new Set()): Promise<Ownership> {
    const slots = await this.#slots.list()
    for (const slot of slots) {
      if (passedOver.has(this.#slots.path(slot))) continue
      const ownership = await this.#takeIfFree(slot).catch(ofAnotherSlot)
      if (ownership !== undefined) return ownership
    }
    const known = new Set(slots)
    for (let slot = 0; slot < MOST_SLOTS; slot++) {
      const ownership = known.has(slot) ? undefined : await this.#takeIfFree(slot)
      if (ownership !== undefined) return ownership
    }
    throw new ProducerError('ERR_LOGHUB_SPOOL_LOCKED', `no slot is free in ${this.#options.directory}`)
  }

  async takeFixed(slot: number): Promise<Ownership> {
    const ownership = await this.#takeIfFree(slot)
    if (ownership !== undefined) return ownership
    throw new ProducerError(
      'ERR_LOGHUB_SPOOL_LOCKED',
      `the spool slot ${slot} in ${this.#options.directory} is in use by another process: close that one, or leave out spool.slot to take a free one`,
      { retriable: true },
    )
  }

  /** Takes over the slots of dead owners, and watches one living owner: when that ends, `adopt` runs again. */
  adopt(): Promise<void> {
    this.#isAdoptionDue = true
    if (!this.#isClosed) this.#adopting ??= this.#adoptWhileDue()
    return this.#adopting ?? Promise.resolve()
  }

  async release(ownership: Ownership): Promise<void> {
    for (const [slot, held] of this.#held) if (held === ownership) this.#held.delete(slot)
    await ownership.release()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#alarm.clear()
    this.#watch?.stop()
    await this.#adopting
    await Promise.all([...this.#held.values()].map((ownership) => this.release(ownership)))
  }

  /** An owner may end while this process looks at other slots. */
  async #adoptWhileDue(): Promise<void> {
    while (this.#isAdoptionDue && !this.#isClosed) {
      this.#isAdoptionDue = false
      await this.#adopt().catch(() => this.#lookAgain())
    }
    this.#adopting = undefined
  }

  async #adopt(): Promise<void> {
    const alive: { slot: number; address: string }[] = []
    for (const slot of await this.#slots.list()) {
      if (this.#held.has(slot) || this.#isClosed) continue
      try {
        const state = await this.#slots.state(slot)
        if (state.owner === 'alive') alive.push({ slot, address: state.address })
        else await this.#adoptIfLeft(slot)
      } catch {
        // A slot that cannot be read now is tried again later; the others do not wait for it.
        this.#lookAgain()
      }
    }
    this.#watchNext(alive)
    if (this.#silences.size > 0) this.#lookAgain()
  }

  async #adoptIfLeft(slot: number): Promise<void> {
    const names = await this.#options.tools.files.list(this.#slots.path(slot))
    if (!names.some((name) => SEGMENT_NAME.test(name))) return
    const ownership = await this.#takeIfFree(slot)
    if (ownership === undefined) return
    try {
      await this.#options.onAdopted(ownership)
    } catch (error) {
      // A slot in `#held` would not be tried again.
      await this.release(ownership)
      throw error
    }
  }

  /**
   * Each process watches the next living owner, so that they form a ring. An owner also sees the end of the process that watches it:
   * nobody watches the process that opened last.
   */
  #watchNext(alive: readonly { slot: number; address: string }[]): void {
    const own = Math.min(...this.#held.keys())
    const next = this.#isClosed ? undefined : (alive.find(({ slot }) => slot > own) ?? alive[0])
    // Keeps the connection to the same owner: its end would make that owner look at all slots, and connect again, without end.
    if (next?.address === this.#watch?.address) return
    this.#watch?.stop()
    this.#watch = next && { address: next.address, stop: this.#sockets.watch(next.address, (end) => this.#ended(end)) }
  }

  #ended(end: WatchEnd): void {
    this.#watch = undefined
    if (end === 'gone') void this.adopt()
    else this.#lookAgain()
  }

  #lookAgain(): void {
    if (!this.#isClosed) this.#alarm.set(this.#options.clock.monotonicMs() + BEAT_MS)
  }

  async #takeIfFree(slot: number): Promise<Ownership | undefined> {
    if (this.#held.has(slot) || (await isOfNewerRelease(this.#options.tools.files, this.#slots.path(slot))))
      return undefined
    const state = await this.#slots.state(slot)
    if (state.owner === 'alive') return undefined
    if (state.owner === 'unknown' && !this.#isSilent(slot, state.text)) return undefined
    this.#silences.delete(slot)
    const ownership = await this.#slots.take(slot, state)
    if (ownership !== undefined) this.#held.set(slot, ownership)
    return ownership
  }

  /** Measured with the monotonic clock of this process only: wall clocks of machines differ, and jump. */
  #isSilent(slot: number, text: string): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    const silence = this.#silences.get(slot)
    if (silence?.text === text) return nowMs - silence.sinceMs >= SILENT_MS
    this.#silences.set(slot, { text, sinceMs: nowMs })
    return false
  }
}

const TROUBLES_OF_SLOT: ReadonlySet<string> = new Set(['ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP'])

/** Whether the error concerns this slot only: another kind of file is in its place, or another user owns it. Another slot may work. */
export function isTroubleOfSlot(error: unknown): boolean {
  return TROUBLES_OF_SLOT.has(systemCode(error))
}

function ofAnotherSlot(error: unknown): undefined {
  if (!isTroubleOfSlot(error)) throw error
  return undefined
}
