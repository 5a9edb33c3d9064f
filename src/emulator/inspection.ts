import type { EmulatorStats } from './counters.ts'
import type { RequestRecord } from './request-log.ts'
import type { ScriptRuleState } from './script/script.ts'
import type { Store } from './store/store.ts'
import type { SecondFigures } from './throughput.ts'

/** A logstore in numbers. */
export interface LogstoreFigures {
  /** Name of its project. */
  readonly project: string
  /** Name of the logstore. */
  readonly logstore: string
  /** Shards that take logs. */
  readonly openShards: number
  /** All of its shards, those that are read only included. */
  readonly shards: number
  /** Logs that it holds. */
  readonly logs: number
  /** Bytes that it holds, as they are charged. */
  readonly bytes: number
  /** Days that its logs are kept. */
  readonly ttlDays: number
}

/** Everything that the console shows. Reading changes nothing. */
export interface EmulatorInspection {
  /** Counters since the start. */
  readonly stats: EmulatorStats
  /** The last 15 minutes, oldest first, without the seconds in which nothing happened. */
  readonly throughput: readonly SecondFigures[]
  /** The newest 500 requests, oldest first. */
  readonly requests: readonly RequestRecord[]
  /** Planned misbehaviour that is at work. */
  readonly rules: readonly ScriptRuleState[]
  /** Every logstore and what it holds. */
  readonly logstores: readonly LogstoreFigures[]
}

/** All logstores, in the order of their names. */
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
