import type { SinkError } from '../../sls/sink.ts'

export type RetryReason = 'back-off' | 'quota' | 'credentials' | 'clock' | 'stale-connection'
export type GiveUpReason = 'final' | 'retries' | 'deadline'

export type RetryDecision =
  | {
      readonly action: 'retry'
      readonly delayMs: number
      readonly reason: RetryReason
      /** Whether the retry uses up one of `retries`. */
      readonly counts: boolean
    }
  | { readonly action: 'give-up'; readonly reason: GiveUpReason }

export interface RetryLimits {
  readonly retries: number
  readonly baseRetryBackoffMs: number
  readonly maxRetryBackoffMs: number
}

/** How far a batch has come. */
export interface RetryState {
  readonly countedRetries: number
  readonly freeRetriesInARow: number
  /** Until the delivery deadline. */
  readonly remainingMs: number
  /** While closing, nobody waits out a long back-off. */
  readonly closing: boolean
}

/** A wrong clock and a stale connection are mended at once; more often than this in a row they are not. */
const MAX_FREE_RETRIES_IN_A_ROW = 2

/** A quota is per minute or second: the ceiling starts as many doublings higher as would pass in vain. */
const QUOTA_HEAD_START = 3

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
  const reason = retryReason(error)
  if (reason === undefined) return { action: 'give-up', reason: 'final' }
  if (state.remainingMs <= 0) return { action: 'give-up', reason: 'deadline' }

  const isFree = reason === 'clock' || reason === 'stale-connection'
  if (isFree && state.freeRetriesInARow < MAX_FREE_RETRIES_IN_A_ROW) {
    return { action: 'retry', delayMs: 0, reason, counts: false }
  }
  if (state.countedRetries >= limits.retries) return { action: 'give-up', reason: 'retries' }

  const doublings = state.countedRetries + (reason === 'quota' ? QUOTA_HEAD_START : 0)
  const ceilingMs = state.closing ? limits.baseRetryBackoffMs : backoffCeilingMs(doublings, limits)
  const delayMs = Math.max(random() * ceilingMs, error.retryAfterMs ?? 0)
  // A wait that ends after the deadline is not worth the memory it holds.
  if (delayMs >= state.remainingMs) return { action: 'give-up', reason: 'deadline' }
  return { action: 'retry', delayMs, reason, counts: true }
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

/** Of the full jitter. The exponent is capped before it is used, so that nothing can overflow. */
function backoffCeilingMs(doublings: number, { baseRetryBackoffMs, maxRetryBackoffMs }: RetryLimits): number {
  return Math.min(baseRetryBackoffMs * 2 ** Math.min(doublings, 52), maxRetryBackoffMs)
}
