import type { SpoolMode } from './spool-config.ts'

/** What happened to a batch that is in memory only. */
export type KeepOccasion =
  /** It takes no more logs, and was not sent yet. */
  | 'sealed'
  /** The caller asked for everything to be on disk. */
  | 'flush'
  /** Memory runs short. */
  | 'pressure'
  /** A send asked for its logs to be spilled when memory is full. */
  | 'spill'
  /** It has been tried for `spillAfterMs`, or its time or retries are used up. */
  | 'failing'
  /** The producer closes, and the deadline has passed. */
  | 'close'

/** The modes from the one that keeps least to the one that keeps most. */
const RANK: Readonly<Record<SpoolMode, number>> = { 'on-close': 0, 'on-failure': 1, overflow: 2, always: 3 }
const NEEDED: Readonly<Record<KeepOccasion, number>> = {
  close: 0,
  flush: 0,
  spill: 0,
  failing: 1,
  pressure: 2,
  sealed: 3,
}

/** Whether a batch goes to disk. The only place that decides. */
export function goesToDisk(mode: SpoolMode, occasion: KeepOccasion): boolean {
  return RANK[mode] >= NEEDED[occasion]
}
