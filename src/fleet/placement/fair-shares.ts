import { RankedSet } from '../../core/ranked-set.ts'
import type { Seat } from './seat.ts'

/** Sums of fractions of weights are not exact. One unit too few is handed out below; one too many could not be taken back. */
const ROUNDING = 1e-6

/**
 * The cost that each member should have when so many units more are handed out, each to the member that is least full with it (the method
 * of highest averages). No member gets less than it has, the shares add up to all, and they stay the same while members take what is
 * planned for them one after the other: so members that plan in between, with some inputs taken and some not, agree on the rest.
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
  // Fewer than two units a member are left: as whole units they do not divide evenly.
  const emptiest = new RankedSet<Seat>()
  const rank = (seat: Seat) => emptiest.set(seat, (shares.get(seat)! + 1) / seat.weight)
  for (const seat of [...seats].sort((a, b) => a.hash - b.hash)) rank(seat)
  for (let seat = emptiest.first; seat !== undefined && left > 0; left--, seat = emptiest.first) {
    shares.set(seat, shares.get(seat)! + 1)
    rank(seat)
  }
  return shares
}

/** The level to which all members below it can be filled with so many units. */
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
