import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import { isSinkError, type Payload, type Sink, SinkError } from '../../sls/sink.ts'
import { decompress } from '../../sls/wire/decompression.ts'
import type { SplitReason } from '../batch/batch-parts.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { LiveOptions } from '../options.ts'
import type { BatchFailure } from '../sends/send-error.ts'
import { decideRetry, type GiveUpReason, type RetryReason } from './retry-policy.ts'

/** What one request led to. */
export type SendOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly reason: RetryReason; readonly error: SinkError }
  | { readonly kind: 'failed'; readonly failure: BatchFailure }
  | { readonly kind: 'split'; readonly reason: SplitReason }
  | { readonly kind: 'refused'; readonly error: SinkError }
  /** No request was made: the batch got its verdict before. */
  | { readonly kind: 'ended' }

export interface SendContext {
  readonly sink: Sink
  /** Called as late as possible: false while the destination fails; then the batch is held until it works. */
  readonly admit: (batch: ProducerBatch) => boolean
  readonly compress: (raw: Buffer) => Promise<Payload>
  readonly options: LiveOptions
  readonly clock: Clock
  readonly random: () => number
  /** Aborted when the deadline of `close` has passed. */
  readonly signal: AbortSignal
  readonly isClosing: () => boolean
  /** Waits until the rate limit lets this number of bytes pass; undefined if it does now. */
  readonly pace: (batch: ProducerBatch, payload: Payload) => Promise<void> | undefined
  readonly measured: (what: 'compress' | 'request', ms: number) => void
}

/** One batch, one request, one outcome. Never rejects. */
export class SendTask {
  readonly #batch: ProducerBatch
  readonly #context: SendContext
  readonly #lane: number

  constructor(batch: ProducerBatch, context: SendContext, lane: number) {
    this.#batch = batch
    this.#context = context
    this.#lane = lane
  }

  async run(): Promise<SendOutcome> {
    try {
      const payload = this.#batch.payload ?? (await this.#prepare())
      // During each wait the batch may expire, be dropped or be closed. Then it must not use or wait for the rate limit.
      if (this.#batch.hasEnded) return { kind: 'ended' }
      await this.#context.pace(this.#batch, payload)
      return await this.#attempt(payload)
    } catch (thrown) {
      const cause = toError(thrown)
      const message = `the batch could not be prepared for sending: ${cause.message}`
      return { kind: 'failed', failure: { code: 'ERR_LOGHUB_SEND', message, retriable: false, cause } }
    }
  }

  #prepare(): Promise<Payload> {
    const { body } = this.#batch.sealed
    return body.isElsewhere ? body.bringBack() : this.#compress()
  }

  /** Called once for each batch, however often it is sent. */
  async #compress(): Promise<Payload> {
    const { clock, measured } = this.#context
    const beganMs = clock.monotonicMs()
    const payload = await this.#context.compress(this.#batch.raw)
    measured('compress', clock.monotonicMs() - beganMs)
    // The deadline of close may have ended the batch meanwhile, and with that released what it held.
    if (!this.#batch.hasEnded) this.#batch.keepCompressed(payload)
    return payload
  }

  /** The logs are to be told apart again, and what is kept of them is compressed. */
  async #restore({ bytes, compression, rawSizeInBytes }: Payload): Promise<void> {
    if (this.#batch.isRestored) return
    const group = await decompress(bytes, compression, rawSizeInBytes)
    if (!this.#batch.hasEnded) this.#batch.restore(group)
  }

  async #attempt(payload: Payload): Promise<SendOutcome> {
    const { clock, options, sink, signal } = this.#context
    const batch = this.#batch
    const beganMs = clock.monotonicMs()
    const startedAt = clock.now()
    // Checked after the clock, which may be code of the user: a send of it may have dropped this batch.
    if (batch.hasEnded) return { kind: 'ended' }
    // A batch that was never tried is late because the process was stopped: it is sent once.
    const isLateFirst = batch.deadlineMs <= beganMs && batch.firstAttemptAtMs === undefined
    const remainingMs = isLateFirst ? options.current.requestTimeoutMs : batch.deadlineMs - beganMs
    if (remainingMs <= 0) return { kind: 'failed', failure: expiredFailure(batch, beganMs) }
    batch.firstAttemptAtMs ??= beganMs
    batch.attemptBeganMs = beganMs
    const { project, logstore, shardHash } = batch.key
    const timeoutMs = Math.min(options.current.requestTimeoutMs, remainingMs)
    // It stays so until Delivery has handled its outcome: a stored batch must not be dropped for newer logs meanwhile.
    batch.inFlight = true
    try {
      const { requestId } = await sink.send(
        { project, logstore, shardHash, payload, timeoutMs, lane: this.#lane },
        signal,
      )
      this.#record({ startedAt, beganMs, requestId })
      return { kind: 'delivered' }
    } catch (thrown) {
      const error = asSinkError(thrown)
      this.#record({ startedAt, beganMs, requestId: error.requestId ?? '', error })
      const outcome = this.#decide(error)
      if (outcome.kind === 'split' || outcome.kind === 'refused') await this.#restore(payload)
      return outcome
    }
  }

  #record(made: { startedAt: number; beganMs: number; requestId: string; error?: SinkError }): void {
    const { clock, options, measured } = this.#context
    const durationMs = clock.monotonicMs() - made.beganMs
    measured('request', durationMs)
    this.#batch.history.record(
      {
        successful: made.error === undefined,
        startedAt: made.startedAt,
        durationMs,
        requestId: made.requestId,
        errorCode: made.error?.serverCode ?? made.error?.code ?? '',
        errorMessage: made.error?.message ?? '',
      },
      options.current.maxReservedAttempts,
    )
  }

  #decide(error: SinkError): SendOutcome {
    const { clock, options, random, isClosing } = this.#context
    const batch = this.#batch
    const nowMs = clock.monotonicMs()
    const state = {
      logCount: batch.partLogCount,
      attemptCount: batch.history.attemptCount,
      countedRetries: batch.history.countedRetries,
      freeRetriesInARow: batch.history.freeRetriesInARow,
      remainingMs: batch.deadlineMs - nowMs,
      closing: isClosing(),
    }
    // A batch on disk is tried until it is stored.
    const limits =
      batch.kept === undefined ? options.current : { ...options.current, retries: Number.POSITIVE_INFINITY }
    const decision = decideRetry(error, state, limits, random)
    if (decision.action === 'split') return { kind: 'split', reason: decision.reason }
    if (decision.action === 'give-up' && decision.reason === 'refused') return { kind: 'refused', error }
    if (decision.action === 'give-up') return { kind: 'failed', failure: givenUp(error, decision.reason, batch, nowMs) }
    batch.history.retried(decision.counts)
    return { kind: 'retry', delayMs: decision.delayMs, reason: decision.reason, error }
  }
}

/** A sink that throws another error has a defect; another attempt would only repeat it. */
function asSinkError(thrown: unknown): SinkError {
  if (isSinkError(thrown)) return thrown
  const cause = toError(thrown)
  return new SinkError('ERR_LOGHUB_SEND', `the sink failed: ${cause.message}`, { failureClass: 'final', cause })
}

function givenUp(error: SinkError, reason: GiveUpReason, batch: ProducerBatch, nowMs: number): BatchFailure {
  if (reason === 'deadline') return expiredFailure(batch, nowMs, error)
  const { code, status, serverCode, retriable } = error
  const message =
    reason === 'retries' ? `${error.message} (given up after ${batch.history.attemptCount} attempts)` : error.message
  return { code, message, retriable, status, serverCode, cause: error }
}

/** The failure of an expired batch; `cause` is the last real error, which a timeout alone would hide. */
export function expiredFailure(batch: ProducerBatch, nowMs: number, cause?: SinkError): BatchFailure {
  const allowedMs = Math.round(batch.deadlineMs - batch.openedAtMs)
  const passedMs = Math.round(nowMs - batch.openedAtMs)
  const lateness =
    passedMs >= allowedMs
      ? `not delivered within deliveryTimeoutMs (${allowedMs} ms)`
      : `given up after ${passedMs} ms: no further attempt fits into deliveryTimeoutMs (${allowedMs} ms)`
  const { last, attemptCount } = batch.history
  const history =
    last === undefined ? 'no request was made' : `the last of ${attemptCount} attempts: ${last.errorMessage}`
  const message = `${lateness}; ${history}`
  return {
    code: 'ERR_LOGHUB_EXPIRED',
    message,
    retriable: true,
    status: cause?.status,
    serverCode: cause?.serverCode,
    cause,
  }
}
