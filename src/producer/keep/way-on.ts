import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { GroupTurns } from './group-turns.ts'

export interface WayOnParts {
  readonly clock: Clock
  readonly keepsOrder: boolean
  /** Whether batches of the group are on disk only. */
  readonly hasBacklog: (key: GroupKey) => boolean
  readonly deliver: (batch: ProducerBatch) => void
  readonly detach: (batch: ProducerBatch) => void
}

/** How often the batches that wait for their turn are checked. */
const LOOK_MS = 1_000

/** Passes sealed batches to delivery: at once or, if the router keeps the order of groups, when their turn comes. */
export class WayOn {
  readonly turns: GroupTurns | undefined
  readonly #parts: WayOnParts
  /** Batches that have entered this stage. A batch that was just sealed enters a little later, and must not be written to disk twice. */
  readonly #came = new WeakSet<ProducerBatch>()
  /** Those that were not passed to delivery yet. */
  readonly #here = new Set<ProducerBatch>()
  readonly #look: Alarm
  #isClosing = false

  constructor(parts: WayOnParts) {
    this.#parts = parts
    this.turns = parts.keepsOrder ? new GroupTurns() : undefined
    this.#look = new Alarm(parts.clock, () => this.#lookAgain(), { isBackground: true })
  }

  enter(batch: ProducerBatch): void {
    if (this.#came.has(batch)) return
    this.#came.add(batch)
    this.#here.add(batch)
    this.turns?.came(batch)
  }

  hasCome(batch: ProducerBatch): boolean {
    return this.#came.has(batch)
  }

  /** Whether the batch has entered and was not passed to delivery yet. */
  isHere(batch: ProducerBatch): boolean {
    return this.#here.has(batch)
  }

  /** Whether batches of the group are on disk only, and have to be sent first. */
  hasBacklog(key: GroupKey): boolean {
    return this.turns !== undefined && this.#parts.hasBacklog(key)
  }

  /** Passes the batch to delivery, now or when its turn comes. */
  go(batch: ProducerBatch): void {
    if (this.turns === undefined) return this.#deliver(batch)
    this.turns.ready(batch)
    this.release(batch.key)
    if (this.turns.isReady(batch.key)) this.#lookLater()
  }

  /** The batch has its verdict, or is on disk only. */
  ended(batch: ProducerBatch): void {
    this.#here.delete(batch)
    this.turns?.leave(batch)
  }

  /** The state of the group has changed: it may be the turn of other batches. */
  release(key: GroupKey): void {
    if (!this.turns?.isReady(key)) return
    const hasBacklog = this.#parts.hasBacklog(key)
    if (hasBacklog && !this.#isClosing) return
    for (let batch = this.turns.takeReady(key); batch !== undefined; batch = this.turns.takeReady(key)) {
      // At close, batches on disk are left to the next producer, and so are the batches after them.
      if (hasBacklog && batch.kept !== undefined) this.#parts.detach(batch)
      else this.#deliver(batch)
    }
  }

  beginClosing(): void {
    this.#isClosing = true
    this.#releaseAll()
  }

  close(): void {
    this.#look.clear()
  }

  #deliver(batch: ProducerBatch): void {
    this.#here.delete(batch)
    this.#parts.deliver(batch)
  }

  #releaseAll(): void {
    for (const key of this.turns?.readyKeys ?? []) this.release(key)
  }

  /** In addition to `release`: the backlog of a group may end without a call, for example if another process takes over the slot. */
  #lookLater(): void {
    if (!this.#look.isSet) this.#look.set(this.#parts.clock.monotonicMs() + LOOK_MS)
  }

  #lookAgain(): void {
    this.#releaseAll()
    if (this.turns?.readyKeys.length) this.#lookLater()
  }
}
