import type { Query } from './auth/request-to-sign.ts'

/** Log times in epoch seconds: from inclusive, to exclusive. */
export interface TimeRange {
  /** First second, epoch seconds. */
  readonly fromSeconds: number
  /** First second behind the range, epoch seconds. */
  readonly toSeconds: number
  /** Only logs of this topic. Default: all. */
  readonly topic?: string | undefined
  /** Query in the service's language. Default: all logs. */
  readonly query?: string | undefined
}

/** Which logs {@link LogReader.getLogs} asks for. They must be indexed. */
export interface LogQuery extends TimeRange {
  /** Most logs in the answer. Range: 1 to 100. Default: 100. */
  readonly line?: number | undefined
  /** Logs skipped. Default: 0. */
  readonly offset?: number | undefined
  /** Newest first. Default: false. */
  readonly reverse?: boolean | undefined
}

/** What a query found. */
export interface QueriedLogs {
  /** Each log as its fields, and `__time__`, `__topic__`, `__source__` and tags with the names that the service gives them. */
  readonly logs: readonly Readonly<Record<string, string>>[]
  /** False when the service had no time to look at everything: ask again for all of it. */
  readonly isComplete: boolean
}

/** How many logs there are in one stretch of time. */
export interface HistogramBar {
  /** Epoch seconds, inclusive. */
  readonly from: number
  /** Epoch seconds, exclusive. */
  readonly to: number
  /** Logs in this span of time. */
  readonly count: number
  /** `Incomplete`: the service had no time to count all of them. */
  readonly progress: 'Complete' | 'Incomplete'
}

/** A range of logs as the pairs of a request. */
export function rangePairs({ fromSeconds, toSeconds, topic, query }: TimeRange): Query {
  const pairs: [string, string][] = [
    ['from', String(fromSeconds)],
    ['to', String(toSeconds)],
  ]
  if (topic !== undefined) pairs.push(['topic', topic])
  if (query !== undefined) pairs.push(['query', query])
  return pairs
}
