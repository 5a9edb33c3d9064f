import { type ProducerError, toError } from '../../core/errors.ts'
import type { TakenRecord } from '../../spool/spool.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { BatchFailure } from '../sends/send-error.ts'
import type { BatchWriter } from './batch-writer.ts'
import type { DiskAccount } from './disk-account.ts'
import { DurableWaits } from './durable-waits.ts'
import type { KeepListener, KeepParts } from './keep-parts.ts'
import type { KeepOccasion } from './keep-policy.ts'
import { OldestOnDisk } from './oldest-on-disk.ts'
import type { OriginClaim } from './origin-claim.ts'
import { asSpoolError } from './spool-error.ts'
import type { OpenedSpool } from './spool-opening.ts'
import { UnkeptBatches } from './unkept-batches.ts'
import type { WayOn } from './way-on.ts'

export interface ToDiskParts extends Pick<KeepParts, 'config' | 'clock' | 'overflow'> {
  readonly opened: OpenedSpool
  readonly writer: BatchWriter
  readonly wayOn: WayOn
  readonly disk: DiskAccount
  readonly origins: OriginClaim
  /** Whether the last request to the destination of the group failed. */
  readonly isTroubled: (key: GroupKey) => boolean
  /** The record makes room for a newer batch. */
  readonly drop: (record: TakenRecord) => void
  readonly listener: Pick<KeepListener, 'kept' | 'detach' | 'failed' | 'troubled' | 'postpone'>
}

/** Pause before a batch that was written to disk at its deadline is tried again. */
const RETRY_MS = 1_000
/** Other batches may have been faster to take the room that was made. */
const MOST_APPENDS = 3

/**
 * Writes batches that are in memory only to disk: now, in the order of their group, or when there is room. Afterwards a batch leaves
 * memory, or is delivered from memory.
 */
export class ToDisk {
  readonly #parts: ToDiskParts
  readonly #unkept: UnkeptBatches
  readonly #oldest: OldestOnDisk
  readonly #waits = new DurableWaits()
  /** Batches whose request failed finally: delivery has released them, and gets them back by `postpone`. */
  readonly #parked = new Set<ProducerBatch>()
  #isClosing = false

  constructor(parts: ToDiskParts) {
    this.#parts = parts
    this.#unkept = new UnkeptBatches(parts.clock, (batch, occasion) => this.#write(batch, occasion))
    this.#oldest = new OldestOnDisk({
      clock: parts.clock,
      spool: () => parts.opened.spool,
      isDropping: () => parts.overflow() === 'drop-oldest',
      drop: parts.drop,
    })
  }

  /** With `failure`, the batch is lost if it cannot be written now. */
  keep(batch: ProducerBatch, occasion: KeepOccasion, failure?: BatchFailure): void {
    const { wayOn } = this.#parts
    wayOn.enter(batch)
    if (occasion !== 'sealed') {
      for (const earlier of wayOn.turns?.unkeptBefore(batch) ?? []) this.#keepOne(earlier, occasion)
    }
    this.#keepOne(batch, occasion, failure)
  }

  /** Resolves when the batch is on disk or has its verdict. */
  whenKept(batch: ProducerBatch): Promise<void> {
    const kept = this.#waits.wait(batch)
    // A batch that was just sealed has not entered this stage yet.
    this.keep(batch, this.#parts.wayOn.hasCome(batch) ? 'flush' : 'sealed')
    return kept
  }

  /** Writes the batch as soon as there is room. */
  keepLater(batch: ProducerBatch): void {
    this.#unkept.add(batch, 'pressure')
  }

  /** The batch is in no queue of delivery. It comes back by {@link goOn}. */
  park(batch: ProducerBatch): void {
    this.#parked.add(batch)
  }

  /** Sends a batch that was not sent before, tries a failed one again, and leaves a queued one where it is. */
  goOn(batch: ProducerBatch, delayMs = RETRY_MS): void {
    const { wayOn, listener } = this.#parts
    batch.failureOtherwise = undefined
    if (wayOn.isHere(batch)) wayOn.go(batch)
    else if (this.#parked.delete(batch)) listener.postpone(batch, delayMs)
  }

  /** The batch has its verdict, or is on disk only. */
  ended(batch: ProducerBatch): void {
    this.#unkept.delete(batch)
    this.#parked.delete(batch)
    this.#waits.reached(batch)
  }

  /** The spool is open, or there may be room in it. */
  tryAll(): void {
    this.#oldest.roomCame()
    this.#unkept.tryAll()
  }

  beginClosing(): void {
    this.#isClosing = true
  }

  close(): void {
    this.#unkept.close()
    this.#oldest.roomCame()
  }

  #keepOne(batch: ProducerBatch, occasion: KeepOccasion, failure?: BatchFailure): void {
    if (!isInMemoryOnly(batch)) return
    if (failure !== undefined || !this.#unkept.has(batch.key.project)) return void this.#write(batch, occasion, failure)
    this.#unkept.add(batch, occasion)
    this.goOn(batch)
  }

  /** Returns false if there was no room. */
  async #write(batch: ProducerBatch, occasion: KeepOccasion, failure?: BatchFailure): Promise<boolean> {
    const { wayOn, opened, config } = this.#parts
    if (!isInMemoryOnly(batch)) return true
    const when = failure === undefined ? (wayOn.turns?.mayBeWritten(batch) ?? 'now') : 'now'
    if (when !== 'now') return when === 'never'
    batch.isGoingToDisk = true
    batch.failureOtherwise = failure
    // Without this attempt the batch would be lost.
    if (failure !== undefined) opened.tryNow()
    try {
      const id = await this.#append(batch)
      batch.isGoingToDisk = false
      if (id !== undefined) this.#kept(batch, id, occasion)
      return true
    } catch (thrown) {
      batch.isGoingToDisk = false
      this.#notKept(batch, occasion, asSpoolError(toError(thrown), config.directory))
      return false
    }
  }

  async #append(batch: ProducerBatch): Promise<number | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#parts.writer.append(batch)
      } catch (thrown) {
        if (attempt === MOST_APPENDS || !(await this.#oldest.makeRoom(batch, thrown))) throw thrown
      }
    }
  }

  #kept(batch: ProducerBatch, id: number, occasion: KeepOccasion): void {
    const { origins, clock, disk, wayOn, listener, writer } = this.#parts
    // The batch was split or got its verdict while it was written: the record is not needed.
    if (batch.hasEnded || batch.isRestored) {
      origins.settle(id, batch.outcome === 'delivered' ? 'delivered' : 'failed')
      if (!batch.hasEnded) this.goOn(batch)
      return
    }
    batch.kept = id
    batch.durableAt = clock.now()
    disk.enterMemory(batch)
    disk.add(batch.logCount)
    wayOn.turns?.kept(batch)
    this.#unkept.delete(batch)
    listener.kept(batch)
    this.#waits.reached(batch)
    if (this.#isClosing && batch.failureOtherwise !== undefined) return listener.detach(batch)
    if (this.#mayLeaveMemory(batch, occasion)) return listener.detach(batch)
    if (occasion !== 'sealed' || wayOn.hasBacklog(batch.key)) writer.letGoOfBytes(batch)
    this.goOn(batch)
  }

  /** Whether no send waits for the batch and it will not be sent soon: then replay reads it back later. */
  #mayLeaveMemory(batch: ProducerBatch, occasion: KeepOccasion): boolean {
    const { wayOn, isTroubled } = this.#parts
    if (batch.inFlight || !batch.owesNobody || wayOn.turns?.mayLeaveMemory(batch) === false) return false
    const isPressed = occasion === 'pressure' || occasion === 'spill'
    return isPressed || isTroubled(batch.key) || wayOn.hasBacklog(batch.key)
  }

  /** There is no room, or the disk fails. The batch is delivered from memory, and writing it is tried again until then. */
  #notKept(batch: ProducerBatch, occasion: KeepOccasion, error: ProducerError): void {
    const { opened, listener } = this.#parts
    if (batch.hasEnded) return
    if (opened.spool !== undefined) listener.troubled(error)
    const failure = batch.failureOtherwise
    if (failure !== undefined) {
      this.#waits.failed(batch, error)
      return listener.failed(batch, failure)
    }
    this.#unkept.add(batch, occasion === 'sealed' ? 'pressure' : occasion)
    this.goOn(batch)
  }
}

export function isInMemoryOnly(batch: ProducerBatch): boolean {
  return !batch.hasEnded && batch.kept === undefined && !batch.isGoingToDisk && !batch.isRestored
}
