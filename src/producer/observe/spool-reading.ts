import type { Spool } from '../../spool/spool.ts'
import type { Counters } from './counters.ts'
import type { SpoolMetrics } from './metrics.ts'

/** The metrics of a spool. */
export function spoolReading(spool: Spool, counters: Counters, replayed: number, nowMs: number): SpoolMetrics {
  const { bytes, maxBytes, unsettled, oldestAtMs, appends, syncs, recovered, lost, quarantined, shares } = spool.stats()
  const projects = [...shares].map(([project, { records, counts, bytes }]) => [
    project,
    { records, logs: counts, bytes },
  ])
  return {
    bytes,
    maxBytes,
    records: unsettled.records,
    oldestAgeMs: oldestAtMs === undefined ? 0 : Math.max(0, nowMs - oldestAtMs),
    appends,
    durableLogs: counters.durableLogs,
    syncs,
    recoveredRecords: recovered.records,
    lostRecords: lost.records,
    quarantined,
    replayed,
    troubles: counters.spoolTroubles,
    byProject: Object.fromEntries(projects),
  }
}
