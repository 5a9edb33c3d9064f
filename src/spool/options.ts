import { type Clock, systemClock } from '../core/clock.ts'
import type { SpoolFiles } from './files.ts'
import { bootId, nodeFiles } from './node-files.ts'
import { nodeOwnerSockets, type OwnerSockets } from './owner-sockets.ts'
import type { Durability } from './slot-context.ts'
import type { Tally } from './spool.ts'

export interface SpoolOptions {
  /** Made if it does not exist. Several processes may name the same. */
  readonly directory: string
  /** This slot and no other. Default: the first free one. */
  readonly slot?: number
  /** What the files of this process may take. Default 1 GiB. */
  readonly maxBytes?: number
  /** The part of `maxBytes` that one share may take while there are others. Default 1. */
  readonly maxShare?: number
  /** Default `batch`. */
  readonly durability?: Durability
  /** With durability `interval`: the longest that an append is only with the operating system. Default 200. */
  readonly syncIntervalMs?: number
  /** Default 32 MiB, and at most a 16th of `maxBytes`: room comes free by whole segments. */
  readonly segmentBytes?: number
  /** Which share a group belongs to. Default: all to one. */
  readonly shareOf?: (group: string) => string
  readonly listener?: SpoolListener
  readonly clock?: Clock
  readonly files?: SpoolFiles
  readonly sockets?: OwnerSockets
  readonly boot?: string
}

/** Called when the spool's own work is done: it may call the spool. */
export interface SpoolListener {
  /** Records were found: by opening, or in the slot of a dead owner. They can be taken. */
  onRecovered?(found: Tally): void
  /** The note of a record that opening found unsettled, or that was in the slot of a dead owner. Called before `onRecovered`. */
  onNote?(note: string): void
  /** An append that found no room may try again. */
  onRoom?(): void
  /**
   * Records are damaged or missing. `waiting`: nobody had them; found by opening a slot, and counted among the recovered ones, or
   * while old segments are tidied. `taken`: found by reading one that was taken.
   */
  onLost?(lost: Tally, state: 'waiting' | 'taken'): void
  /**
   * Records are not this process's any more, also those that were taken: `isLeft` tells them by their ids. `taken over`: another process took
   * this one for dead, and has them. `gone`: the directory was deleted, or is somewhere else.
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
