/** How many lanes: always `min`, more while work waits, `max` at most. */
export interface LaneRange {
  readonly min: number
  readonly max: number
}

/** A number of lanes is a range without play. */
export function laneRange(lanes: number | LaneRange): LaneRange {
  return typeof lanes === 'number' ? { min: lanes, max: lanes } : lanes
}
