import { type Clock, systemClock } from '../core/clock.ts'
import type { SpoolFiles } from './files.ts'
import { bootId, nodeFiles } from './node-files.ts'
import { nodeOwnerSockets, type OwnerSockets } from './owner-sockets.ts'
import type { Durability } from './slot-context.ts'
import type { Tally } from './spool.ts'

export interface SpoolOptions {
  /** Created if it does not exist. Several processes may use the same directory. */
  readonly directory: string
  /** Number of the slot; no other slot is used. Default: the first free one. */
  readonly slot?: number
  /** Largest size of the files of this process, in bytes. Default 1 GiB. */
  readonly maxBytes?: number
  /** The part of `maxBytes` that one share may use while other shares have records. Default 1. */
  readonly maxShare?: number
  /** Default `batch`. */
  readonly durability?: Durability
  /** With durability `interval`: longest time until an append is synced, in milliseconds. Default 200. */
  readonly syncIntervalMs?: number
  /** Size of a segment in bytes. Default 32 MiB, and at most a 16th of `maxBytes`, because room is freed by whole segments. */
  readonly segmentBytes?: number
  /** Returns the share of a group. Default: all groups have the same share. */
  readonly shareOf?: (group: string) => string
  readonly listener?: SpoolListener
  readonly clock?: Clock
  readonly files?: SpoolFiles
  readonly sockets?: OwnerSockets
  readonly boot?: string
}

/** Events of a spool. A listener may call the spool. */
export interface SpoolListener {
  /** Unsettled records were found when the spool was opened, or in the slot of a dead owner. They can be taken. */
  onRecovered?(found: Tally): void
  /** The note of one of these records. Called before `onRecovered`. */
  onNote?(note: string): void
  /** There may be room now for an append that was refused. */
  onRoom?(): void
  /**
   * Records are damaged or missing. `waiting`: they were not taken; this was found when a slot was opened, where they count as
   * recovered as well, or when segments were rewritten. `taken`: this was found when a taken record was read.
   */
  onLost?(lost: Tally, state: 'waiting' | 'taken'): void
  /**
   * This process has lost records, also taken ones: `isLeft` returns true for their ids. `taken over`: another process considered this one
   * dead, and has the records. `gone`: files were deleted or moved.
   */
  onLeft?(left: Tally, isLeft: (id: number) => boolean, why: 'taken over' | 'gone'): void
}

export interface ResolvedSpoolOptions extends Required<Omit<SpoolOptions, 'slot'>> {
  readonly slot: number | undefined
}

const MIB = 1024 * 1024

export function withDefaults(options: SpoolOptions): ResolvedSpoolOptions {
  const maxBytes = options.maxBytes ?? 1024 * MIB
  return {
    directory: options.directory,
    slot: options.slot,
    maxBytes,
    maxShare: options.maxShare ?? 1,
    durability: options.durability ?? 'batch',
    syncIntervalMs: options.syncIntervalMs ?? 200,
    segmentBytes: options.segmentBytes ?? Math.min(32 * MIB, Math.ceil(maxBytes / 16)),
    shareOf: options.shareOf ?? (() => ''),
    listener: options.listener ?? {},
    clock: options.clock ?? systemClock,
    files: options.files ?? nodeFiles,
    sockets: options.sockets ?? nodeOwnerSockets,
    boot: options.boot ?? bootId(),
  }
}
