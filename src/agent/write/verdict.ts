import type { ProducerError } from '../../core/errors.ts'

/** What the result of a send means for its input. */
export type Verdict = 'delivered' | 'refused' | 'lost'

const REFUSALS = new Set<string>(['ERR_LOGHUB_INVALID_LOG', 'ERR_LOGHUB_LOG_TOO_LARGE', 'ERR_LOGHUB_TOO_MANY_LOGS'])

/**
 * `refused`: sending the same logs again would have the same result, so the input moves on. `lost`: the logs were given up for
 * lack of time, memory or connection; an input that can go back reads them again. Logs on disk count as delivered: the spool sends
 * them.
 */
export function verdictOf(error: ProducerError | null): Verdict {
  if (error === null || error.code === 'ERR_LOGHUB_SPOOLED') return 'delivered'
  if (REFUSALS.has(error.code) || refusedCount(error) > 0) return 'refused'
  return 'lost'
}

/** How many of the logs of a send the service refused, each for itself; its other logs are stored. */
export function refusedCount(error: ProducerError): number {
  return (error as { refusedLogs?: readonly unknown[] }).refusedLogs?.length ?? 0
}
