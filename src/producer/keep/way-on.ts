import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import { GroupTurns } from './group-turns.ts'

export interface WayOnParts {
  readonly clock: Clock
  readonly keepsOrder: boolean
  /** Whether something of the group is on disk alone. */
  readonly hasBacklog: (key: GroupKey) => boolean
  readonly deliver: (batch: ProducerBatch) => void
  readonly detach: (batch: ProducerBatch) => void
}

/** How often it is looked whether what waits for its turn may go on. */
const LOOK_MS = 1_000

/** The way of sealed batches from where they come to delivery: at once, or where the router keeps order, when their turn comes. */
export class WayOn {
  readonly turns: GroupTurns | undefined
  readonly #parts: WayOnParts
  /** Sealed batches that have come. Others are known already, from their seal on, and come in a moment: not to be kept twice. */
  readonly #came = new WeakSet<ProducerBatch>()
  /** Of these, those that have not gone on. */
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

  /** It came, and has not gone on. */
  isHere(batch: ProducerBatch): boolean {
    return this.#here.has(batch)
  }

  /** Whether something of the group is on disk alone, and comes first. */
  hasBacklog(key: GroupKey): boolean {
    return this.turns !== undefined && this.#parts.hasBacklog(key)
  }

  /** It goes on, now or when its turn comes. */
  go(batch: ProducerBatch): void {
    if (this.turns === undefined) return this.#deliver(batch)
    this.turns.ready(batch)
    this.release(batch.key)
    if (this.turns.isReady(batch.key)) this.#lookLater()
  }

  /** It has its verdict, or is on disk alone. */
  ended(batch: ProducerBatch): void {
    this.#here.delete(batch)
    this.turns?.leave(batch)
  }

  /** Something of the group has happened: it may be the turn of others. */
  release(key: GroupKey): void {
    if (!this.turns?.isReady(key)) return
    const hasBacklog = this.#parts.hasBacklog(key)
    if (hasBacklog && !this.#isClosing) return
    for (let batch = this.turns.takeReady(key); batch !== undefined; batch = this.turns.takeReady(key)) {
      // At the end, what is on disk is the next producer's to send, with those that come after it.
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

  /** Besides whenever something of a group happens: what was on disk may be gone in another way. */
  #lookLater(): void {
    if (!this.#look.isSet) this.#look.set(this.#parts.clock.monotonicMs() + LOOK_MS)
  }

  #lookAgain(): void {
    this.#releaseAll()
    if (this.turns?.readyKeys.length) this.#lookLater()
  }
}
