import type { Clock } from '../core/clock.ts'
import type { SpoolFiles } from './files.ts'
import type { OpenFiles } from './open-files.ts'
import type { Segment } from './segment.ts'
import type { Tallies } from './tallies.ts'

export type Durability = 'batch' | 'interval' | 'os'

/** What all slots of a spool share. */
export interface SlotContext {
  readonly files: SpoolFiles
  readonly clock: Clock
  readonly tallies: Tallies
  readonly openFiles: OpenFiles
  readonly durability: Durability
  readonly segmentBytes: number
  readonly syncIntervalMs: number
  /** A segment has come: it gets a handle, and its records can be found. */
  readonly onSegment: (segment: Segment) => void
  /** A record that was found unsettled has a note. */
  readonly onNote: (note: string) => void
  /** A segment has gone. */
  readonly onSegmentGone: (segment: Segment) => void
  /** A record has another id now. */
  readonly onMoved: (from: Segment, fromRow: number, to: Segment, toRow: number) => void
  /** A record that is not settled is not what was written: found while it was copied, or by a repair. */
  readonly onDamaged: (segment: Segment, row: number) => void
  /** A settlement or a retirement could not be written. It is tried again by `SlotStore.writeAgain`. */
  readonly onUnwritten: () => void
  /** There may be room if there was none. */
  readonly onRoom: () => void
}

/** What a slot is to those who write into it. */
export interface SlotPlace {
  readonly directory: string
  readonly spoolId: bigint
  /** Throws where another process has taken over the slot. */
  readonly checkOwner: () => Promise<void>
}
