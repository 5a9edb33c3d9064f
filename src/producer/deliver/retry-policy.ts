import type { SinkError } from '../../sls/sink.ts'
import type { SplitReason } from '../batch/batch-parts.ts'

/** Why a batch is sent again. */
export type RetryReason = 'back-off' | 'quota' | 'credentials' | 'clock' | 'stale-connection'
/** `refused`: the service will not take the one log of the request. */
export type GiveUpReason = 'final' | 'refused' | 'retries' | 'deadline'

export type RetryDecision =
  | {
      readonly action: 'retry'
      readonly delayMs: number
      readonly reason: RetryReason
      /** Whether the retry uses up one of `retries`. */
      readonly counts: boolean
    }
  /** Sent again in two halves, which uses up no retry. */
  | { readonly action: 'split'; readonly reason: SplitReason }
  | { readonly action: 'give-up'; readonly reason: GiveUpReason }

export interface RetryLimits {
  /** `Infinity` for no limit but the deadline. */
  readonly retries: number
  readonly requestTimeoutMs: number
  readonly baseRetryBackoffMs: number
  readonly maxRetryBackoffMs: number
}

/** How far a batch has come. */
export interface RetryState {
  /** Logs in the request. */
  readonly logCount: number
  /** Requests made, the one that failed included. */
  readonly attemptCount: number
  readonly countedRetries: number
  readonly freeRetriesInARow: number
  /** Until the delivery deadline. */
  readonly remainingMs: number
  /** While closing, nobody waits out a long back-off, and `retries` has no say: the deadline of `close` decides. */
  readonly closing: boolean
}

/** A wrong clock and a stale connection are fixed at once; more often than this in a row they are not. */
const MAX_FREE_RETRIES_IN_A_ROW = 2

/** A key that was made a moment ago may not be known everywhere; after a second or so a wrong one is told as wrong. */
const ATTEMPTS_WITH_WRONG_CREDENTIALS = 3

/**
 * Whether a failed attempt is made again, when, and why: the only place that decides, and it only decides. Pure:
 * `random` gives a number in [0, 1).
 */
export function decideRetry(
  error: SinkError,
  state: RetryState,
  limits: RetryLimits,
  random: () => number,
): RetryDecision {
  const splitReason = splitReasonOf(error)
  if (splitReason !== undefined && state.logCount === 1) return { action: 'give-up', reason: 'refused' }
  const reason = splitReason ?? retryReason(error)
  const isHopeless = error.wrongCredentials && state.attemptCount >= ATTEMPTS_WITH_WRONG_CREDENTIALS
  if (reason === undefined || isHopeless) return { action: 'give-up', reason: 'final' }
  if (state.remainingMs <= 0) return { action: 'give-up', reason: 'deadline' }

  if (reason === 'too-large' || reason === 'content') return { action: 'split', reason }

  const isFree = reason === 'clock' || reason === 'stale-connection'
  if (isFree && state.freeRetriesInARow < MAX_FREE_RETRIES_IN_A_ROW) {
    return { action: 'retry', delayMs: 0, reason, counts: false }
  }
  if (state.closing) return retryBeforeDeadline(closingBackoffMs(state, limits, random), reason, false, state, limits)
  if (state.countedRetries >= limits.retries) return { action: 'give-up', reason: 'retries' }
  const ownMs = reason === 'quota' ? quotaBackoffMs(state, limits, random) : backoffMs(state, limits, random)
  return retryBeforeDeadline(Math.max(ownMs, error.retryAfterMs ?? 0), reason, true, state, limits)
}

/**
 * A wait is cut so that one more attempt fits before the deadline: a whole request, or half of the time that is left
 * where that is less. Once only such crumbs are left that no back-off could come between attempts, it is over.
 */
function retryBeforeDeadline(
  waitMs: number,
  reason: RetryReason,
  counts: boolean,
  { remainingMs }: RetryState,
  { requestTimeoutMs, baseRetryBackoffMs }: RetryLimits,
): RetryDecision {
  const latestMs = remainingMs - Math.min(requestTimeoutMs, remainingMs / 2)
  if (waitMs > latestMs && latestMs < baseRetryBackoffMs) return { action: 'give-up', reason: 'deadline' }
  return { action: 'retry', delayMs: Math.min(waitMs, latestMs), reason, counts }
}

function splitReasonOf({ failureClass }: SinkError): SplitReason | undefined {
  return failureClass === 'too-large' || failureClass === 'content' ? failureClass : undefined
}

function retryReason(error: SinkError): RetryReason | undefined {
  if (error.staleConnection) return 'stale-connection'
  switch (error.failureClass) {
    case 'back-off':
    case 'quota':
    case 'credentials':
    case 'clock':
      return error.failureClass
    case 'too-large':
    case 'content':
    case 'final':
      return undefined
  }
}

/** A quota is counted over a minute or so: to come back at once is to be refused again. */
const QUOTA_FACTOR = 10

/** Longer, and never less than half of its ceiling: it is the service that asks for it. */
function quotaBackoffMs(state: RetryState, limits: RetryLimits, random: () => number): number {
  const ceilingMs = ceilingOf(state, limits.baseRetryBackoffMs * QUOTA_FACTOR, limits)
  return ceilingMs / 2 + (random() * ceilingMs) / 2
}

/** Full jitter over an exponential ceiling. */
function backoffMs(state: RetryState, limits: RetryLimits, random: () => number): number {
  return random() * ceilingOf(state, limits.baseRetryBackoffMs, limits)
}

/** The end of an outage is noticed within a second, and yet the service is not stormed. */
const LONGEST_CLOSING_BACKOFF_MS = 1000

/** What the answer asks for is not waited out: the process is about to end. */
function closingBackoffMs({ attemptCount }: RetryState, limits: RetryLimits, random: () => number): number {
  const ceilingMs = ceilingOf({ countedRetries: attemptCount - 1 }, limits.baseRetryBackoffMs, limits)
  return random() * Math.min(ceilingMs, Math.max(limits.baseRetryBackoffMs, LONGEST_CLOSING_BACKOFF_MS))
}

/** The exponent is capped before it is used, so that nothing can overflow. */
function ceilingOf(
  { countedRetries }: Pick<RetryState, 'countedRetries'>,
  baseMs: number,
  { maxRetryBackoffMs }: RetryLimits,
): number {
  return Math.min(baseMs * 2 ** Math.min(countedRetries, 52), maxRetryBackoffMs)
}
