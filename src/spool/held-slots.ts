import type { Placement } from './open-segment.ts'
import { type Ownership, TakenOver } from './ownership.ts'
import type { Segment } from './segment.ts'
import type { SlotContext } from './slot-context.ts'
import { isTroubleOfSlot, type SlotKeeper } from './slot-keeper.ts'
import { SlotStore } from './slot-store.ts'
import type { SpoolRecord, Tally } from './spool.ts'

interface HeldSlot {
  readonly ownership: Ownership
  readonly store: SlotStore
}

export interface HeldSlotsListener {
  /** A slot was opened: `recovered` unsettled records were found, `lost` of them damaged or missing. */
  opened(recovered: Tally, lost: Tally): void
  /** This process has lost a slot and the unsettled records in it: another process has it, or files were deleted. */
  left(left: Tally, why: 'taken over' | 'gone'): void
}

/** The slots of this process: its own, which it writes to, and those of dead owners, until all their records are settled. */
export class HeldSlots {
  readonly #context: SlotContext
  readonly #keeper: SlotKeeper
  readonly #listener: HeldSlotsListener
  #own!: HeldSlot
  /** Slots of dead owners. Their records are older than those of the own slot. */
  #adopted: HeldSlot[] = []
  #replacing: Promise<void> | undefined
  #isClosed = false

  constructor(context: SlotContext, keeper: SlotKeeper, listener: HeldSlotsListener) {
    this.#context = context
    this.#keeper = keeper
    this.#listener = listener
  }

  /** Opens the given slot, or the first slot that is free and can be opened. */
  async open(slot: number | undefined): Promise<void> {
    const passedOver = new Set<string>()
    for (;;) {
      const ownership =
        slot === undefined ? await this.#keeper.takeFirst(passedOver) : await this.#keeper.takeFixed(slot)
      try {
        return await this.#open(ownership, (held) => this.#hold(held))
      } catch (error) {
        await this.#keeper.release(ownership)
        if (slot !== undefined || !isTroubleOfSlot(error)) throw error
        passedOver.add(ownership.directory)
      }
    }
  }

  async adopt(ownership: Ownership): Promise<void> {
    await this.#open(ownership, (slot) => this.#adopted.push(slot))
  }

  get own(): SlotStore {
    return this.#own.store
  }

  get stores(): readonly SlotStore[] {
    return this.#all.map(({ store }) => store)
  }

  /** The segments of all slots, oldest first. */
  *segments(): Generator<Segment> {
    for (const { store } of this.#all) yield* store.segments
  }

  async append(record: SpoolRecord): Promise<Placement> {
    const own = this.#own
    try {
      return await own.store.append(record)
    } catch (error) {
      if (!(error instanceof TakenOver) || this.#isClosed) throw error
      if (this.#own === own) await this.#replaceOwn()
      return this.#own.store.append(record)
    }
  }

  /** Shows processes that cannot reach the socket that this process lives. */
  async beat(): Promise<void> {
    await Promise.all(this.#all.map(({ ownership }) => ownership.beat()))
  }

  releaseEmpty(): void {
    const empty = this.#adopted.filter(({ store }) => store.segments.length === 0)
    if (empty.length === 0 || this.#isClosed) return
    this.#adopted = this.#adopted.filter((slot) => !empty.includes(slot))
    for (const { store, ownership } of empty) void store.close().then(() => this.#keeper.release(ownership))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#replacing?.catch(() => {})
    for (const store of this.stores) await store.close()
  }

  get #all(): HeldSlot[] {
    return [...this.#adopted, this.#own]
  }

  #hold(slot: HeldSlot): void {
    this.#own = slot
  }

  /** `hold` is called before the listener, because the listener takes records at once. */
  async #open(ownership: Ownership, hold: (slot: HeldSlot) => void): Promise<void> {
    const { tallies } = this.#context
    const [recovered, lost] = [{ ...tallies.recovered }, { ...tallies.lost }]
    const opening = SlotStore.open(this.#context, ownership.directory, () =>
      ownership.check(async () => (await opening).hasItsFiles()),
    )
    const store = await opening
    hold({ ownership, store })
    this.#listener.opened(since(recovered, tallies.recovered), since(lost, tallies.lost))
  }

  /** Another process considered this one dead, or files were deleted. The records stay in the old slot; this process writes to another one. */
  #replaceOwn(): Promise<void> {
    this.#replacing ??= this.#takeAnother().finally(() => {
      this.#replacing = undefined
    })
    return this.#replacing
  }

  async #takeAnother(): Promise<void> {
    const { ownership, store } = this.#own
    const { tallies } = this.#context
    const why = (await ownership.hasSuccessor()) ? 'taken over' : 'gone'
    const before = { ...tallies.handedOver }
    await store.handOver()
    this.#listener.left(since(before, tallies.handedOver), why)
    await this.#keeper.release(ownership)
    await this.open(undefined)
  }
}

function since(before: Tally, now: Tally): Tally {
  return { records: now.records - before.records, counts: now.counts - before.counts }
}
