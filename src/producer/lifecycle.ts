import { Alarm } from '../core/alarm.ts'
import type { Clock } from '../core/clock.ts'
import { withDeadline } from '../core/deadline.ts'
import { Deferred } from '../core/deferred.ts'
import { abortedError, isProducerError, ProducerError, toError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { shown } from '../core/shown.ts'
import type { Sink } from '../sls/sink.ts'
import type { DrainSignal } from './accept/drain-signal.ts'
import { closedError, type Intake } from './accept/intake.ts'
import type { IncompleteBatches } from './accumulate/incomplete-batches.ts'
import type { LogAccumulator } from './accumulate/log-accumulator.ts'
import type { ProducerBatch } from './batch/producer-batch.ts'
import type { Delivery } from './deliver/delivery.ts'
import type { WaitOptions } from './given-options.ts'
import type { Keep } from './keep/keep.ts'
import type { Counters } from './observe/counters.ts'
import { optionError } from './resolve-options.ts'
import type { BatchFailure } from './sends/send-error.ts'

/** Results of the logs that were still in the producer when it was closed. */
export interface CloseReport {
  /** Logs that the service has stored since `close` was called. */
  readonly delivered: number
  /** Logs that failed for another reason than the deadline of `close`. */
  readonly failed: number
  /** Logs that failed with `ERR_LOGHUB_CLOSED`: the deadline passed first. */
  readonly abandoned: number
  /** Logs that stay on disk: the next producer with this directory sends them. */
  readonly spooled: number
}

export interface LifecycleParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly sink: Sink
  readonly counters: Counters
  readonly intake: Intake
  readonly drain: DrainSignal
  readonly incomplete: IncompleteBatches
  readonly accumulator: LogAccumulator
  readonly delivery: Delivery
  /** A caller waits for room. */
  full(): void
  /** Everything accepted is sent now, without waiting out any back-off. */
  sendAllNow(): void
  giveUp(batch: ProducerBatch, failure: BatchFailure): void
  readonly keep: Keep | undefined
}

const ABANDONED: BatchFailure = {
  code: 'ERR_LOGHUB_CLOSED',
  message: 'the producer was closed before the batch could be delivered: give close() more time, or flush() earlier',
  retriable: false,
}

/** The waits of a producer: for room, for everything sent so far, and for its end. */
export class Lifecycle {
  readonly #parts: LifecycleParts
  #closed: Promise<CloseReport> | undefined

  constructor(parts: LifecycleParts) {
    this.#parts = parts
  }

  /** The end, once it has begun. */
  get closed(): Promise<CloseReport> | undefined {
    return this.#closed
  }

  /** Resolves when there is room, of the project where one is named; at once unless somebody has just found none. */
  async ready(project: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { intake, drain, full } = this.#parts
    if (signal?.aborted) throw abortedError('ready()', signal)
    if (this.#closed !== undefined) throw closedError('the producer is closed')
    // Whoever waits for room must not have to wait for the linger of what holds it.
    if (intake.blockedSends > 0 || drain.isFull) full()
    if (!drain.isFullFor(project)) return
    try {
      await drain.wait(project, signal)
    } catch (thrown) {
      throw signal?.aborted && !isProducerError(thrown) ? abortedError('ready()', signal) : thrown
    }
  }

  /** Resolves when everything sent before the call has its verdict, and its callbacks have run. */
  async flush({ timeoutMs = Number.POSITIVE_INFINITY, signal, until }: WaitOptions): Promise<void> {
    checkTimeout(timeoutMs)
    checkUntil(until)
    await withDeadline(this.#settled(until ?? 'delivered'), this.#parts.clock, { timeoutMs, signal }, () => {
      const left = this.#parts.incomplete.logCount
      const message = `flush: ${left} logs have no verdict after ${timeoutMs} ms; they are still being sent`
      return new ProducerError('ERR_LOGHUB_TIMEOUT', message, { retriable: true })
    })
  }

  /** Every caller gets the same promise; `ended` is called at the end. */
  close(timeoutMs: number, ended: () => void): Promise<CloseReport> {
    if (this.#closed !== undefined) return this.#closed
    try {
      checkTimeout(timeoutMs)
    } catch (thrown) {
      return Promise.reject(thrown)
    }
    this.#closed = this.#close(timeoutMs).finally(ended)
    return this.#closed
  }

  async #settled(until: 'delivered' | 'durable'): Promise<void> {
    const { accumulator, intake, incomplete, keep } = this.#parts
    accumulator.sealAll('flush')
    if (intake.blockedSends > 0) {
      await intake.whenUnblocked()
      accumulator.sealAll('flush')
    }
    if (until === 'durable' && keep !== undefined) return keep.whenDurable(incomplete)
    await incomplete.whenSettled()
    await keep?.whenEmpty()
  }

  /**
   * In order: refuse new sends, settle those that wait for memory, seal, drain lanes and retries; at the deadline fail the
   * rest; let the callbacks run; close the sink.
   */
  async #close(timeoutMs: number): Promise<CloseReport> {
    const { counters, intake, drain, incomplete, sendAllNow, keep } = this.#parts
    const before = { delivered: counters.deliveredLogs, failed: counters.failedLogs }
    const deadline = this.#startDeadline(timeoutMs)
    intake.close()
    drain.close(closedError('the producer was closed while waiting for room'))
    sendAllNow()
    await Promise.race([incomplete.whenSettled(), deadline.passed])
    const closedBefore = counters.closedLogs
    this.#abandonRest()
    await incomplete.whenSettled()
    const abandoned = counters.closedLogs - closedBefore
    await keep?.close()
    await Promise.race([this.#closeSink(), deadline.passed])
    deadline.cancel()
    return {
      delivered: counters.deliveredLogs - before.delivered,
      failed: counters.failedLogs - before.failed - abandoned,
      abandoned,
      spooled: keep?.diskLogs ?? 0,
    }
  }

  #startDeadline(timeoutMs: number): { passed: Promise<void>; cancel: () => void } {
    const { clock } = this.#parts
    const passed = new Deferred<void>()
    const alarm = new Alarm(clock, passed.resolve)
    if (timeoutMs === 0) passed.resolve()
    else alarm.set(clock.monotonicMs() + timeoutMs)
    return { passed: passed.promise, cancel: () => alarm.clear() }
  }

  /** Every log has its verdict by now: a sink that does not close well must not cost the caller the report. */
  async #closeSink(): Promise<void> {
    try {
      await this.#parts.sink.close()
    } catch (thrown) {
      this.#parts.logger.warn(`the sink could not be closed: ${toError(thrown).message}`)
    }
  }

  /** Nothing is left to abandon unless the deadline passed. */
  #abandonRest(): void {
    const { incomplete, delivery, giveUp } = this.#parts
    for (const batch of incomplete) giveUp(batch, ABANDONED)
    delivery.abort()
  }
}

function checkUntil(until: unknown): void {
  if (until === undefined || until === 'delivered' || until === 'durable') return
  throw optionError([`until: must be 'delivered' or 'durable', got ${shown(until)}`])
}

function checkTimeout(timeoutMs: unknown): void {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return
  throw optionError([`timeoutMs: must be a number of milliseconds, 0 or more, got ${shown(timeoutMs)}`])
}
