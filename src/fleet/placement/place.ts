import { RankedSet } from '../../core/ranked-set.ts'
import type { MemberRecord } from '../coordinator/coordinator.ts'
import { hasLabels } from './eligibility.ts'
import { fairShares } from './fair-shares.ts'
import { hashOf, rendezvousScore } from './rendezvous.ts'
import { type Placeable, Seat } from './seat.ts'

/** Running inputs move when a member has so much more or less than its share. */
const TOLERANCE = 0.05

/**
 * Which member should run what: member by input. Every member computes it for itself from the same tables and comes to the same result, in
 * whatever order it learned of them. An input stays with its living owner; one that has none goes to the member with the highest
 * rendezvous score among those below their fair share; and only where that leaves a member beyond the tolerance does a running
 * input move. So the end of a member moves its own inputs and no others, and a new member gets its share and nothing else moves.
 * An input that no member may run is left out.
 *
 * @param owners the living member that has each input now
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

/** Those with the least choice come first. */
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

/** Each input to the member that it belongs to most, of those below their share: there is always one, as shares add up to all. */
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
 * Moves inputs from the fullest member to the emptiest, as long as one is beyond the tolerance and the move makes it better; of a member
 * those first that do not run yet. Returns whether any moved. Each move lowers the fuller of the two, so that calling it again comes to an end.
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

/** The most expensive first, so that the small ones fill the gaps; then in an order that is the same everywhere. */
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
