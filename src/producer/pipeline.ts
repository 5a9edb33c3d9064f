import { runForeign } from '../core/safe-emitter.ts'
import { DrainSignal } from './accept/drain-signal.ts'
import { Intake } from './accept/intake.ts'
import { MemoryBudget } from './accept/memory-budget.ts'
import { Refusals } from './accept/refusals.ts'
import { IncompleteBatches } from './accumulate/incomplete-batches.ts'
import { LogAccumulator } from './accumulate/log-accumulator.ts'
import { Mover } from './accumulate/mover.ts'
import type { EncodedLogs } from './batch/encoded-logs.ts'
import type { GroupKey } from './batch/group-key.ts'
import type { ProducerBatch } from './batch/producer-batch.ts'
import { Delivery, type DeliveryOutlets, type DeliveryParts } from './deliver/delivery.ts'
import { expiredFailure, type SendOutcome } from './deliver/send-task.ts'
import { Counters } from './observe/counters.ts'
import { diagnostics } from './observe/diagnostics.ts'
import type { Notices } from './observe/notices.ts'
import { ProducerEmitter } from './observe/producer-emitter.ts'
import type { LiveOptions } from './options.ts'
import type { PendingSend } from './sends/pending-send.ts'
import type { SealReason } from './sends/seal-reason.ts'
import type { BatchFailure } from './sends/send-error.ts'
import type { DeadLetter } from './settle/dead-letter.ts'
import { FailureHandler } from './settle/failure-handler.ts'
import type { Settlement } from './settle/settlement-queue.ts'
import { SuccessHandler } from './settle/success-handler.ts'

export interface PipelineParts extends DeliveryParts {
  readonly notices: Notices
  readonly deadLetter?: ((letter: DeadLetter) => unknown) | undefined
}

/**
 * What a batch of a single log costs the process beside the log, and how many batches are let off. Measured on Node 20 with
 * ten thousand groups: 2 to 3 KiB of objects, and what V8 lets pile up of such objects before it collects them.
 */
const BATCH_OVERHEAD_BYTES = 8192
const UNCHARGED_BATCHES = 1024

/**
 * The stages, wired: intake -> accumulator -> delivery -> success or failure handler, with the memory that is reserved at
 * one end and released at the other. No stage knows the next; what passes between them is here, in the order in which a
 * log meets it.
 */
export class Pipeline {
  readonly events: ProducerEmitter
  readonly counters = new Counters()
  readonly budget: MemoryBudget
  readonly drain: DrainSignal
  readonly refusals: Refusals
  readonly intake: Intake
  readonly incomplete: IncompleteBatches
  readonly accumulator: LogAccumulator
  readonly delivery: Delivery
  readonly mover: Mover
  readonly #success: SuccessHandler
  readonly #failure: FailureHandler
  readonly #options: LiveOptions
  readonly #onDeadLetter: (letter: DeadLetter) => unknown

  constructor(parts: PipelineParts) {
    const { options, clock } = parts
    this.#options = options
    this.#onDeadLetter = parts.deadLetter ?? (() => {})
    this.events = new ProducerEmitter(parts.notices, (error, event) => this.#foreignError(error, event))
    this.budget = new MemoryBudget(options.current.totalSizeInBytes)
    // In a turn of its own, as every listener: memory may come free inside a send.
    this.drain = new DrainSignal(() => queueMicrotask(() => this.events.emit('drain', undefined)))
    this.refusals = new Refusals({
      counted: (code, logCount) => this.counters.refused(code, logCount),
      told: (error, logCount) => this.events.emit('refused', { error, logCount }),
      foreignError: (error) => this.#foreignError(error),
    })
    this.intake = new Intake(options, clock, this.budget, {
      admitted: (key, logs, send) => this.#admitted(key, logs, send),
      blocked: () => this.#relieve(),
      dropOldest: (project) => this.#dropOldest(project),
      refused: (send, logCount, error) => this.refusals.refuse(send, logCount, error),
    })
    this.incomplete = new IncompleteBatches((batch) => this.fail(batch, expiredFailure(batch)))
    this.accumulator = new LogAccumulator(options, clock, this.incomplete, {
      opened: (batch) => this.#opened(batch),
      sealed: (batch) => this.#sealed(batch),
      spareBytes: () => this.budget.totalBytes - this.budget.usedBytes,
    })
    this.delivery = new Delivery(parts, this.#deliveryOutlets())
    this.mover = new Mover(clock, [this.accumulator, ...this.delivery.dueSources, this.incomplete])
    const settlementOutlets = {
      decided: (settlement: Settlement) => this.#decided(settlement),
      settled: (settlement: Settlement) => this.#settled(settlement),
      foreignError: (error: Error) => this.#foreignError(error),
    }
    this.#success = new SuccessHandler(clock, settlementOutlets)
    this.#failure = new FailureHandler(clock, settlementOutlets)
  }

  /** Takes over changed options. */
  retune(projectCount: number): void {
    this.share(projectCount)
    this.delivery.retune()
    this.incomplete.shortenDeadlines(this.#options.current.deliveryTimeoutMs)
    this.mover.reschedule()
  }

  /** What one project may have of memory and lanes: all of it where there is only one. */
  share(projectCount: number): void {
    const { totalSizeInBytes, maxProjectShare } = this.#options.current
    const share = projectCount > 1 ? maxProjectShare : 1
    this.budget.resize(totalSizeInBytes, share)
    this.delivery.share(share)
    this.#tellFreed()
  }

  /** A `trySend` found no room. */
  full(): void {
    this.drain.full()
    this.#relieve()
  }

  fail(batch: ProducerBatch, failure: BatchFailure): void {
    this.#failure.add(batch, failure)
  }

  /** Everything accepted is sent now, without waiting out any back-off. */
  hasten(): void {
    this.accumulator.sealAll('close')
    this.delivery.beginClosing()
    this.mover.reschedule()
  }

  #deliveryOutlets(): DeliveryOutlets {
    return {
      delivered: (batch) => this.#success.add(batch),
      failed: (batch, failure) => this.#failure.addPart(batch, failure),
      refused: (batch, error) => this.#failure.addRefused(batch, error),
      recharge: (project, bytes) => this.#recharge(project, bytes),
      measured: (what, ms) => this.counters[what === 'compress' ? 'compressMs' : 'requestMs'].record(ms),
      attempted: (batch) => diagnostics.attempt(batch),
      retrying: (batch, outcome) => this.#retrying(batch, outcome),
      split: (reason) => this.counters.split(reason),
      rescheduled: () => this.mover.reschedule(),
      foreignError: (error) => this.#foreignError(error),
    }
  }

  #admitted(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): void {
    this.counters.acceptedLogs += logs.logCount
    this.accumulator.append(key, logs, send)
  }

  /** Many small batches hold more than their logs; of the few that there are mostly, it does not matter. */
  #opened(batch: ProducerBatch): void {
    if (this.incomplete.size > UNCHARGED_BATCHES) {
      batch.chargedBytes += BATCH_OVERHEAD_BYTES
      this.#recharge(batch.key.project, BATCH_OVERHEAD_BYTES)
    }
    this.mover.reschedule()
  }

  #sealed(batch: ProducerBatch): void {
    this.incomplete.sealed(batch)
    this.counters.sealed(batch.sealReason as SealReason)
    diagnostics.sealed(batch)
    this.delivery.take(batch)
    this.mover.reschedule()
  }

  #retrying(batch: ProducerBatch, { delayMs, reason, error }: Extract<SendOutcome, { kind: 'retry' }>): void {
    this.counters.retried(reason)
    const { key, partLogCount: logCount, packId, attemptCount } = batch
    const { project, logstore } = key
    this.events.emit('retry', { project, logstore, logCount, packId, attemptCount, delayMs, reason, error })
  }

  #dropOldest(project: string): boolean {
    const victim = this.incomplete.oldestWaiting(project)
    if (victim === undefined) return false
    this.accumulator.discard(victim)
    this.fail(victim, DROPPED)
    return true
  }

  /** A verdict over a batch or, where it was split, over a part. */
  #decided(settlement: Settlement): void {
    const { batch, freedBytes } = settlement
    this.counters.settled(settlement)
    if (batch.hasEnded) this.incomplete.decided(batch)
    this.delivery.decided(batch)
    this.#release(batch.key.project, freedBytes)
  }

  #recharge(project: string, bytes: number): void {
    if (bytes > 0) this.budget.charge(project, bytes)
    else this.#release(project, -bytes)
  }

  #settled({ batch, logCount, error, result, deadLetter }: Settlement): void {
    diagnostics.settled(batch, result, error)
    if (error === null) this.events.emit('success', { logCount, result })
    else this.events.emit(error.code === 'ERR_LOGHUB_DROPPED' ? 'drop' : 'failure', { logCount, result, error })
    if (deadLetter !== undefined) this.#hand(deadLetter)
    // Successes and failures have queues of their own: the last part may be settled before one in front of it.
    if (--batch.unsettledVerdicts === 0 && batch.hasEnded) this.incomplete.settled(batch)
    if (this.incomplete.size === 0) this.accumulator.rest()
    this.#relieve()
    this.mover.reschedule()
  }

  #hand(letter: DeadLetter): void {
    runForeign(
      () => this.#onDeadLetter(letter),
      (thrown) => this.#foreignError(thrown),
    )
    this.events.emit('deadLetter', letter)
  }

  #release(project: string, bytes: number): void {
    this.budget.release(project, bytes)
    this.#tellFreed()
  }

  #tellFreed(): void {
    this.drain.freed(this.budget.usedBytes, this.budget.totalBytes)
  }

  /**
   * Sends wait for memory, and all of it is held by open batches: nothing would free any before the linger is over.
   * While sealed batches are on their way nothing is sealed early; else every release would cut the next batches smaller.
   * The same holds for each project by itself, which may have to wait for its own share.
   */
  #relieve(): void {
    if (this.intake.blockedSends === 0 && !this.drain.isFull) return
    if (this.incomplete.sealedCount() === 0) return this.accumulator.sealAll('memory')
    for (const project of this.intake.blockedProjects()) {
      if (this.incomplete.sealedCount(project) === 0) this.accumulator.sealAll('memory', project)
    }
  }

  /** What a listener of this very event throws is only counted: there is no end to telling it otherwise. */
  #foreignError(error: Error, event?: string): void {
    this.counters.callbackErrors++
    if (event !== 'callbackError') this.events.emit('callbackError', { error })
  }
}

const DROPPED: BatchFailure = {
  code: 'ERR_LOGHUB_DROPPED',
  message: 'dropped, as the oldest batch that waited, to make room for newer logs',
  retriable: true,
}
