import { RankedSet } from '../../core/ranked-set.ts'
import type { Seat } from './seat.ts'

/** Shares computed with fractional weights are not exact. A unit too few is added below; a unit too many could not be removed. */
const ROUNDING = 1e-6

/**
 * The cost that each member should have after this many more units are distributed. Each unit goes to the member that is least full with
 * it (the highest averages method). No member gets less than it has, and the shares add up to the total. They stay the same while members
 * take their planned inputs one after the other, so that members that plan in between, when some inputs are taken and some are not, agree
 * about the rest.
 */
export function fairShares(seats: readonly Seat[], units: number): Map<Seat, number> {
  const level = evenLevel(seats, units)
  const shares = new Map<Seat, number>()
  let left = units
  for (const seat of seats) {
    const share = Math.max(seat.cost, Math.floor(level * seat.weight - ROUNDING))
    shares.set(seat, share)
    left -= share - seat.cost
  }
  // At most two units per member are left, because units do not divide evenly.
  const emptiest = new RankedSet<Seat>()
  const rank = (seat: Seat) => emptiest.set(seat, (shares.get(seat)! + 1) / seat.weight)
  for (const seat of [...seats].sort((a, b) => a.hash - b.hash)) rank(seat)
  for (let seat = emptiest.first; seat !== undefined && left > 0; left--, seat = emptiest.first) {
    shares.set(seat, shares.get(seat)! + 1)
    rank(seat)
  }
  return shares
}

/** The level to which this many units can fill all members that are below it. */
function evenLevel(seats: readonly Seat[], units: number): number {
  let level = 0
  let cost = units
  let weight = 0
  for (const seat of [...seats].sort((a, b) => a.level - b.level)) {
    if (weight > 0 && seat.level >= level) break
    cost += seat.cost
    weight += seat.weight
    level = cost / weight
  }
  return level
}
