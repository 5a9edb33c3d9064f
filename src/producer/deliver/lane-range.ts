/** Number of lanes: at least `min`, more while work waits, at most `max`. */
export interface LaneRange {
  /** Fewest lanes. Range: 1 to `max`. */
  readonly min: number
  /** Most lanes, which is the number of requests in flight at once. Range: `min` to 256. */
  readonly max: number
}

/** A single number is a range whose `min` and `max` are equal. */
export function laneRange(lanes: number | LaneRange): LaneRange {
  return typeof lanes === 'number' ? { min: lanes, max: lanes } : lanes
}
