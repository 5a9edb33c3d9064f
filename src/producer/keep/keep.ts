import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import { Deferred } from '../../core/deferred.ts'
import { isProducerError, ProducerError, toError } from '../../core/errors.ts'
import type { Payload } from '../../sls/sink.ts'
import type { Spool, Tally, Verdict } from '../../spool/spool.ts'
import type { GroupKey } from '../batch/group-key.ts'
import type { BatchOutcome, ProducerBatch } from '../batch/producer-batch.ts'
import type { MemoryAccount } from '../batch/reservation.ts'
import type { Origin } from '../sends/origin.ts'
import type { BatchFailure } from '../sends/send-error.ts'
import { decodeKept, encodeKept, encodeOrigins, groupOf, type KeptBatch } from './batch-codec.ts'
import { goesToDisk, type KeepOccasion } from './keep-policy.ts'
import { OriginClaim, type WhenNoted } from './origin-claim.ts'
import { Replay } from './replay.ts'
import type { ResolvedSpoolConfig } from './spool-config.ts'
import type { OpenedSpool, OpenSpool } from './spool-opening.ts'

export interface KeepParts {
  readonly config: ResolvedSpoolConfig
  readonly clock: Clock
  readonly openSpool: OpenSpool
  readonly compress: (raw: Buffer) => Promise<Payload>
  readonly memory: MemoryAccount
  /** Batches of a group go one after the other: what is on disk goes before what is newer. */
  readonly keepsOrder: boolean
  /** Bytes of batches from disk that may be in memory at once. */
  readonly windowBytes: () => number
  /** Batches from disk that may be under way to one destination at once. */
  readonly windowBatches: () => number
  readonly hasProject: (project: string) => boolean
  readonly nextPackId: (key: GroupKey) => string
}

export interface KeepListener {
  /** The batch goes its way. */
  deliver(batch: ProducerBatch): void
  /** It is tried again later. */
  postpone(batch: ProducerBatch, delayMs: number): void
  /** A batch came from disk: it is under way from now on. */
  replayed(batch: ProducerBatch): void
  /** It is on disk now: it has no deadline any longer, and who waits for that is told. */
  kept(batch: ProducerBatch): void
  /** It leaves memory, being on disk. Who still waits is told so. */
  detach(batch: ProducerBatch): void
  /** It could not be kept and is lost for the reason for which it should have been kept. */
  failed(batch: ProducerBatch, failure: BatchFailure): void
  /** Counted as dropped: it was on disk only. */
  droppedFromDisk(group: string, logCount: number, reason: 'age'): void
  recovered(logCount: number, records: number): void
  lost(logCount: number, records: number): void
  /** The spool does not work, or works again. */
  troubled(error: ProducerError): void
}

/** After an append that failed the next is tried. */
const RETRY_MS = 1_000
/** Batches that are compressed at once for the disk. */
const COMPRESSED_AT_ONCE = 2

/**
 * The stage between accumulator and delivery that knows the disk: what goes there and when, what becomes of it there, and
 * how it comes back. The rest of the producer sees batches whose bytes may be elsewhere.
 */
export class Keep {
  readonly #parts: KeepParts
  readonly #listener: KeepListener
  readonly #opened: OpenedSpool
  readonly #replay: Replay
  /** Where an append that failed is tried again, by batch; and why it is to be kept. */
  readonly #waiting = new Map<ProducerBatch, KeepOccasion>()
  readonly #retry: Alarm
  readonly #empty: Deferred<void>[] = []
  #issued: Promise<unknown> = Promise.resolve()
  readonly #compressing: Promise<unknown>[] = Array.from({ length: COMPRESSED_AT_ONCE }, () => Promise.resolve())
  #turn = 0
  #diskLogs = 0
  /** Sealed batches that have come here. Others are known already, from their seal on, and come in a moment: not to be kept twice. */
  readonly #taken = new WeakSet<ProducerBatch>()
  /** On disk, and in memory as well. */
  readonly #both = new Set<ProducerBatch>()
  readonly #notDurable = new Map<ProducerBatch, Deferred<void>>()
  readonly #origins = new OriginClaim((id, verdict) => this.#opened.spool?.settle(id, verdict))
  #isClosing = false

  constructor(parts: KeepParts, listener: KeepListener) {
    this.#parts = parts
    this.#listener = listener
    this.#retry = new Alarm(parts.clock, () => this.#tryWaiting(), { isBackground: true })
    this.#opened = parts.openSpool({
      onNote: (note) => this.#origins.found(note),
      onRecovered: (found) => this.#recovered(found),
      onRoom: () => this.#tryWaiting(),
      onLost: (lost, found) => this.#lost(lost, found === 'opening'),
      onOpen: () => {
        this.#replay.pump()
        this.#tryWaiting()
      },
      onFailed: (error) => listener.troubled(asSpoolError(error)),
    })
    this.#replay = new Replay(
      {
        ...parts,
        spool: () => this.#opened.spool,
        fetch: (id) => this.#fetch(id),
      },
      {
        replayed: (batch) => {
          this.#both.add(batch)
          listener.replayed(batch)
        },
        tooOld: (id, group, count) => this.#dropFromDisk(id, group, count, 'age'),
      },
    )
  }

  /** Logs on disk, those of batches that are in memory as well included. */
  get diskLogs(): number {
    return this.#diskLogs
  }

  /** Of {@link diskLogs}: logs of batches that are in memory as well. */
  get bothLogs(): number {
    let logs = 0
    for (const batch of this.#both) logs += batch.logCount
    return logs
  }

  get replayedBatches(): number {
    return this.#replay.replayedBatches
  }

  get spool(): Spool | undefined {
    return this.#opened.spool
  }

  /** A batch was sealed. */
  take(batch: ProducerBatch): void {
    this.#taken.add(batch)
    // It was asked to be durable before it came, and goes its way from the disk.
    if (batch.isGoingToDisk || batch.kept !== undefined) return
    const comesAfterDisk = this.#parts.keepsOrder && this.#replay.hasBacklog(groupOf(batch.key))
    if (goesToDisk(this.#parts.config.mode, 'sealed') || comesAfterDisk) void this.#keep(batch, 'sealed')
    else this.#listener.deliver(batch)
  }

  /** Memory runs short: bytes that are on disk leave it, and others follow where the mode says so, the newest that wait first. */
  relieve(batches: readonly ProducerBatch[], excessBytes: number, occasion: 'pressure' | 'spill'): void {
    let left = excessBytes
    for (const batch of batches) if (batch.isGoingToDisk) left -= batch.reservedBytes
    for (const batch of this.#both) {
      if (left <= 0) return
      const before = batch.reservedBytes
      this.#letGoOfBytes(batch)
      left -= before - batch.reservedBytes
    }
    if (!goesToDisk(this.#parts.config.mode, occasion)) return
    const chosen: ProducerBatch[] = []
    for (const batch of [...batches].reverse()) {
      if (left <= 0) break
      if (batch.kept !== undefined || batch.inFlight || batch.isRestored || batch.isGoingToDisk) continue
      if (!this.#taken.has(batch)) continue
      chosen.push(batch)
      left -= batch.reservedBytes
    }
    // On disk they have the order in which they were sealed.
    for (const batch of chosen.reverse()) void this.#keep(batch, occasion)
  }

  /**
   * A batch is about to be given up. True when it is kept instead, or is going to be: then whoever gave it up lets it be.
   */
  rescue(batch: ProducerBatch, failure: BatchFailure): boolean {
    if (batch.kept !== undefined) return this.#rescueKept(batch, failure)
    if (batch.isGoingToDisk) {
      batch.failureOtherwise ??= failure
      return true
    }
    const occasion = failure.code === 'ERR_LOGHUB_CLOSED' ? 'close' : 'failing'
    const isGone = batch.isRestored || (!failure.retriable && occasion !== 'close')
    if (isGone || !goesToDisk(this.#parts.config.mode, occasion)) return false
    void this.#keep(batch, occasion, failure)
    return true
  }

  /** A request failed and will be made again: its bytes are not needed soon. */
  retrying(batch: ProducerBatch): void {
    this.#replay.troubled(batch)
    if (batch.kept !== undefined) return this.#letGoOfBytes(batch)
    const nowMs = this.#parts.clock.monotonicMs()
    const isLate = nowMs - batch.openedAtMs >= this.#parts.config.spillAfterMs
    if (isLate && !batch.isGoingToDisk && !batch.isRestored && goesToDisk(this.#parts.config.mode, 'failing')) {
      void this.#keep(batch, 'failing')
    }
  }

  /** What a request carried has its verdict. */
  completed(batch: ProducerBatch, outcome: BatchOutcome, logCount: number): void {
    this.#waiting.delete(batch)
    if (batch.kept !== undefined) this.#completedKept(batch, batch.kept, outcome, logCount)
    if (batch.hasEnded) this.#durableNow(batch)
    this.#replay.completed(batch, outcome)
    if (this.#diskLogs === 0) for (const waiter of this.#empty.splice(0)) waiter.resolve()
  }

  /** Resolves when these are on disk, or have their verdict: also those that the mode would have left in memory. */
  async whenDurable(batches: Iterable<ProducerBatch>): Promise<void> {
    await this.#opened.firstAttempt
    const waits: Promise<void>[] = []
    for (const batch of batches) {
      if (batch.kept !== undefined || batch.hasEnded) continue
      const durable = this.#notDurable.get(batch) ?? new Deferred<void>()
      this.#notDurable.set(batch, durable)
      waits.push(durable.promise)
      // What was taken is on its way already, and must not be sent off a second time.
      if (!batch.isGoingToDisk && !batch.isRestored) void this.#keep(batch, this.#taken.has(batch) ? 'flush' : 'sealed')
    }
    await Promise.all(waits)
    await this.#opened.spool?.flush()
  }

  /** Resolves when nothing is on disk. */
  async whenEmpty(): Promise<void> {
    await this.#opened.firstAttempt
    if (this.#diskLogs === 0) return
    const waiter = new Deferred<void>()
    this.#empty.push(waiter)
    await waiter.promise
  }

  /** Where what was found on disk comes from; given once. From now on no record leaves the disk before `whenNoted`. */
  async claimOrigins(whenNoted: WhenNoted): Promise<readonly Origin[]> {
    this.#origins.holdUntil(whenNoted)
    await this.#opened.firstAttempt
    return this.#origins.take()
  }

  /** No more comes back from disk. */
  beginClosing(): void {
    this.#isClosing = true
    this.#replay.stop()
  }

  /** All that was going to disk is there, or could not be. */
  async close(): Promise<void> {
    this.#retry.clear()
    this.#origins.close()
    await this.#opened.close()
  }

  /** The process ends in this turn: what is in memory only is written now. Returns the logs that could not be. */
  lastWrite(batches: Iterable<ProducerBatch>): number {
    const left = [...batches].filter((batch) => batch.kept === undefined && !batch.hasEnded && !batch.isRestored)
    return this.#opened.lastWrite(
      left.map((batch) => ({ ...this.#recordHead(batch), body: encodeKept(keptNow(batch)) })),
    )
  }

  async #keep(batch: ProducerBatch, occasion: KeepOccasion, failure?: BatchFailure): Promise<void> {
    batch.isGoingToDisk = true
    if (failure !== undefined) {
      batch.failureOtherwise = failure
      // What would be lost otherwise is worth an attempt.
      this.#opened.tryNow()
    }
    try {
      const id = await this.#append(batch)
      batch.isGoingToDisk = false
      if (id !== undefined) this.#kept(batch, id, occasion)
    } catch (thrown) {
      batch.isGoingToDisk = false
      this.#notKept(batch, occasion, asSpoolError(toError(thrown)))
    }
  }

  /** In the order of the calls, though compression may take longer for one than for the next. */
  async #append(batch: ProducerBatch): Promise<number | undefined> {
    const turn = this.#turn++ % COMPRESSED_AT_ONCE
    const payload = (this.#compressing[turn] as Promise<unknown>).then(() => this.#payloadOf(batch))
    this.#compressing[turn] = payload.catch(() => {})
    const appended = this.#issued.then(async () => {
      const [bytes, spool] = await Promise.all([payload, this.#opened.whenOpen()])
      if (batch.hasEnded || bytes === undefined) return undefined
      const body = encodeKept({ packId: batch.sealed.packId, payload: bytes })
      // Wrapped: the next may be issued as soon as this one is, before it is on disk.
      return { id: spool.append({ ...this.#recordHead(batch), body }) }
    })
    this.#issued = appended.catch(() => {})
    return (await appended)?.id
  }

  #recordHead(batch: ProducerBatch) {
    const { clock } = this.#parts
    const timeMs = clock.now() - (clock.monotonicMs() - batch.openedAtMs)
    const note = encodeOrigins(batch.origins)
    return { group: groupOf(batch.key), count: batch.sealed.logCount, timeMs, note }
  }

  async #payloadOf(batch: ProducerBatch): Promise<Payload | undefined> {
    if (batch.hasEnded) return undefined
    if (batch.payload !== undefined) return batch.payload
    const payload = await this.#parts.compress(batch.raw)
    if (!batch.hasEnded && batch.payload === undefined && !batch.isRestored) batch.keepCompressed(payload)
    return payload
  }

  #kept(batch: ProducerBatch, id: number, occasion: KeepOccasion): void {
    // Split, or with its verdict, while it was written: the record says nothing new.
    if (batch.hasEnded || batch.isRestored) {
      this.#origins.settle(id, batch.outcome === 'delivered' ? 'delivered' : 'failed')
      if (!batch.hasEnded) this.#goOn(batch, occasion)
      return
    }
    batch.kept = id
    batch.durableAt = this.#parts.clock.now()
    this.#both.add(batch)
    this.#diskLogs += batch.logCount
    this.#listener.kept(batch)
    this.#durableNow(batch)
    const failure = batch.failureOtherwise
    if (this.#isClosing && failure !== undefined) return this.#listener.detach(batch)
    const comesAfterDisk = this.#parts.keepsOrder && this.#replay.hasBacklog(groupOf(batch.key))
    const isInTheWay = this.#replay.isTroubled(batch.key) || occasion === 'pressure' || occasion === 'spill'
    if (!batch.inFlight && (comesAfterDisk || (isInTheWay && batch.owesNobody))) return this.#listener.detach(batch)
    if (occasion !== 'sealed') this.#letGoOfBytes(batch)
    this.#goOn(batch, occasion)
  }

  /** What was not sent before goes now; what had failed is tried again. */
  #goOn(batch: ProducerBatch, occasion: KeepOccasion): void {
    if (occasion === 'sealed' && batch.failureOtherwise === undefined) this.#listener.deliver(batch)
    else if (batch.failureOtherwise !== undefined) this.#listener.postpone(batch, RETRY_MS)
    batch.failureOtherwise = undefined
  }

  /** There is no room, or the disk fails: nothing was reported, and it is tried again. Meanwhile the batch goes its way from memory. */
  #notKept(batch: ProducerBatch, occasion: KeepOccasion, error: ProducerError): void {
    if (batch.hasEnded) return
    const isOpen = this.#opened.spool !== undefined
    if (isOpen) this.#listener.troubled(error)
    const failure = batch.failureOtherwise
    if (failure !== undefined) {
      this.#settleDurableWaits(batch, error)
      return this.#listener.failed(batch, failure)
    }
    this.#waiting.set(batch, occasion)
    if (isOpen) this.#retry.set(this.#parts.clock.monotonicMs() + RETRY_MS)
    if (occasion === 'sealed') this.#listener.deliver(batch)
  }

  #tryWaiting(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const [batch, occasion] of waiting) {
      if (batch.hasEnded || batch.kept !== undefined || batch.isGoingToDisk || batch.isRestored) continue
      void this.#keep(batch, occasion === 'sealed' ? 'pressure' : occasion)
    }
  }

  #rescueKept(batch: ProducerBatch, failure: BatchFailure): boolean {
    if (failure.code === 'ERR_LOGHUB_SPOOL_CORRUPT') return false
    // Who waits is told of a failure that time will not mend. Where nobody waits any more it is kept: somebody will mend it.
    if (!failure.retriable && failure.code !== 'ERR_LOGHUB_CLOSED' && !batch.owesNobody) return false
    if (this.#isClosing) {
      this.#listener.detach(batch)
      return true
    }
    this.#replay.troubled(batch)
    this.#letGoOfBytes(batch)
    this.#listener.postpone(batch, POSTPONED_MS)
    return true
  }

  #completedKept(batch: ProducerBatch, id: number, outcome: BatchOutcome, logCount: number): void {
    if (outcome === 'spooled') {
      this.#both.delete(batch)
      this.#opened.spool?.release(id)
      this.#replay.added()
      return
    }
    this.#diskLogs -= logCount
    if (!batch.hasEnded) return
    this.#both.delete(batch)
    if (outcome !== 'damaged') this.#origins.settle(id, outcome as Verdict)
  }

  #letGoOfBytes(batch: ProducerBatch): void {
    const id = batch.kept
    const { body } = batch.sealed
    if (id === undefined || batch.inFlight || batch.isRestored || batch.hasEnded) return
    if (body.isElsewhere && body.payload === undefined) return
    body.moveElsewhere(async () => (await this.#fetch(id)).payload)
  }

  async #fetch(id: number): Promise<KeptBatch> {
    const record = await (this.#opened.spool as Spool).read(id)
    const kept = record && decodeKept(record.body)
    if (kept !== undefined) return kept
    throw new ProducerError('ERR_LOGHUB_SPOOL_CORRUPT', 'the batch was damaged on disk: its logs are lost')
  }

  #dropFromDisk(id: number, group: string, count: number, reason: 'age'): void {
    this.#origins.settle(id, 'dropped')
    this.#diskLogs -= count
    this.#listener.droppedFromDisk(group, count, reason)
  }

  #recovered({ records, counts }: Tally): void {
    this.#diskLogs += counts
    this.#listener.recovered(counts, records)
    this.#replay.pump()
  }

  /** Found at opening: it was counted as recovered. Damaged when it was read: its batch is told by its failure. */
  #lost({ records, counts }: Tally, isRecovered: boolean): void {
    if (isRecovered) this.#diskLogs -= counts
    this.#listener.lost(isRecovered ? counts : 0, records)
  }

  #durableNow(batch: ProducerBatch): void {
    this.#notDurable.get(batch)?.resolve()
    this.#notDurable.delete(batch)
  }

  #settleDurableWaits(batch: ProducerBatch, error: ProducerError): void {
    this.#notDurable.get(batch)?.reject(error)
    this.#notDurable.delete(batch)
  }
}

/** How soon a batch on disk whose destination refuses it for another reason than its content is tried again. */
const POSTPONED_MS = 30_000

function keptNow(batch: ProducerBatch) {
  const { packId, rawSizeInBytes } = batch.sealed
  const payload = batch.payload ?? { bytes: batch.raw, rawSizeInBytes, compression: 'none' as const }
  return { packId, payload }
}

function asSpoolError(error: Error): ProducerError {
  if (isProducerError(error)) return error
  return new ProducerError('ERR_LOGHUB_SPOOL_FULL', `the spool cannot be used: ${error.message}`, {
    retriable: true,
    cause: error,
  })
}
