import { flag, wholeNumber } from '../config/schema.ts'

/** Options of a schedule without `intervalMs`, which some inputs require and others do not. */
export const scheduleFields = {
  jitterMs: wholeNumber(0, undefined, 'Each run is delayed by a random time up to this, in milliseconds. Default 0.'),
  offsetMs: wholeNumber(0, undefined, 'Every run is delayed by this time, in milliseconds. Default 0.'),
  align: flag('True: runs at multiples of the interval of the wall clock. Default false.'),
}
