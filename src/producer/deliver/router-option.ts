import type { GroupKey } from '../batch/group-key.ts'

/** A batch, as a router function sees it. */
export interface RoutedBatch extends GroupKey {
  /** Logs in the batch. */
  readonly logCount: number
  /** Bytes of the batch before compression. */
  readonly rawSizeInBytes: number
}

/** A lane, as a router function sees it. */
export interface LaneLoad {
  /** Index of the lane, from 0. */
  readonly index: number
  /** Batches in the queue of the lane and in flight. */
  readonly batches: number
  /** Bytes that the lane has sent so far. */
  readonly sentBytes: number
}

/** Returns the index of the lane for a batch; `undefined`: the first lane that is idle. */
export type RouterFunction = (batch: RoutedBatch, lanes: readonly LaneLoad[]) => number | undefined

/**
 * Which lane takes a batch. `least-loaded`: the idle lane that has sent the fewest bytes. `round-robin`: the next idle
 * lane in turn. `key-hash`: the batches of a group one after the other, so that its order is kept, on the same lane
 * while that is free.
 */
export type RouterName = 'least-loaded' | 'round-robin' | 'key-hash'
