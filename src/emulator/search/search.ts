import type { Logstore } from '../store/logstore.ts'
import type { StoredGroup } from '../store/shard.ts'
import { logsOf, type StoredLog } from '../store/stored-log.ts'
import type { Matcher } from './query-matcher.ts'

export interface TimeRange {
  /** Epoch seconds, inclusive. */
  readonly from: number
  /** Epoch seconds, exclusive. */
  readonly to: number
}

/** Every log of a logstore in the order in which it came. */
export function* arrivedLogs(logstore: Logstore, range?: TimeRange): Generator<StoredLog> {
  for (const { group, shard } of arrivedGroups(logstore)) {
    if (range !== undefined && (group.lastTime < range.from || group.firstTime >= range.to)) continue
    yield* logsOf(group, shard)
  }
}

/** Logs in a time range that match, in the order in which they came. */
export function* matchingLogs(logstore: Logstore, range: TimeRange, matches: Matcher): Generator<StoredLog> {
  for (const log of arrivedLogs(logstore, range)) {
    if (log.time >= range.from && log.time < range.to && matches(log)) yield log
  }
}

function arrivedGroups(logstore: Logstore): { group: StoredGroup; shard: number }[] {
  return logstore.shards
    .flatMap((shard) => shard.groups().map((group) => ({ group, shard: shard.id })))
    .sort((a, b) => a.group.arrival - b.group.arrival)
}
