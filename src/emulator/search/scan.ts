import type { Logstore } from '../store/logstore.ts'
import type { StoredGroup } from '../store/shard.ts'
import { type LogView, logViews } from '../wire/log-view.ts'

/** Log times, in epoch seconds. */
export interface TimeRange {
  /** Inclusive. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** What a scan looks at, and what it may cost. */
export interface ScanOptions {
  readonly range: TimeRange
  /** Which groups come first. */
  readonly isReverse?: boolean
  /** What looking at a log costs in units of work: more for a query of many terms. Default 1. */
  readonly costPerLog?: number
  /** Units of work after which the scan ends unfinished. */
  readonly maxWork: number
  /** Ends the scan early: nobody waits for it any more. */
  readonly signal?: AbortSignal
  /** Asked before each group, with its earliest (in reverse: latest) log time: true ends the scan, finished. */
  readonly isEnough?: (time: number) => boolean
  /** Asked before each group: true leaves it out, for what need not be decoded. */
  readonly skipsGroup?: (group: StoredGroup) => boolean
  /** Called before other requests get their turn: what was found so far can be shown. */
  readonly onTurn?: () => void
}

// So much work is done in one turn of the event loop: some 20 ms.
const WORK_PER_TURN = 100_000
// A long log costs as much as many short ones.
const BYTES_PER_UNIT = 64

/**
 * Shows every log of a logstore in a range of log time to `visit`, groups in the order of their log times. Other
 * requests get their turn in between. Returns whether it came to the end.
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
