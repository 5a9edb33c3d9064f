import { setMaxListeners } from 'node:events'
import type { Clock } from '../core/clock.ts'
import type { ProducerError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { runForeign, SafeEmitter } from '../core/safe-emitter.ts'
import type { Payload, Sink } from '../sls/sink.ts'
import { DrainSignal } from './accept/drain-signal.ts'
import { Intake } from './accept/intake.ts'
import { MemoryBudget } from './accept/memory-budget.ts'
import type { EncodedLogs } from './accumulate/encoded-logs.ts'
import type { GroupKey } from './accumulate/group-key.ts'
import { IncompleteBatches } from './accumulate/incomplete-batches.ts'
import { LogAccumulator } from './accumulate/log-accumulator.ts'
import { Mover } from './accumulate/mover.ts'
import type { ProducerBatch } from './accumulate/producer-batch.ts'
import { IoPool } from './deliver/io-pool.ts'
import { RetryQueue } from './deliver/retry-queue.ts'
import { expiredFailure, type SendOutcome } from './deliver/send-task.ts'
import { Counters } from './observe/counters.ts'
import type { ProducerEvents } from './observe/events.ts'
import type { LiveOptions, TunableOptions } from './options.ts'
import { FailureHandler } from './settle/failure-handler.ts'
import type { PendingSend } from './settle/pending-send.ts'
import type { BatchFailure } from './settle/send-error.ts'
import type { Settlement } from './settle/settlement-queue.ts'
import { SuccessHandler } from './settle/success-handler.ts'

export interface PipelineParts {
  readonly options: LiveOptions
  readonly sink: Sink
  readonly compress: (raw: Buffer) => Promise<Payload>
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
}

/**
 * The stages, wired: intake -> accumulator -> (mover) -> IO pool -> success or failure handler, with the retry queue
 * as the way back. No stage knows the next; what passes between them is here, in the order in which a log meets it.
 */
export class Pipeline {
  readonly events: SafeEmitter<ProducerEvents>
  readonly counters = new Counters()
  readonly budget: MemoryBudget
  readonly drain: DrainSignal
  readonly intake: Intake
  readonly incomplete: IncompleteBatches
  readonly accumulator: LogAccumulator
  readonly retries: RetryQueue
  readonly pool: IoPool
  readonly mover: Mover
  readonly #success: SuccessHandler
  readonly #failure: FailureHandler
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #abort = new AbortController()
  #isClosing = false

  constructor(parts: PipelineParts) {
    const { options, clock } = parts
    this.#clock = clock
    this.#logger = parts.logger
    // Every request under way listens to it, in as many lanes as there are.
    setMaxListeners(0, this.#abort.signal)
    this.events = new SafeEmitter((error, event) => this.#foreignError(error, event))
    this.budget = new MemoryBudget(options.current.totalSizeInBytes)
    // In a turn of its own, as every listener: memory may come free inside a send.
    this.drain = new DrainSignal(() => queueMicrotask(() => this.events.emit('drain', undefined)))
    this.intake = new Intake(options, clock, this.budget, {
      admitted: (key, logs, send) => this.#admitted(key, logs, send),
      blocked: () => this.#relieve(),
      refused: (send, logCount, error) => this.refuse(send, logCount, error),
    })
    this.incomplete = new IncompleteBatches((batch) => this.fail(batch, expiredFailure(batch)))
    this.accumulator = new LogAccumulator(options, clock, this.incomplete, {
      opened: () => this.mover.reschedule(),
      sealed: (batch) => this.#sealed(batch),
    })
    this.retries = new RetryQueue((batch) => this.pool.submit(batch))
    this.pool = new IoPool(options.current.lanes, this.#sendContext(parts), {
      delivered: (batch) => this.#success.add(batch),
      retry: (batch, outcome) => this.#retry(batch, outcome),
      failed: (batch, failure) => this.fail(batch, failure),
    })
    this.mover = new Mover(clock, [this.accumulator, this.retries, this.incomplete])
    const settlementOutlets = {
      release: (batch: ProducerBatch) => this.#release(batch.chargedBytes),
      counted: (settlement: Settlement) => this.counters.settled(settlement),
      settled: (settlement: Settlement) => this.#settled(settlement),
      foreignError: (error: Error) => this.#foreignError(error),
    }
    this.#success = new SuccessHandler(clock, settlementOutlets)
    this.#failure = new FailureHandler(clock, settlementOutlets)
  }

  fail(batch: ProducerBatch, failure: BatchFailure): void {
    this.#failure.add(batch, failure)
  }

  /** Takes over changed options. */
  retune({ totalSizeInBytes, lanes, deliveryTimeoutMs }: TunableOptions): void {
    this.budget.resize(totalSizeInBytes)
    this.#tellFreed()
    this.pool.resize(lanes)
    this.incomplete.shortenDeadlines(deliveryTimeoutMs)
    this.mover.reschedule()
  }

  /** A `trySend` found no room. */
  full(): void {
    this.drain.full()
    this.#relieve()
  }

  /** Everything accepted is sent now, retries without waiting out their back-off. */
  hasten(): void {
    this.#isClosing = true
    this.accumulator.sealAll('close')
    this.retries.moveAll()
    this.mover.reschedule()
  }

  /** Ends requests under way. */
  abort(): void {
    this.#abort.abort()
  }

  #sendContext(parts: PipelineParts) {
    return {
      ...parts,
      release: (bytes: number) => this.#release(bytes),
      signal: this.#abort.signal,
      isClosing: () => this.#isClosing,
    }
  }

  #admitted(key: GroupKey, logs: EncodedLogs, send: PendingSend | undefined): void {
    this.counters.acceptedLogs += logs.logCount
    this.accumulator.append(key, logs, send)
  }

  /** In a turn of its own: a caller never meets its callback inside `send`. */
  refuse(send: PendingSend | undefined, logCount: number, error: ProducerError): void {
    this.counters.refused(error.code, logCount)
    queueMicrotask(() => {
      if (send !== undefined)
        runForeign(
          () => send.settle(error, undefined),
          (thrown) => this.#foreignError(thrown),
        )
      this.events.emit('refused', { logCount, error })
    })
  }

  #sealed(batch: ProducerBatch): void {
    this.counters.sealed(batch.sealReason as NonNullable<typeof batch.sealReason>)
    this.pool.submit(batch)
    this.mover.reschedule()
  }

  #retry(batch: ProducerBatch, { delayMs, reason, error }: Extract<SendOutcome, { kind: 'retry' }>): void {
    if (batch.hasEnded) return
    this.counters.retried(reason)
    this.retries.add(batch, this.#clock.monotonicMs() + delayMs)
    this.mover.reschedule()
    const { key, logCount, packId, attemptCount } = batch
    const { project, logstore } = key
    this.events.emit('retry', { project, logstore, logCount, packId, attemptCount, delayMs, reason, error })
  }

  #release(bytes: number): void {
    this.budget.release(bytes)
    this.#tellFreed()
  }

  #tellFreed(): void {
    this.drain.freed(this.budget.usedBytes, this.budget.totalBytes)
  }

  #settled({ batch, error, result }: Settlement): void {
    const { logCount } = batch
    if (error === null) this.events.emit('success', { logCount, result })
    else this.events.emit('failure', { logCount, result, error })
    this.incomplete.delete(batch)
    this.#relieve()
    this.mover.reschedule()
  }

  /**
   * Sends wait for memory, and all of it is held by open batches: nothing would free any before the linger is over.
   * While sealed batches are on their way nothing is sealed early; else every release would cut the next batches smaller.
   */
  #relieve(): void {
    if (this.intake.blockedSends === 0 && !this.drain.isFull) return
    if (this.incomplete.size === this.accumulator.openCount) this.accumulator.sealAll('memory')
  }

  #foreignError(error: Error, event?: string): void {
    this.counters.callbackErrors++
    this.#logger.warn(`a callback or listener failed: ${error.stack ?? error.message}`)
    if (event !== 'callbackError') this.events.emit('callbackError', { error })
  }
}
