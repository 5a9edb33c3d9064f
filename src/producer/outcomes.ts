import type { Clock } from '../core/clock.ts'
import { isProducerError } from '../core/errors.ts'
import { runForeign } from '../core/safe-emitter.ts'
import type { SinkError } from '../sls/sink.ts'
import type { IncompleteBatches } from './accumulate/incomplete-batches.ts'
import type { ProducerBatch } from './batch/producer-batch.ts'
import type { Delivery } from './deliver/delivery.ts'
import { expiredFailure } from './deliver/send-task.ts'
import type { Keep } from './keep/keep.ts'
import type { Counters } from './observe/counters.ts'
import { diagnostics } from './observe/diagnostics.ts'
import type { ProducerEmitter } from './observe/producer-emitter.ts'
import type { LiveOptions } from './options.ts'
import type { BatchFailure } from './sends/send-error.ts'
import type { DeadLetter } from './settle/dead-letter.ts'
import { FailureHandler } from './settle/failure-handler.ts'
import type { Settlement } from './settle/settlement-queue.ts'
import { SuccessHandler } from './settle/success-handler.ts'

export interface OutcomesParts {
  readonly options: LiveOptions
  readonly clock: Clock
  readonly counters: Counters
  readonly events: ProducerEmitter
  readonly incomplete: IncompleteBatches
  readonly delivery: Delivery
  readonly keep: Keep | undefined
  readonly onDeadLetter: ((letter: DeadLetter) => unknown) | undefined
  readonly foreignError: (error: Error) => void
  /** Callbacks of a batch, or of a part, have run. */
  readonly settled: () => void
}

/** If a deadline is missed by more than this, the process was stopped. */
const FROZEN_MS = 1000

/**
 * Decides the outcome of every batch, and tells it. Whichever stage finds out, a batch leaves the producer here: its memory is
 * released and the counters move, then the sends that wait for it are told, then the listeners of the events.
 */
export class Outcomes {
  readonly #parts: OutcomesParts
  readonly #success: SuccessHandler
  readonly #failure: FailureHandler

  constructor(parts: OutcomesParts) {
    this.#parts = parts
    const listener = {
      completed: (settlement: Settlement) => this.#completed(settlement),
      settled: (settlement: Settlement) => this.#settled(settlement),
      foreignError: parts.foreignError,
    }
    this.#success = new SuccessHandler(parts.clock, listener)
    this.#failure = new FailureHandler(parts.clock, listener)
  }

  delivered(batch: ProducerBatch): void {
    this.#success.add(batch)
  }

  /** The service refused the one log that the last request carried. */
  refused(batch: ProducerBatch, error: SinkError): void {
    this.#failure.addRefused(batch, error)
  }

  /** A request failed for good. `'parked'`: the batch is on disk, and is tried again later. */
  failed(batch: ProducerBatch, failure: BatchFailure): 'parked' | undefined {
    if (isDamage(failure)) {
      this.#failure.add(batch, { ...failure, code: 'ERR_LOGHUB_SPOOL_CORRUPT' }, 'damaged')
      return undefined
    }
    if (this.#parts.keep?.rescue(batch, failure, true)) return 'parked'
    this.#failure.addPart(batch, failure)
    return undefined
  }

  /**
   * Deadlines are checked to the millisecond, unless the process was stopped, by a signal or together with its container or
   * machine. A batch that was never tried then gets the time of one request.
   */
  expired(batch: ProducerBatch, nowMs: number): void {
    const wasFrozen = nowMs - batch.deadlineMs > FROZEN_MS
    if (batch.firstAttemptAtMs !== undefined || !wasFrozen || batch.hadExtension) {
      return this.giveUp(batch, expiredFailure(batch, nowMs))
    }
    batch.hadExtension = true
    this.#parts.incomplete.extendDeadline(batch, nowMs + this.#parts.options.current.requestTimeoutMs)
  }

  /** Its time is up, or the producer closes: the spool is asked whether it keeps the batch before it fails. */
  giveUp(batch: ProducerBatch, failure: BatchFailure): void {
    if (!this.#parts.keep?.rescue(batch, failure, false)) this.lost(batch, failure)
  }

  /** All logs of the batch that have no verdict yet fail. */
  lost(batch: ProducerBatch, failure: BatchFailure): void {
    this.#failure.add(batch, failure, 'failed')
  }

  /** The batch is given up for newer logs. */
  dropped(batch: ProducerBatch): void {
    this.#failure.add(batch, DROPPED, 'dropped')
  }

  /** The batch has left memory, and the next producer with this spool directory sends it. */
  spooled(batch: ProducerBatch): void {
    this.#failure.add(batch, SPOOLED, 'spooled')
  }

  /** The batch is on disk: the sends that waited for no more are told. */
  durable(batch: ProducerBatch): void {
    this.#success.addDurable(batch)
  }

  /** The service refuses it, as it may refuse all of its project: it stays on disk until somebody has fixed that. */
  refusedForNow(batch: ProducerBatch, { message, ...failure }: BatchFailure): void {
    const later = `${SPOOLED_LATER}; it was refused for now: ${message}`
    this.#failure.addSpooled(batch, { ...failure, code: 'ERR_LOGHUB_SPOOLED', message: later })
  }

  /** A verdict over a batch or, where it was split, over a part. */
  #completed(settlement: Settlement): void {
    const { batch, memory, isInterim } = settlement
    if (isInterim) return memory.release()
    const { counters, incomplete, keep, delivery } = this.#parts
    counters.completed(settlement)
    if (batch.hasEnded) incomplete.completed(batch)
    keep?.completed(batch, settlement.outcome, settlement.logCount)
    delivery.completed(batch)
    memory.release()
  }

  #settled({ batch, outcome, logCount, error, result, deadLetter, isInterim }: Settlement): void {
    const { events, incomplete, settled } = this.#parts
    if (isInterim) {
      if (error === null) return events.emit('durable', { logCount: batch.sealed.logCount, result })
      return events.emit('spooled', { logCount, result, error })
    }
    diagnostics.settled(batch, result, error)
    if (error === null) events.emit('success', { logCount, result })
    else events.emit(EVENT_OF[outcome], { logCount, result, error })
    if (deadLetter !== undefined) this.#hand(deadLetter)
    // Successes and failures have queues of their own: the last part may be settled before one in front of it.
    if (--batch.unsettledVerdicts === 0 && batch.hasEnded) incomplete.settled(batch)
    settled()
  }

  #hand(letter: DeadLetter): void {
    const { onDeadLetter, foreignError, events } = this.#parts
    if (onDeadLetter !== undefined) runForeign(() => onDeadLetter(letter), foreignError)
    events.emit('deadLetter', letter)
  }
}

const EVENT_OF = {
  delivered: 'failure',
  failed: 'failure',
  damaged: 'failure',
  dropped: 'drop',
  spooled: 'spooled',
} as const

function isDamage({ cause }: BatchFailure): boolean {
  return isProducerError(cause) && cause.code === 'ERR_LOGHUB_SPOOL_CORRUPT'
}

const DROPPED: BatchFailure = {
  code: 'ERR_LOGHUB_DROPPED',
  message: 'dropped, as the oldest batch that waited, to make room for newer logs',
  retriable: true,
}

const SPOOLED: BatchFailure = {
  code: 'ERR_LOGHUB_SPOOLED',
  message:
    'the logs are kept on disk and are sent by the next producer with this spool directory: do not send them again',
  retriable: false,
}

const SPOOLED_LATER =
  'the logs are kept on disk, and are sent as soon as the service takes them: do not send them again'
