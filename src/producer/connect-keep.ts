import type { Clock } from '../core/clock.ts'
import type { Payload } from '../sls/sink.ts'
import type { MemoryBudget } from './accept/memory-budget.ts'
import type { IncompleteBatches } from './accumulate/incomplete-batches.ts'
import type { Mover } from './accumulate/mover.ts'
import type { GroupKey } from './batch/group-key.ts'
import type { Delivery } from './deliver/delivery.ts'
import { laneRange } from './deliver/lane-range.ts'
import { keyOf } from './keep/batch-codec.ts'
import { Keep } from './keep/keep.ts'
import type { KeepListener } from './keep/keep-parts.ts'
import type { ResolvedSpoolConfig } from './keep/spool-config.ts'
import type { OpenSpool } from './keep/spool-opening.ts'
import type { Counters } from './observe/counters.ts'
import type { ProducerEmitter } from './observe/producer-emitter.ts'
import type { LiveOptions } from './options.ts'
import type { Outcomes } from './outcomes.ts'

export interface SpoolParts {
  readonly config: ResolvedSpoolConfig
  readonly open: OpenSpool
  readonly hasProject: (project: string) => boolean
}

export interface KeepNeighbours {
  readonly options: LiveOptions
  readonly clock: Clock
  readonly compress: (raw: Buffer) => Promise<Payload>
  readonly keepsOrder: boolean
  readonly nextPackId: (key: GroupKey) => string
  readonly budget: MemoryBudget
  readonly counters: Counters
  readonly events: ProducerEmitter
  readonly incomplete: IncompleteBatches
  readonly delivery: Delivery
  readonly mover: Mover
  /** They are created after this stage. */
  readonly outcomes: () => Outcomes
}

/** The part of the memory budget, and of the lanes while fresh batches come, that batches from disk may use. */
const REPLAY_SHARE = 1 / 4

/** Creates the stage that uses the spool, and connects it to delivery, the outcomes, the counters and the events. */
export function connectKeep(spool: SpoolParts, neighbours: KeepNeighbours): Keep {
  const { options, clock, compress, keepsOrder, nextPackId, budget, delivery } = neighbours
  const most = () => laneRange(options.current.lanes).max
  return new Keep(
    {
      config: spool.config,
      clock,
      openSpool: spool.open,
      compress,
      memory: budget,
      keepsOrder,
      windowBytes: () => budget.totalBytes * REPLAY_SHARE,
      // While fresh batches wait for a lane, one of those from disk goes between them. While they come, most lanes stay free
      // for them, and the disk too: `bench/spool.mjs latency` measures how long a fresh log takes.
      windowBatches: (freshOnesCome) => {
        if (delivery.queued > 0) return 1
        return freshOnesCome ? Math.max(1, Math.floor(most() * REPLAY_SHARE)) : most()
      },
      overflow: () => options.current.overflow,
      hasProject: spool.hasProject,
      nextPackId,
    },
    keepListener(neighbours),
  )
}

function keepListener({ delivery, mover, incomplete, outcomes, counters, events }: KeepNeighbours): KeepListener {
  return {
    deliver: (batch) => {
      delivery.take(batch)
      mover.reschedule()
    },
    postpone: (batch, delayMs) => delivery.postpone(batch, delayMs),
    replayed: (batch) => {
      incomplete.arrived(batch)
      delivery.take(batch)
      mover.reschedule()
    },
    kept: (batch) => {
      incomplete.extendDeadline(batch, Number.POSITIVE_INFINITY)
      counters.durableLogs += batch.logCount
      outcomes().durable(batch)
    },
    refused: (batch, failure) => outcomes().refusedForNow(batch, failure),
    detach: (batch) => outcomes().spooled(batch),
    failed: (batch, failure) => outcomes().lost(batch, failure),
    droppedFromDisk: (group, logCount, reason) => {
      counters.dropped(reason, logCount)
      const { project = '', logstore = '' } = keyOf(group) ?? {}
      events.emit('dropFromDisk', { logCount, project, logstore, reason })
    },
    recovered: (logCount, batchCount) => {
      counters.recoveredLogs += logCount
      events.emit('recovered', { logCount, batchCount })
    },
    lost: (logCount, batchCount) => {
      counters.damagedLogs += logCount
      events.emit('damaged', { logCount, batchCount })
    },
    troubled: (error) => {
      counters.spoolTroubles++
      events.emit('spoolError', { error })
    },
  }
}
