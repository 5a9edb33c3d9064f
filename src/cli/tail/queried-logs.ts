import type { Clock } from '../../core/clock.ts'
import { limits } from '../../sls/limits.ts'
import type { LogReader } from '../../sls/log-reader.ts'
import { pause } from '../shared/pause.ts'
import type { ReadLog } from './log-text.ts'
import type { PatientCalls } from './patient-calls.ts'
import { cursorFrom, type StartPoint } from './start-point.ts'

export interface LogQueryOptions {
  readonly reader: LogReader
  readonly calls: PatientCalls
  /** In the query language of the service. */
  readonly query: string
  readonly topic?: string
  readonly from: StartPoint
  readonly clock: Clock
  readonly signal: AbortSignal
}

// The service has not examined all logs yet; the next call continues.
const INCOMPLETE_PAUSE_MS = 500

/** Fields that the service adds to the logs that it finds. */
const ADDED = { time: '__time__', topic: '__topic__', source: '__source__' } as const
const TAG_PREFIX = '__tag__:'

/** Pages of the logs that match, oldest first, up to the present time. */
export async function* queriedLogs(options: LogQueryOptions): AsyncGenerator<ReadLog[]> {
  const { reader, calls, query, topic, from, clock, signal } = options
  const toSeconds = Math.floor(clock.now() / 1000) + 1
  const start = cursorFrom(from, clock.now())
  const fromSeconds = start === 'begin' ? 0 : start === 'end' ? toSeconds : start
  for (let offset = 0; ; ) {
    const page = { fromSeconds, toSeconds, query, topic, offset, line: limits.getLogsLines }
    const { logs, isComplete } = await calls.run(() => reader.getLogs(page))
    if (logs.length === 0 && isComplete) return
    if (logs.length === 0) await pause(INCOMPLETE_PAUSE_MS, clock, signal)
    if (signal.aborted) return
    offset += logs.length
    if (logs.length > 0) yield logs.map(readLog)
  }
}

function readLog(found: Readonly<Record<string, string>>): ReadLog {
  const fields = Object.entries(found).filter(([key]) => !/^__.*__$/.test(key))
  const contents = fields.filter(([key]) => !key.startsWith(TAG_PREFIX))
  const tags = fields
    .filter(([key]) => key.startsWith(TAG_PREFIX))
    .map(([key, value]) => [key.slice(TAG_PREFIX.length), value] as const)
  const group = { topic: found[ADDED.topic] ?? '', source: found[ADDED.source] ?? '', tags }
  const log = { time: Number(found[ADDED.time]), contents }
  return { shard: undefined, group: { ...group, logs: [log] }, log }
}
