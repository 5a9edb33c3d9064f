import type { GroupKey } from '../batch/group-key.ts'

/** What a router function is told of a batch. */
export interface RoutedBatch extends GroupKey {
  /** Logs in the batch. */
  readonly logCount: number
  /** Bytes of the batch before compression. */
  readonly rawSizeInBytes: number
}

/** What a router function is told of a lane. */
export interface LaneLoad {
  /** Counts the lanes from 0. */
  readonly index: number
  /** Batches in the lane's own line and under way. */
  readonly batches: number
  /** Bytes that the lane has sent so far. */
  readonly sentBytes: number
}

/** Picks the lane for a batch, by its index; `undefined` leaves it to whichever is idle first. */
export type RouterFunction = (batch: RoutedBatch, lanes: readonly LaneLoad[]) => number | undefined

/**
 * Which lane takes a batch. `least-loaded`: the idle lane that has sent the fewest bytes. `round-robin`: the next idle
 * lane in turn. `key-hash`: the batches of a group one after the other, so that its order is kept, on the same lane
 * while that is free.
 */
export type RouterName = 'least-loaded' | 'round-robin' | 'key-hash'
