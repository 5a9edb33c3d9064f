import type { Clock } from '../core/clock.ts'
import { Deferred } from '../core/deferred.ts'
import { closedError } from './accept/intake.ts'
import type { Pipeline } from './pipeline.ts'
import type { BatchFailure } from './settle/send-error.ts'

/** What became of the logs that were still in the producer when it was closed. */
export interface CloseReport {
  readonly delivered: number
  /** Given up for a reason of their own. */
  readonly failed: number
  /** Failed with `ERR_LOGHUB_CLOSED`: the deadline came first. */
  readonly abandoned: number
}

const ABANDONED: BatchFailure = {
  code: 'ERR_LOGHUB_CLOSED',
  message: 'the producer was closed before the batch could be delivered: give close() more time, or flush() earlier',
  retriable: false,
}

/**
 * The end of a producer, in order: refuse new sends, settle those that wait for memory, seal, drain lanes and retries;
 * at the deadline fail the rest; let the callbacks run; close the sink.
 */
export class Closing {
  readonly #pipeline: Pipeline
  readonly #clock: Clock
  readonly #closeSink: () => Promise<void>

  constructor(pipeline: Pipeline, clock: Clock, closeSink: () => Promise<void>) {
    this.#pipeline = pipeline
    this.#clock = clock
    this.#closeSink = closeSink
  }

  async run(timeoutMs: number): Promise<CloseReport> {
    const { counters, intake, drain, incomplete } = this.#pipeline
    const before = { delivered: counters.deliveredLogs, failed: counters.failedLogs }
    const deadline = this.#startDeadline(timeoutMs)
    intake.close()
    drain.close(closedError('the producer was closed while waiting for room'))
    this.#pipeline.hasten()
    await Promise.race([incomplete.whenSettled(), deadline.passed])
    const abandoned = this.#abandonRest()
    await incomplete.whenSettled()
    await Promise.race([this.#closeSink(), deadline.passed])
    deadline.cancel()
    return {
      delivered: counters.deliveredLogs - before.delivered,
      failed: counters.failedLogs - before.failed - abandoned,
      abandoned,
    }
  }

  #startDeadline(timeoutMs: number): { passed: Promise<void>; cancel: () => void } {
    const passed = new Deferred<void>()
    if (timeoutMs === Number.POSITIVE_INFINITY) return { passed: passed.promise, cancel: () => {} }
    if (timeoutMs === 0) passed.resolve()
    return { passed: passed.promise, cancel: this.#clock.setTimer(passed.resolve, timeoutMs) }
  }

  /** Nothing is left to abandon unless the deadline passed. Returns the logs given up. */
  #abandonRest(): number {
    const { incomplete } = this.#pipeline
    const logs = incomplete.logCount
    for (const batch of incomplete) this.#pipeline.fail(batch, ABANDONED)
    this.#pipeline.abort()
    return logs
  }
}
