import type { Placement } from './open-segment.ts'
import { WAITING } from './record-index.ts'
import type { Segment } from './segment.ts'

export interface RoomWanted {
  /** Oldest first. */
  readonly segments: Iterable<Segment>
  /** Whether a group is of the share that wants room. */
  readonly isOwn: (group: number) => boolean
  readonly bytes: number
  /** Room is wanted in the share alone; else on disk, where it comes by whole files. */
  readonly isInShare: boolean
}

/** The oldest records of a share that nobody has, as many as make room. None where all of them would not: nothing goes in vain. */
export function oldestForRoom({ segments, isOwn, bytes, isInShare }: RoomWanted): Placement[] {
  const chosen: Placement[] = []
  let missing = bytes
  for (const segment of segments) {
    const own = waitingRows(segment, isOwn)
    if (isInShare) {
      for (const placement of own) {
        if (missing <= 0) return chosen
        chosen.push(placement)
        missing -= segment.index.bodyBytes(placement.row)
      }
    } else if (own.length > 0 && own.length === segment.unsettled && !segment.isLeaving) {
      // Of a file that others have records in, nothing would come free.
      chosen.push(...own)
      missing -= segment.size
    }
    if (missing <= 0) return chosen
  }
  return []
}

function waitingRows(segment: Segment, isOwn: (group: number) => boolean): Placement[] {
  const { index } = segment
  const rows: Placement[] = []
  for (let row = index.firstUnsettled() ?? index.size; row < index.size; row++) {
    if (index.state(row) === WAITING && isOwn(index.group(row))) rows.push({ segment, row })
  }
  return rows
}
