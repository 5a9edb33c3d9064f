import { type GroupKey, GroupMap } from '../batch/group-key.ts'
import { ProducerBatch } from '../batch/producer-batch.ts'
import type { BreakerInspection } from '../deliver/circuit-breakers.ts'
import type { LaneInspection } from '../deliver/lane.ts'
import type { CountsByName, ProducerMetrics } from './metrics.ts'

/** The state of a producer at one moment: its metrics, and in detail what it holds and does. */
export interface ProducerInspection extends ProducerMetrics {
  /** When it was taken, epoch milliseconds. */
  readonly time: number
  /** Time since the producer was created, in milliseconds. */
  readonly uptimeMs: number
  /** The memory budget and its use, in total and by project. */
  readonly memory: ProducerMetrics['memory'] & {
    /** Bytes in use, by the name of the project. */
    readonly usedBytesByProject: CountsByName
  }
  /** Each lane, its queue, and the batch that it sends. */
  readonly lanes: readonly LaneInspection[]
  /** Groups with logs in memory: those that hold the most bytes first, 100 at most. */
  readonly groups: readonly GroupInspection[]
  /** Number of all groups with logs in memory. */
  readonly groupCount: number
  /** Circuit breakers, which exist only for logstores whose last attempts have failed. */
  readonly breakers: readonly BreakerInspection[]
}

/** A group that has logs in memory. */
export interface GroupInspection {
  /** The project that its logs go to. */
  readonly project: string
  /** The logstore that its logs go to. */
  readonly logstore: string
  /** The topic of its logs. */
  readonly topic: string
  /** The source of its logs. */
  readonly source: string
  /** The shard hash of its logs; undefined for any shard. */
  readonly shardHash: string | undefined
  /** Batches without a verdict, including the open one. */
  readonly batches: number
  /** Batches that take more logs. */
  readonly openBatches: number
  /** Batches with a request in flight. */
  readonly inFlightBatches: number
  /** Logs without a verdict. */
  readonly logs: number
  /** Bytes of memory that its batches hold. */
  readonly usedBytes: number
  /** Age of its oldest log without a verdict, in milliseconds. */
  readonly oldestAgeMs: number
}

/** What an inspection reads beside the metrics, taken in one turn. */
export interface InspectionReadings {
  readonly time: number
  readonly nowMs: number
  readonly startedAtMs: number
  readonly usedBytesByProject: Iterable<readonly [project: string, usedBytes: number]>
  readonly lanes: readonly LaneInspection[]
  /** All without a verdict, open or sealed, oldest first. */
  readonly batches: Iterable<InspectedBatch>
  readonly breakers: readonly BreakerInspection[]
}

/** An open batch or a sealed one. */
export interface InspectedBatch {
  readonly key: GroupKey
  readonly logCount: number
  readonly reservedBytes: number
  readonly openedAtMs: number
}

/** Groups that are listed: what is shown or sent to a console must be bounded, and groups may be many thousands. */
const MOST_GROUPS = 100

/** Stores nothing: all of it is read when `inspect` is called (`bench/inspect.mjs` measures the cost). */
export function inspectionOf(metrics: ProducerMetrics, readings: InspectionReadings): ProducerInspection {
  const { time, nowMs, startedAtMs, lanes, breakers, usedBytesByProject } = readings
  const groups = groupsOf(readings.batches, nowMs)
  return {
    time,
    uptimeMs: nowMs - startedAtMs,
    ...metrics,
    memory: { ...metrics.memory, usedBytesByProject: Object.fromEntries(usedBytesByProject) },
    lanes,
    groups: groups.sort((a, b) => b.usedBytes - a.usedBytes).slice(0, MOST_GROUPS),
    groupCount: groups.length,
    breakers,
  }
}

type GroupTally = { -readonly [Name in keyof GroupInspection]: GroupInspection[Name] }

function groupsOf(batches: Iterable<InspectedBatch>, nowMs: number): GroupInspection[] {
  const tallies: GroupTally[] = []
  const byKey = new GroupMap<GroupTally>()
  for (const batch of batches) {
    let tally = byKey.get(batch.key)
    if (tally === undefined) {
      // The first of a group that is met is its oldest.
      tally = newTally(batch, nowMs)
      byKey.add(batch.key, tally)
      tallies.push(tally)
    }
    tally.batches++
    tally.logs += batch.logCount
    tally.usedBytes += batch.reservedBytes
    if (!(batch instanceof ProducerBatch)) tally.openBatches++
    else if (batch.inFlight) tally.inFlightBatches++
  }
  return tallies
}

function newTally({ key, openedAtMs }: InspectedBatch, nowMs: number): GroupTally {
  const { project, logstore, topic, source, shardHash } = key
  const counts = { batches: 0, openBatches: 0, inFlightBatches: 0, logs: 0, usedBytes: 0 }
  return { project, logstore, topic, source, shardHash, ...counts, oldestAgeMs: Math.max(0, nowMs - openedAtMs) }
}
