import type { EmulatorStats } from './counters.ts'
import type { RequestRecord } from './request-log.ts'
import type { ScriptRuleState } from './script/script.ts'
import type { Store } from './store/store.ts'
import type { SecondFigures } from './throughput.ts'

/** Figures of a logstore. */
export interface LogstoreFigures {
  /** Name of its project. */
  readonly project: string
  /** Name of the logstore. */
  readonly logstore: string
  /** Number of shards that accept writes. */
  readonly openShards: number
  /** Number of all shards, including read-only ones. */
  readonly shards: number
  /** Number of stored logs. */
  readonly logs: number
  /** Bytes of stored logs, as charged against `maxBytes`. */
  readonly bytes: number
  /** Days after which logs expire. */
  readonly ttlDays: number
}

/** What the console shows. Reading it changes nothing. */
export interface EmulatorInspection {
  /** Counters since the start. */
  readonly stats: EmulatorStats
  /** The last 15 minutes, oldest first, without the seconds in which nothing happened. */
  readonly throughput: readonly SecondFigures[]
  /** The newest 500 requests, oldest first. */
  readonly requests: readonly RequestRecord[]
  /** Script rules that are active. */
  readonly rules: readonly ScriptRuleState[]
  /** All logstores with their figures. */
  readonly logstores: readonly LogstoreFigures[]
}

/** All logstores, ordered by name. */
export function logstoreFigures(store: Store): LogstoreFigures[] {
  const all = store.projects.flatMap((project) => [...project.logstores.values()])
  const figures = all.map((logstore) => {
    const { project, name, shards, settings } = logstore
    const sum = (figure: 'logs' | 'bytes') => shards.reduce((total, shard) => total + shard.totals[figure], 0)
    const openShards = shards.filter(({ status }) => status === 'readwrite').length
    const counts = { openShards, shards: shards.length, logs: sum('logs'), bytes: sum('bytes') }
    return { project, logstore: name, ...counts, ttlDays: settings.ttl }
  })
  return figures.sort((a, b) => compare(a.project, b.project) || compare(a.logstore, b.logstore))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
