import type { Clock } from '../core/clock.ts'
import { ProducerError, toError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { DrainSignal } from './accept/drain-signal.ts'
import { Intake } from './accept/intake.ts'
import { MemoryBudget } from './accept/memory-budget.ts'
import { Refusals } from './accept/refusals.ts'
import { IncompleteBatches } from './accumulate/incomplete-batches.ts'
import { LogAccumulator } from './accumulate/log-accumulator.ts'
import { Mover } from './accumulate/mover.ts'
import { BufferPool } from './batch/buffer-pool.ts'
import type { EncodedLogs } from './batch/encoded-logs.ts'
import type { GroupKey } from './batch/group-key.ts'
import { ProducerBatch } from './batch/producer-batch.ts'
import { connectKeep, type SpoolParts } from './connect-keep.ts'
import { Delivery, type DeliveryListener, type DeliveryParts } from './deliver/delivery.ts'
import type { SendOutcome } from './deliver/send-task.ts'
import type { Keep } from './keep/keep.ts'
import type { WhenNoted } from './keep/origin-claim.ts'
import { Lifecycle } from './lifecycle.ts'
import { MemoryShortage } from './memory-shortage.ts'
import { Counters } from './observe/counters.ts'
import { diagnostics } from './observe/diagnostics.ts'
import { inspectionOf, type ProducerInspection } from './observe/inspection.ts'
import type { ProducerMetrics } from './observe/metrics.ts'
import { Notices } from './observe/notices.ts'
import { ProducerEmitter } from './observe/producer-emitter.ts'
import { snapshotOf } from './observe/snapshot.ts'
import { spoolReading } from './observe/spool-reading.ts'
import type { LiveOptions } from './options.ts'
import { Outcomes } from './outcomes.ts'
import type { Origin } from './sends/origin.ts'
import type { PendingSend } from './sends/pending-send.ts'
import type { SealReason } from './sends/seal-reason.ts'
import type { DeadLetter } from './settle/dead-letter.ts'

export interface PipelineParts extends DeliveryParts {
  readonly logger: Logger
  /** Gets the memory of batches from the process. */
  readonly allocate?: ((bytes: number) => Buffer) | undefined
  /** What keeps batches on disk, where that is wanted. */
  readonly spool?: SpoolParts | undefined
  readonly deadLetter?: ((letter: DeadLetter) => unknown) | undefined
}

/**
 * Connects the stages: intake -> accumulator -> delivery -> success or failure handler. Memory is reserved by the first and
 * released by the last. No stage knows the next one; the calls between them are here, in the order in which a log passes them.
 */
export class Pipeline {
  readonly events: ProducerEmitter
  readonly #counters = new Counters()
  readonly #budget: MemoryBudget
  readonly drain: DrainSignal
  readonly refusals: Refusals
  readonly intake: Intake
  readonly shortage: MemoryShortage
  readonly lifecycle: Lifecycle
  readonly #incomplete: IncompleteBatches
  readonly #accumulator: LogAccumulator
  readonly #delivery: Delivery
  readonly #mover: Mover
  readonly #outcomes: Outcomes
  readonly #keep: Keep | undefined
  readonly #clock: Clock
  readonly #startedAtMs: number
  #isExiting = false
  readonly #options: LiveOptions

  constructor(parts: PipelineParts) {
    const { options, clock } = parts
    this.#options = options
    this.#clock = clock
    this.#startedAtMs = clock.monotonicMs()
    this.events = new ProducerEmitter(new Notices(clock, parts.logger), (error, event) =>
      this.#foreignError(error, event),
    )
    this.#budget = new MemoryBudget(options.current.totalSizeInBytes, 1, () => this.#tellFreed())
    // In a microtask of its own, like every listener: memory may be freed inside a send.
    this.drain = new DrainSignal(() => queueMicrotask(() => this.events.emit('drain', undefined)))
    this.refusals = new Refusals({
      counted: (code, logCount) => this.#counters.refused(code, logCount),
      told: (error, logCount) => this.events.emit('refused', { error, logCount }),
      foreignError: (error) => this.#foreignError(error),
    })
    this.intake = new Intake(options, clock, this.#budget, {
      roomOf: (key) => this.#accumulator.roomOf(key),
      tryAppend: (key, logs, send) => this.#tryAppend(key, logs, send),
      missingBytes: (key, sizeInBytes) => this.#accumulator.missingBytes(key, sizeInBytes),
      newBatchBytes: (key, sizeInBytes) => this.#accumulator.newBatchBytes(key, sizeInBytes),
      admitted: (key, logs, send, reservedBytes) => this.#admitted(key, logs, send, reservedBytes),
      blocked: (isSpill) => this.shortage.blocked(isSpill),
      dropOldest: (project, bytes) => this.#dropOldest(project, bytes),
      refused: (send, logCount, error) => this.refusals.refuse(send, logCount, error),
    })
    this.#incomplete = new IncompleteBatches((batch, nowMs) => this.#outcomes.expired(batch, nowMs))
    this.#accumulator = new LogAccumulator({
      options,
      clock,
      incomplete: this.#incomplete,
      memory: this.#budget,
      pool: new BufferPool({ spareBytes: () => this.#budget.spareBytes, allocate: parts.allocate }),
      opened: () => this.#mover.reschedule(),
      sealed: (batch) => this.#sealed(batch),
    })
    this.#delivery = new Delivery(parts, this.#deliveryListener())
    this.#mover = new Mover(clock, [this.#accumulator, ...this.#delivery.dueSources, this.#incomplete])
    this.#keep = parts.spool && this.#connectKeep(parts, parts.spool)
    this.shortage = new MemoryShortage({
      options,
      budget: this.#budget,
      drain: this.drain,
      intake: this.intake,
      incomplete: this.#incomplete,
      accumulator: this.#accumulator,
      keep: this.#keep,
      spillAt: parts.spool?.config.spillAt ?? 1,
    })
    this.#outcomes = new Outcomes({
      ...{ options, clock, counters: this.#counters, events: this.events, onDeadLetter: parts.deadLetter },
      ...{ incomplete: this.#incomplete, delivery: this.#delivery, keep: this.#keep },
      foreignError: (error) => this.#foreignError(error),
      settled: () => this.#settled(),
    })
    this.lifecycle = this.#lifecycle(parts)
  }

  /** Takes over changed options. */
  retune(projectCount: number): void {
    this.share(projectCount)
    this.#delivery.retune()
    this.#incomplete.shortenDeadlines(this.#options.current.deliveryTimeoutMs)
    this.#mover.reschedule()
  }

  /** Sets the share of memory and lanes that one project may have: all of it if there is only one. */
  share(projectCount: number): void {
    const { totalSizeInBytes, maxProjectShare } = this.#options.current
    const share = projectCount > 1 ? maxProjectShare : 1
    this.#budget.resize(totalSizeInBytes, share)
    this.#delivery.share(share)
    this.#keep?.projectsChanged()
  }

  metrics(): ProducerMetrics {
    const { requests, failedRequests, lanes, ...waiting } = this.#delivery.state
    const { totalBytes, usedBytes, highWaterBytes } = this.#budget
    const { blockedSends, blockedBytes } = this.intake
    return snapshotOf(this.#counters, {
      logsInMemory: this.#incomplete.logCount - (this.#keep?.bothLogs ?? 0),
      logsOnDisk: this.#keep?.diskLogs ?? 0,
      spool: this.#spoolMetrics(),
      batches: { open: this.#accumulator.openCount, ...waiting },
      memory: { totalBytes, usedBytes, highWaterBytes, blockedSends, blockedBytes },
      requests: { made: requests, failed: failedRequests },
      lanes,
    })
  }

  inspect(): ProducerInspection {
    const nowMs = this.#clock.monotonicMs()
    return inspectionOf(this.metrics(), {
      time: this.#clock.now(),
      nowMs,
      startedAtMs: this.#startedAtMs,
      usedBytesByProject: this.#budget.usedBytesByProject(),
      batches: this.#incomplete.all,
      ...this.#delivery.inspect(nowMs),
    })
  }

  #connectKeep({ options, clock, compress, router }: PipelineParts, spool: SpoolParts): Keep {
    return connectKeep(spool, {
      ...{ options, clock, compress, keepsOrder: router === 'key-hash', nextPackId: this.#accumulator.nextPackId },
      ...{ budget: this.#budget, counters: this.#counters, events: this.events, incomplete: this.#incomplete },
      ...{ delivery: this.#delivery, mover: this.#mover, outcomes: () => this.#outcomes },
    })
  }

  #lifecycle(parts: PipelineParts): Lifecycle {
    return new Lifecycle({
      ...parts,
      counters: this.#counters,
      intake: this.intake,
      drain: this.drain,
      incomplete: this.#incomplete,
      accumulator: this.#accumulator,
      delivery: this.#delivery,
      full: () => this.shortage.full(),
      sendAllNow: () => this.#sendAllNow(),
      giveUp: (batch, failure) => this.#outcomes.giveUp(batch, failure),
      keep: this.#keep,
    })
  }

  /** The process ends in this turn: writes what is only in memory to disk. Returns the number of logs that could not be written. */
  lastWrite(): number {
    if (this.#keep === undefined) return 0
    this.#isExiting = true
    this.#accumulator.sealAll('close')
    return this.#keep.lastWrite(this.#incomplete)
  }

  /** Like `Producer.claimOrigins`. */
  async claimOrigins(whenNoted: WhenNoted): Promise<readonly Origin[]> {
    return (await this.#keep?.claimOrigins(whenNoted)) ?? []
  }

  #spoolMetrics() {
    const spool = this.#keep?.spool
    if (this.#keep === undefined || spool === undefined) return undefined
    return spoolReading(spool, this.#counters, this.#keep.replayedBatches, this.#clock.now())
  }

  #sendAllNow(): void {
    this.#accumulator.sealAll('close')
    this.#keep?.beginClosing()
    this.#endlessGetDeadlines()
    this.#delivery.beginClosing()
    this.#mover.reschedule()
  }

  /** What is on disk has no deadline; a producer that closes does not wait for ever. */
  #endlessGetDeadlines(): void {
    const nowMs = this.#clock.monotonicMs()
    const { deliveryTimeoutMs } = this.#options.current
    for (const batch of this.#incomplete) {
      if (batch.kept === undefined) continue
      this.#incomplete.extendDeadline(batch, Math.max(nowMs, batch.openedAtMs + deliveryTimeoutMs))
    }
  }

  #deliveryListener(): DeliveryListener {
    return {
      delivered: (batch) => this.#outcomes.delivered(batch),
      failed: (batch, failure) => this.#outcomes.failed(batch, failure),
      refused: (batch, error) => this.#outcomes.refused(batch, error),
      measured: (what, ms) => this.#counters[what === 'compress' ? 'compressMs' : 'requestMs'].record(ms),
      attempted: (batch) => diagnostics.attempt(batch),
      retrying: (batch, outcome) => this.#retrying(batch, outcome),
      split: (reason) => this.#counters.split(reason),
      rescheduled: () => this.#mover.reschedule(),
      foreignError: (error) => this.#foreignError(error),
    }
  }

  /** The path of most logs. Not taken while a send waits for memory: it came first, and may wait for this group. */
  #tryAppend(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): boolean {
    const { logCount } = logs
    if (this.#budget.hasWaiters || !this.#accumulator.tryAppend(key, logs, send)) return false
    this.#appended(logCount)
    return true
  }

  #admitted(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined, reservedBytes: number): void {
    const { logCount } = logs
    try {
      this.#accumulator.append(key, logs, send, reservedBytes)
    } catch (cause) {
      this.#notAppended(cause)
    }
    this.#appended(logCount)
  }

  /** Code of the user may run only after the logs are in a batch and counted. */
  #appended(logCount: number): void {
    this.#counters.acceptedLogs += logCount
    if (this.#accumulator.hasNews) this.#handOver()
  }

  #notAppended(cause: unknown): never {
    // A batch may have been sealed before.
    this.#handOver()
    if (!(cause instanceof RangeError)) throw cause
    const message = `the send was refused: the process has no memory for its batch (${cause.message}); lower totalSizeInBytes`
    throw new ProducerError('ERR_LOGHUB_BUFFER_FULL', message, { retriable: true, cause })
  }

  #handOver(): void {
    try {
      this.#accumulator.handOver()
    } catch (thrown) {
      this.#foreignError(toError(thrown))
    }
  }

  #sealed(batch: ProducerBatch): void {
    this.#counters.sealed(batch.sealed.sealReason as SealReason)
    diagnostics.sealed(batch)
    if (this.#isExiting) return
    if (this.#keep === undefined) this.#delivery.take(batch)
    else this.#keep.take(batch)
    this.shortage.spill()
    this.#mover.reschedule()
  }

  #retrying(batch: ProducerBatch, { delayMs, reason, error }: Extract<SendOutcome, { kind: 'retry' }>): void {
    this.#counters.retried(reason)
    this.#keep?.retrying(batch)
    const { partLogCount: logCount, packId, history } = batch
    const { project, logstore } = batch.key
    const { attemptCount } = history
    this.events.emit('retry', { project, logstore, logCount, packId, attemptCount, delayMs, reason, error })
  }

  #dropOldest(project: string, bytes: number): boolean {
    const victims = this.shortage.oldestToDrop(project, bytes)
    for (const batch of victims) {
      this.#outcomes.dropped(batch instanceof ProducerBatch ? batch : this.#accumulator.discard(batch))
    }
    return victims.length > 0
  }

  /** Callbacks have run. */
  #settled(): void {
    if (this.#incomplete.size === 0) this.#accumulator.rest()
    this.shortage.relieve()
    this.#mover.reschedule()
  }

  #tellFreed(): void {
    this.drain.freed((project) => this.#budget.hasRoom(project))
  }

  /** If a listener of this event throws, the error is only counted: to emit it again could repeat without end. */
  #foreignError(error: Error, event?: string): void {
    this.#counters.callbackErrors++
    if (event !== 'callbackError') this.events.emit('callbackError', { error })
  }
}
