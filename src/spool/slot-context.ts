import type { Clock } from '../core/clock.ts'
import type { SpoolFiles } from './files.ts'
import type { OpenFiles } from './open-files.ts'
import type { Segment } from './segment.ts'
import type { Tallies } from './tallies.ts'

export type Durability = 'batch' | 'interval' | 'os'

/** What all slots of a spool have in common. */
export interface SlotContext {
  readonly files: SpoolFiles
  readonly clock: Clock
  readonly tallies: Tallies
  readonly openFiles: OpenFiles
  readonly durability: Durability
  readonly segmentBytes: number
  readonly syncIntervalMs: number
  /** A segment was added: its records get ids. */
  readonly onSegment: (segment: Segment) => void
  /** An unsettled record with a note was found. */
  readonly onNote: (note: string) => void
  /** A segment was removed. */
  readonly onSegmentGone: (segment: Segment) => void
  /** A record was moved to another segment. */
  readonly onMoved: (from: Segment, fromRow: number, to: Segment, toRow: number) => void
  /** A rewrite or a repair found that an unsettled record is damaged. */
  readonly onDamaged: (segment: Segment, row: number) => void
  /** A settlement or a retirement could not be written. It is tried again by `SlotStore.writeAgain`. */
  readonly onUnwritten: () => void
  /** Segments were removed: there may be room now. */
  readonly onRoom: () => void
}

/** What is needed to write to a slot. */
export interface SlotPlace {
  readonly directory: string
  readonly spoolId: bigint
  /** Throws if another process has taken over the slot. */
  readonly checkOwner: () => Promise<void>
}
