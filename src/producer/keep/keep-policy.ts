import type { SpoolMode } from './spool-config.ts'

/** What happened to a batch that is in memory only. */
export type KeepOccasion =
  /** The batch was sealed, and was not sent yet. */
  | 'sealed'
  /** `flush({ until: 'durable' })` was called. */
  | 'flush'
  /** More than `spillAt` of the memory budget is in use. */
  | 'pressure'
  /** Memory is full, and a send has the overflow policy `spill`. */
  | 'spill'
  /** Delivery has failed for `spillAfterMs`, or the delivery time or the retries are used up. */
  | 'failing'
  /** The deadline of `close` has passed. */
  | 'close'

/** The modes in the order of how much they write to disk. */
const RANK: Readonly<Record<SpoolMode, number>> = { 'on-close': 0, 'on-failure': 1, overflow: 2, always: 3 }
const NEEDED: Readonly<Record<KeepOccasion, number>> = {
  close: 0,
  flush: 0,
  spill: 0,
  failing: 1,
  pressure: 2,
  sealed: 3,
}

/** Whether a batch is written to disk. Only this function decides. */
export function goesToDisk(mode: SpoolMode, occasion: KeepOccasion): boolean {
  return RANK[mode] >= NEEDED[occasion]
}
