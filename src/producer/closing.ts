import { Alarm } from '../core/alarm.ts'
import type { Clock } from '../core/clock.ts'
import { Deferred } from '../core/deferred.ts'
import { toError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import type { Sink } from '../sls/sink.ts'
import { closedError } from './accept/intake.ts'
import type { Pipeline } from './pipeline.ts'
import type { BatchFailure } from './sends/send-error.ts'

/** What became of the logs that were still in the producer when it was closed. */
export interface CloseReport {
  readonly delivered: number
  /** Given up for a reason of their own. */
  readonly failed: number
  /** Failed with `ERR_LOGHUB_CLOSED`: the deadline came first. */
  readonly abandoned: number
}

export interface ClosingParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly sink: Sink
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
  readonly #parts: ClosingParts

  constructor(pipeline: Pipeline, parts: ClosingParts) {
    this.#pipeline = pipeline
    this.#parts = parts
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
    const alarm = new Alarm(this.#parts.clock, passed.resolve)
    if (timeoutMs === 0) passed.resolve()
    else alarm.set(this.#parts.clock.monotonicMs() + timeoutMs)
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

  /** Nothing is left to abandon unless the deadline passed. Returns the logs given up. */
  #abandonRest(): number {
    const { incomplete } = this.#pipeline
    const logs = incomplete.logCount
    for (const batch of incomplete) this.#pipeline.fail(batch, ABANDONED)
    this.#pipeline.delivery.abort()
    return logs
  }
}
