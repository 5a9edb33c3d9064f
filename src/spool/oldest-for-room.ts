import type { Placement } from './open-segment.ts'
import { WAITING } from './record-index.ts'
import type { Segment } from './segment.ts'

export interface RoomWanted {
  /** Oldest first. */
  readonly segments: Iterable<Segment>
  /** Whether a group belongs to the share that needs room. */
  readonly isOwn: (group: number) => boolean
  readonly bytes: number
  /** True if only the limit of the share is reached; false if there is no room on disk, which is freed by whole files. */
  readonly isInShare: boolean
}

/** The oldest waiting records of a share, as many as make enough room. None if all of them would not make enough. */
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
      // A file that also contains records of other shares cannot be removed.
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
