import { RankedSet } from '../../core/ranked-set.ts'
import type { MemberRecord } from '../coordinator/coordinator.ts'
import { hasLabels } from './eligibility.ts'
import { fairShares } from './fair-shares.ts'
import { hashOf, rendezvousScore } from './rendezvous.ts'
import { type Placeable, Seat } from './seat.ts'

/** Running inputs move only if a member is this far above or below its share. */
const TOLERANCE = 0.05

/**
 * Which member should run each input. Every member computes this from the same tables, and all get the same result, in whatever order
 * they learned the changes. An input stays with its living owner. An input without an owner goes to the member with the highest
 * rendezvous score among those below their fair share. A running input moves only if a member would otherwise be beyond the tolerance. So
 * the death of a member moves its own inputs and no others (with very different costs, others may move to restore the balance), and a new
 * member gets its share and nothing else moves. Inputs that no member may run are missing in the result.
 *
 * @param owners the living owner of each input
 */
export function place(
  inputs: Iterable<Placeable>,
  members: ReadonlyMap<string, MemberRecord>,
  owners: ReadonlyMap<string, string>,
): Map<string, string> {
  const seats = [...members].map(([name, member]) => new Seat(name, member)).sort((a, b) => compare(a.name, b.name))
  const seatOf = new Map(seats.map((seat) => [seat.name, seat]))
  const groups = groupsOf(inputs, seats)
  const free = new Map(groups.map((group) => [group, group.inputs.filter((input) => !stays(input, seatOf, owners))]))
  for (const [group, unowned] of free) assign(unowned.sort(byCost), group)
  const isFree = new Set([...free.values()].flat())
  while (groups.filter((group) => balance(group, isFree)).length > 0);
  return new Map(seats.flatMap(({ name, inputs: own }) => [...own].map(({ id }) => [id, name] as const)))
}

/** Inputs that ask for the same labels, and the members that have them and may run something. */
interface Group {
  readonly inputs: Placeable[]
  readonly seats: readonly Seat[]
}

/** Groups with the fewest possible members come first. */
function groupsOf(inputs: Iterable<Placeable>, seats: readonly Seat[]): Group[] {
  const groups = new Map<string, Group>()
  for (const input of inputs) {
    const key = labelsKey(input.on)
    let group = groups.get(key)
    if (group === undefined) {
      group = {
        inputs: [],
        seats: seats.filter(({ weight, member }) => weight > 0 && hasLabels(member.labels, input.on)),
      }
      groups.set(key, group)
    }
    group.inputs.push(input)
  }
  return [...groups]
    .sort(([key, a], [otherKey, b]) => a.seats.length - b.seats.length || compare(key, otherKey))
    .map(([, group]) => group)
}

function labelsKey(on: Readonly<Record<string, string>>): string {
  const entries = Object.entries(on)
  return entries.length === 0 ? '' : JSON.stringify(entries.sort(([a], [b]) => compare(a, b)))
}

function stays(input: Placeable, seatOf: ReadonlyMap<string, Seat>, owners: ReadonlyMap<string, string>): boolean {
  const seat = seatOf.get(owners.get(input.id) ?? '')
  if (seat === undefined || !seat.mayRun(input)) return false
  seat.add(input)
  return true
}

/**
 * Gives each input to the member with the highest score among those below their share. There is always one, because the shares add up to
 * the total.
 */
function assign(inputs: readonly Placeable[], { seats }: Group): void {
  const shares = fairShares(
    seats,
    sumOf(inputs, ({ cost }) => cost),
  )
  for (const input of inputs) {
    const inputHash = hashOf(input.id)
    const best =
      highest(
        seats,
        (seat) => seat.cost < shares.get(seat)! && !seat.refuses(input),
        (seat) => rendezvousScore(inputHash, seat.hash, seat.weight),
      ) ??
      highest(
        seats,
        (seat) => !seat.refuses(input),
        (seat) => -seat.levelWith(input),
      )
    best?.add(input)
  }
}

/**
 * Moves inputs from the fullest member to the emptiest, while a member is beyond the tolerance and the move improves the balance. Inputs
 * that do not run yet move first. Returns whether any input moved. Each move lowers the fuller of the two members, so repeated calls come
 * to an end.
 */
function balance({ inputs, seats }: Group, isFree: ReadonlySet<Placeable>): boolean {
  const mean = sumOf(seats, ({ cost }) => cost) / sumOf(seats, ({ weight }) => weight)
  const isBeyond = ({ level }: Seat) => level > mean * (1 + TOLERANCE) || level < mean * (1 - TOLERANCE)
  if (!seats.some(isBeyond)) return false
  const ofGroup = new Set(inputs)
  const movable = new Map(
    seats.map((seat) => [
      seat,
      [...seat.inputs]
        .filter((input) => ofGroup.has(input))
        .sort((a, b) => Number(isFree.has(a)) - Number(isFree.has(b)) || byCost(b, a)),
    ]),
  )
  const fullest = new RankedSet<Seat>()
  const emptiest = new RankedSet<Seat>()
  const rank = (seat: Seat) => {
    emptiest.set(seat, seat.level)
    if (movable.get(seat)!.length > 0) fullest.set(seat, -seat.level)
    else fullest.delete(seat)
  }
  for (const seat of seats) rank(seat)
  const isEven = seats.every(({ weight }) => weight === seats[0]!.weight)
  let hasMoved = false
  for (let from = fullest.first; from !== undefined; from = fullest.first) {
    if (!isBeyond(from) && !isBeyond(emptiest.first!)) break
    const input = movable.get(from)!.pop()!
    const to = isEven ? emptiest.first! : highest(seats, ANY, (seat) => -seat.levelWith(input))!
    if (to.levelWith(input) < from.level && !to.refuses(input)) {
      from.delete(input)
      to.add(input)
      rank(to)
      hasMoved = true
    }
    rank(from)
  }
  return hasMoved
}

const ANY = () => true

/** The most expensive first, so that cheap ones fill the gaps. Equal costs are ordered by id, so that every member uses the same order. */
function byCost(a: Placeable, b: Placeable): number {
  return b.cost - a.cost || compare(a.id, b.id)
}

function highest(
  seats: readonly Seat[],
  test: (seat: Seat) => boolean,
  scoreOf: (seat: Seat) => number,
): Seat | undefined {
  let best: Seat | undefined
  let bestScore = Number.NEGATIVE_INFINITY
  for (const seat of seats) {
    if (!test(seat)) continue
    const score = scoreOf(seat)
    if (score > bestScore) [best, bestScore] = [seat, score]
  }
  return best
}

function sumOf<T>(items: readonly T[], costOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + costOf(item), 0)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
