/** How many lanes: always `min`, more while work waits, `max` at most. */
export interface LaneRange {
  /** Fewest lanes. Range: 1 to `max`. */
  readonly min: number
  /** Most lanes: requests under way at once. Range: `min` to 256. */
  readonly max: number
}

/** A number of lanes is a range without play. */
export function laneRange(lanes: number | LaneRange): LaneRange {
  return typeof lanes === 'number' ? { min: lanes, max: lanes } : lanes
}
