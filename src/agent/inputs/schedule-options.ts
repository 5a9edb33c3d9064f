import { flag, wholeNumber } from '../config/schema.ts'

/** Options of a schedule without `intervalMs`, which some inputs require and others do not. */
export const scheduleFields = {
  jitterMs: wholeNumber(0, undefined, 'Each run comes up to so much later, by chance. Default 0.'),
  offsetMs: wholeNumber(0, undefined, 'Every run comes so much later. Default 0.'),
  align: flag('Runs at multiples of the interval on the wall clock. Default false.'),
}
