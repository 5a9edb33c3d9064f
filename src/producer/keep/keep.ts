import type { Spool, Verdict } from '../../spool/spool.ts'
import type { BatchOutcome, ProducerBatch } from '../batch/producer-batch.ts'
import type { Origin } from '../sends/origin.ts'
import type { BatchFailure } from '../sends/send-error.ts'
import { groupOf } from './batch-codec.ts'
import { BatchWriter } from './batch-writer.ts'
import { DiskAccount } from './disk-account.ts'
import { DiskNews } from './disk-news.ts'
import type { KeepListener, KeepParts } from './keep-parts.ts'
import { goesToDisk } from './keep-policy.ts'
import { OriginClaim, type WhenNoted } from './origin-claim.ts'
import { newestToFree } from './relief.ts'
import { Replay } from './replay.ts'
import { asSpoolError } from './spool-error.ts'
import type { OpenedSpool } from './spool-opening.ts'
import { isInMemoryOnly, ToDisk } from './to-disk.ts'
import { WayOn } from './way-on.ts'

/** Pause before a batch on disk is tried again that the service refused for another reason than its content. */
const REFUSED_MS = 30_000
/** Fresh batches count as arriving for this time after the last one was sealed. */
const FRESH_MS = 1_000

/**
 * The stage between accumulator and delivery that uses the spool. It decides which batches are written to disk and when, and reads them
 * back. Other stages only see batches whose bytes may be on disk.
 */
export class Keep {
  readonly #parts: KeepParts
  readonly #listener: KeepListener
  readonly #opened: OpenedSpool
  readonly #writer: BatchWriter
  readonly #replay: Replay
  readonly #wayOn: WayOn
  readonly #disk = new DiskAccount()
  readonly #toDisk: ToDisk
  readonly #origins = new OriginClaim((id, verdict) => this.#opened.spool?.settle(id, verdict))
  #knowsDisk = false
  #freshAtMs = Number.NEGATIVE_INFINITY
  #isClosing = false

  constructor(parts: KeepParts, listener: KeepListener) {
    this.#parts = parts
    this.#listener = listener
    const news = new DiskNews({
      directory: parts.config.directory,
      disk: this.#disk,
      listener,
      found: () => this.#replay.pump(),
      keepAnew: (batch) => this.#toDisk.keepLater(batch),
    })
    this.#opened = parts.openSpool({
      onNote: (note) => this.#origins.found(note),
      onRecovered: (found) => news.onRecovered(found),
      onRoom: () => this.#toDisk.tryAll(),
      onLeft: (left, isLeft, why) => news.onLeft(left, isLeft, why),
      onLost: (lost, state) => news.onLost(lost, state),
      onOpen: () => {
        this.#replay.pump()
        this.#toDisk.tryAll()
      },
      onFailed: (error) => listener.troubled(asSpoolError(error, parts.config.directory)),
    })
    this.#writer = new BatchWriter(parts, this.#opened)
    this.#replay = new Replay(
      {
        ...parts,
        windowBatches: () => parts.windowBatches(parts.clock.monotonicMs() - this.#freshAtMs < FRESH_MS),
        spool: () => this.#opened.spool,
        fetch: (id) => this.#writer.read(id),
      },
      {
        replayed: (batch) => this.#replayed(batch),
        tooOld: (id, group, count) => this.#dropFromDisk(id, group, count, 'age'),
      },
    )
    this.#wayOn = new WayOn({
      clock: parts.clock,
      keepsOrder: parts.keepsOrder,
      hasBacklog: (key) => this.#replay.hasBacklog(groupOf(key)),
      deliver: (batch) => listener.deliver(batch),
      detach: (batch) => listener.detach(batch),
    })
    this.#toDisk = new ToDisk({
      ...{ config: parts.config, clock: parts.clock, overflow: parts.overflow, listener },
      ...{ opened: this.#opened, writer: this.#writer, wayOn: this.#wayOn, disk: this.#disk, origins: this.#origins },
      isTroubled: (key) => this.#replay.isTroubled(key),
      drop: ({ id, group, count }) => this.#dropFromDisk(id, group, count, 'drop-oldest'),
    })
    void this.#opened.firstAttempt.then(() => {
      this.#knowsDisk = true
    })
  }

  /** Logs on disk, including those of batches that are also in memory. */
  get diskLogs(): number {
    return this.#disk.logs
  }

  /** The part of {@link diskLogs} in batches that are also in memory. */
  get bothLogs(): number {
    return this.#disk.bothLogs
  }

  get replayedBatches(): number {
    return this.#replay.replayedBatches
  }

  get spool(): Spool | undefined {
    return this.#opened.spool
  }

  /** A batch was sealed. */
  take(batch: ProducerBatch): void {
    this.#freshAtMs = this.#parts.clock.monotonicMs()
    this.#wayOn.enter(batch)
    // Until the first attempt to open the spool is over, it is unknown whether earlier batches of the group are on disk.
    if (this.#parts.keepsOrder && !this.#knowsDisk) void this.#opened.firstAttempt.then(() => this.#start(batch))
    else this.#start(batch)
  }

  #start(batch: ProducerBatch): void {
    // A flush may have written the batch to disk before.
    if (!this.#wayOn.isHere(batch) || !isInMemoryOnly(batch)) return
    if (goesToDisk(this.#parts.config.mode, 'sealed') || this.#wayOn.hasBacklog(batch.key))
      this.#toDisk.keep(batch, 'sealed')
    else this.#wayOn.go(batch)
  }

  /** Frees memory: first bytes that are on disk, then, if the mode allows it, by writing the newest waiting batches to disk. */
  relieve(batches: readonly ProducerBatch[], excessBytes: number, occasion: 'pressure' | 'spill'): void {
    let left = excessBytes
    for (const batch of batches) if (batch.isGoingToDisk) left -= batch.reservedBytes
    for (const batch of this.#disk.both) {
      if (left <= 0) return
      const before = batch.reservedBytes
      this.#writer.letGoOfBytes(batch)
      left -= before - batch.reservedBytes
    }
    if (!goesToDisk(this.#parts.config.mode, occasion)) return
    const mayGo = (batch: ProducerBatch) => isInMemoryOnly(batch) && !batch.inFlight && this.#wayOn.hasCome(batch)
    for (const batch of newestToFree(batches, left, mayGo)) this.#toDisk.keep(batch, occasion)
  }

  /**
   * Called before a batch is given up. Returns true if the batch is on disk or is being written: then the caller must not give it up.
   * `isParked`: the batch is in no queue of delivery, and goes back there by `postpone`.
   */
  rescue(batch: ProducerBatch, failure: BatchFailure, isParked: boolean): boolean {
    const isRescued = this.#rescue(batch, failure)
    if (isRescued && isParked && !batch.hasEnded) this.#toDisk.park(batch)
    if (isRescued && batch.kept !== undefined) this.#toDisk.goOn(batch, REFUSED_MS)
    return isRescued
  }

  /** A request failed and will be repeated. */
  retrying(batch: ProducerBatch): void {
    this.#replay.troubled(batch)
    if (batch.kept !== undefined) return this.#writer.letGoOfBytes(batch)
    const nowMs = this.#parts.clock.monotonicMs()
    const isLate = nowMs - batch.openedAtMs >= this.#parts.config.spillAfterMs
    if (isLate && goesToDisk(this.#parts.config.mode, 'failing')) this.#toDisk.keep(batch, 'failing')
  }

  /** The logs of a request got their verdict. */
  completed(batch: ProducerBatch, outcome: BatchOutcome, logCount: number): void {
    if (batch.kept !== undefined) this.#completedKept(batch, batch.kept, outcome, logCount)
    if (batch.hasEnded) {
      this.#toDisk.ended(batch)
      this.#wayOn.ended(batch)
    }
    this.#replay.completed(batch, outcome)
    this.#wayOn.release(batch.key)
  }

  /** Resolves when these batches are on disk or have their verdict, also those that the mode would leave in memory. */
  async whenDurable(batches: Iterable<ProducerBatch>): Promise<void> {
    await this.#opened.firstAttempt
    const waits: Promise<void>[] = []
    for (const batch of batches) {
      if (batch.kept !== undefined || batch.hasEnded) continue
      waits.push(this.#toDisk.whenKept(batch))
    }
    await Promise.all(waits)
    await this.#opened.spool?.flush()
  }

  /** Resolves when nothing is on disk. */
  async whenEmpty(): Promise<void> {
    await this.#opened.firstAttempt
    await this.#disk.whenEmpty()
  }

  /** Returns the origins of the records found on disk, once. From now on no record is removed from disk before `whenNoted` has resolved. */
  async claimOrigins(whenNoted: WhenNoted): Promise<readonly Origin[]> {
    this.#origins.holdUntil(whenNoted)
    await this.#opened.firstAttempt
    return this.#origins.take()
  }

  /** Projects were added: their batches on disk can be sent. */
  projectsChanged(): void {
    this.#replay.pump()
  }

  /** Reads nothing more back from disk. */
  beginClosing(): void {
    this.#isClosing = true
    this.#toDisk.beginClosing()
    this.#replay.stop()
    this.#wayOn.beginClosing()
  }

  /** Resolves when all batches that were being written are on disk, or could not be written. */
  async close(): Promise<void> {
    this.#toDisk.close()
    this.#wayOn.close()
    this.#origins.close()
    await this.#opened.close()
  }

  /** Writes synchronously what is in memory only, because the process ends. Returns the number of logs that could not be written. */
  lastWrite(batches: Iterable<ProducerBatch>): number {
    const left = [...batches].filter((batch) => batch.kept === undefined && !batch.hasEnded && !batch.isRestored)
    return this.#writer.lastWrite(left)
  }

  #rescue(batch: ProducerBatch, failure: BatchFailure): boolean {
    if (batch.kept !== undefined) return this.#rescueKept(batch, failure)
    if (batch.isGoingToDisk) {
      batch.failureOtherwise ??= failure
      return true
    }
    const occasion = failure.code === 'ERR_LOGHUB_CLOSED' ? 'close' : 'failing'
    const isGone = batch.isRestored || (!failure.retriable && occasion !== 'close')
    if (isGone || !goesToDisk(this.#parts.config.mode, occasion)) return false
    this.#toDisk.keep(batch, occasion, failure)
    return true
  }

  /** A batch on disk stays there: what makes its requests fail can be fixed. (Logs whose content is refused do not come here.) */
  #rescueKept(batch: ProducerBatch, failure: BatchFailure): boolean {
    if (failure.code === 'ERR_LOGHUB_SPOOL_CORRUPT') return false
    if (this.#isClosing) {
      this.#listener.detach(batch)
      return true
    }
    if (!failure.retriable) this.#listener.refused(batch, failure)
    this.#replay.troubled(batch)
    this.#writer.letGoOfBytes(batch)
    return true
  }

  #completedKept(batch: ProducerBatch, id: number, outcome: BatchOutcome, logCount: number): void {
    if (outcome === 'spooled') {
      this.#disk.leaveMemory(batch)
      this.#opened.spool?.release(id)
      this.#replay.added()
      return
    }
    if (batch.hasEnded) {
      this.#disk.leaveMemory(batch)
      if (outcome !== 'damaged') this.#origins.settle(id, outcome as Verdict)
    }
    this.#disk.remove(logCount)
  }

  #replayed(batch: ProducerBatch): void {
    this.#disk.enterMemory(batch)
    this.#wayOn.turns?.cameBack(batch)
    this.#listener.replayed(batch)
    this.#wayOn.release(batch.key)
  }

  #dropFromDisk(id: number, group: string, count: number, reason: 'age' | 'drop-oldest'): void {
    this.#origins.settle(id, 'dropped')
    this.#disk.remove(count)
    this.#listener.droppedFromDisk(group, count, reason)
  }
}
