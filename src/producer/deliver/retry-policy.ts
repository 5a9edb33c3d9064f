import type { SinkError } from '../../sls/sink.ts'
import type { SplitReason } from '../batch/batch-parts.ts'

/** Why a batch is sent again. */
export type RetryReason = 'back-off' | 'quota' | 'credentials' | 'clock' | 'stale-connection'
/** `refused`: the service refuses the single log of the request. */
export type GiveUpReason = 'final' | 'refused' | 'retries' | 'deadline'

export type RetryDecision =
  | {
      readonly action: 'retry'
      readonly delayMs: number
      readonly reason: RetryReason
      /** Whether the retry uses up one of `retries`. */
      readonly counts: boolean
    }
  /** Split and sent again, which does not use up a retry. */
  | { readonly action: 'split'; readonly reason: SplitReason }
  | { readonly action: 'give-up'; readonly reason: GiveUpReason }

export interface RetryLimits {
  /** With `Infinity` only the deadline is the limit. */
  readonly retries: number
  readonly requestTimeoutMs: number
  readonly baseRetryBackoffMs: number
  readonly maxRetryBackoffMs: number
}

/** The state of a batch, as far as the policy depends on it. */
export interface RetryState {
  /** Logs in the request. */
  readonly logCount: number
  /** Requests made, the one that failed included. */
  readonly attemptCount: number
  readonly countedRetries: number
  readonly freeRetriesInARow: number
  /** Time until the delivery deadline, in milliseconds. */
  readonly remainingMs: number
  /** While the producer closes, back-offs are short and `retries` does not count: the deadline of `close` decides. */
  readonly closing: boolean
}

/** After a wrong clock or a stale connection a request is repeated at once, at most this often in a row. */
const MAX_FREE_RETRIES_IN_A_ROW = 2

/** A new key may not be known to all servers yet; after about a second a refused key is reported as wrong. */
const ATTEMPTS_WITH_WRONG_CREDENTIALS = 3

/**
 * Decides whether a failed attempt is repeated, when, and why. This is the only place that decides. It is a pure function;
 * `random` returns a number in [0, 1).
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
 * Shortens a wait so that one more attempt fits before the deadline: a whole request, or half of the remaining time if that is
 * less. Gives up when so little time is left that no back-off fits between attempts.
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

/** A quota is counted over about a minute: an early retry would be refused again. */
const QUOTA_FACTOR = 10

/** A longer back-off, never less than half of its limit, because the service asks for it. */
function quotaBackoffMs(state: RetryState, limits: RetryLimits, random: () => number): number {
  const ceilingMs = ceilingOf(state, limits.baseRetryBackoffMs * QUOTA_FACTOR, limits)
  return ceilingMs / 2 + (random() * ceilingMs) / 2
}

/** A random wait (full jitter) below a limit that doubles. */
function backoffMs(state: RetryState, limits: RetryLimits, random: () => number): number {
  return random() * ceilingOf(state, limits.baseRetryBackoffMs, limits)
}

/** Short enough to notice the end of an outage within a second, long enough not to overload the service. */
const LONGEST_CLOSING_BACKOFF_MS = 1000

/** Does not wait as long as the answer asks for, because the process will end. */
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
