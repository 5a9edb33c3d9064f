import type { Logstore } from '../store/logstore.ts'
import type { StoredGroup } from '../store/shard.ts'
import { type LogView, logViews } from '../wire/log-view.ts'

/** A range of log times, in epoch seconds. */
export interface TimeRange {
  /** Inclusive. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** Options of a scan. */
export interface ScanOptions {
  readonly range: TimeRange
  /** Whether the groups with the latest log times come first. */
  readonly isReverse?: boolean
  /** Units of work to examine a log: more for a query with many terms. Default 1. */
  readonly costPerLog?: number
  /** Units of work after which the scan ends unfinished. */
  readonly maxWork: number
  /** Aborts the scan when nobody waits for it any more. */
  readonly signal?: AbortSignal
  /** Called before each group with its earliest (in reverse: latest) log time. True ends the scan as complete. */
  readonly isEnough?: (time: number) => boolean
  /** Called before each group. True skips it: its logs are not decoded. */
  readonly skipsGroup?: (group: StoredGroup) => boolean
  /** Called before the scan yields to other requests, for example to show its results so far. */
  readonly onTurn?: () => void
}

// Units of work in one turn of the event loop: about 20 ms.
const WORK_PER_TURN = 100_000
// A long log counts as many short ones.
const BYTES_PER_UNIT = 64

/**
 * Calls `visit` for every log of a logstore in a range of log times; groups come in order of their log times. It yields to
 * other requests in between. Resolves to whether it reached the end.
 */
export async function scan(
  logstore: Logstore,
  options: ScanOptions,
  visit: (log: LogView, group: StoredGroup) => void,
): Promise<boolean> {
  const { range, isReverse = false, costPerLog = 1, maxWork, signal, isEnough, skipsGroup, onTurn } = options
  let work = 0
  let turnEnd = WORK_PER_TURN
  for (const group of groupsOf(logstore, range, isReverse)) {
    if (isEnough?.(isReverse ? group.lastTime : group.firstTime)) return true
    if (skipsGroup?.(group)) continue
    work++
    for (const log of logViews(group.bytes)) {
      work += costPerLog * (1 + log.sizeInBytes / BYTES_PER_UNIT)
      if (work > maxWork) return false
      if (log.time >= range.from && log.time < range.to) visit(log, group)
      if (work < turnEnd) continue
      turnEnd = work + WORK_PER_TURN
      onTurn?.()
      await new Promise((resolve) => setImmediate(resolve))
      if (signal?.aborted) return false
    }
  }
  return true
}

function groupsOf(logstore: Logstore, range: TimeRange, isReverse: boolean): StoredGroup[] {
  const groups = logstore.shards
    .flatMap((shard) => shard.groups())
    .filter(({ firstTime, lastTime, logCount }) => logCount > 0 && lastTime >= range.from && firstTime < range.to)
  if (isReverse) return groups.sort((a, b) => b.lastTime - a.lastTime || b.arrival - a.arrival)
  return groups.sort((a, b) => a.firstTime - b.firstTime || a.arrival - b.arrival)
}
