import type { Clock } from '../../core/clock.ts'
import { withoutStack } from '../../core/errors.ts'
import type { SinkError } from '../../sls/sink.ts'
import type { BatchOutcome, ProducerBatch } from '../batch/producer-batch.ts'
import { type BatchFailure, type RefusedLog, refusedLogsFailure, SendError } from '../sends/send-error.ts'
import type { SendResult } from '../sends/send-result.ts'
import { resultOf } from './batch-result.ts'
import { deadLetterOf } from './dead-letter.ts'
import { type SettlementListener, SettlementQueue } from './settlement-queue.ts'

/**
 * Settles batches that were given up. Every send of a batch gets the same error object. The clock is read before the batch: it may
 * be code of the user, whose sends may drop this batch.
 */
export class FailureHandler {
  readonly #clock: Clock
  readonly #queue: SettlementQueue

  constructor(clock: Clock, listener: SettlementListener) {
    this.#clock = clock
    this.#queue = new SettlementQueue(listener)
  }

  /** The batch ends: all its logs without a verdict fail. */
  add(batch: ProducerBatch, failure: BatchFailure, outcome: Exclude<BatchOutcome, 'delivered'>): void {
    const nowMs = this.#clock.monotonicMs()
    if (batch.hasEnded) return
    const result = resultOf(batch, false, nowMs)
    this.#queue.add({ batch, outcome, error: errorOf(failure, result), result, ...batch.takeRest(outcome) })
  }

  /** The logs of the last request fail; the other parts of a split batch are still sent. */
  addPart(batch: ProducerBatch, failure: BatchFailure): void {
    const nowMs = this.#clock.monotonicMs()
    if (batch.hasEnded) return
    const result = resultOf(batch, false, nowMs)
    this.#queue.add({ batch, outcome: 'failed', error: errorOf(failure, result), result, ...batch.takePart('failed') })
  }

  /** The batch stays on disk; waiting sends get the reason why it may take long. This is not a verdict of the batch. */
  addSpooled(batch: ProducerBatch, failure: BatchFailure): void {
    const result = resultOf(batch, false, this.#clock.monotonicMs())
    const waiting = batch.takeWaiting()
    if (waiting.sends.length === 0) return
    const error = errorOf(failure, result)
    this.#queue.add({ batch, outcome: 'spooled', error, result, isInterim: true, ...waiting })
  }

  /** The service refused the single log of the last request. */
  addRefused(batch: ProducerBatch, cause: SinkError): void {
    const nowMs = this.#clock.monotonicMs()
    if (batch.hasEnded) return
    const result = resultOf(batch, false, nowMs)
    const refused = [{ index: batch.partIndex, error: cause }]
    const error = errorOf(refusedLogsFailure(refused, 1), result, refused)
    const deadLetter = deadLetterOf(batch, error)
    this.#queue.add({ batch, outcome: 'failed', error, result, deadLetter, ...batch.takePart('failed') })
  }
}

function errorOf(failure: BatchFailure, result: SendResult, refused: readonly RefusedLog[] = []): SendError {
  return withoutStack(() => new SendError(failure, result, refused))
}
