import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairShares } from '../../../src/fleet/placement/fair-shares.ts'
import { Seat } from '../../../src/fleet/placement/seat.ts'
import { memberRecord } from '../support/member-record.ts'

interface Holding {
  readonly weight: number
  readonly cost: number
}

function seatsOf(holdings: readonly Holding[]): Seat[] {
  return holdings.map(({ weight, cost }, i) => {
    const seat = new Seat(`m${i}`, memberRecord({ weight }))
    seat.add({ id: `running-${i}`, on: {}, cost })
    return seat
  })
}

const holdings = fc.array(
  fc.record({ weight: fc.constantFrom(1, 2, 0.25, 7, 1000), cost: fc.integer({ min: 1, max: 3000 }) }),
  { minLength: 1, maxLength: 12 },
)

test('fair shares are even by weight, and the largest are those that were larger before', () => {
  const seats = seatsOf([
    { weight: 1, cost: 30 },
    { weight: 1, cost: 5 },
    { weight: 2, cost: 1 },
  ])
  expect([...fairShares(seats, 24).values()]).toEqual([30, 10, 20])
  expect([...fairShares(seats, 0).values()]).toEqual([30, 5, 1])
  expect(fairShares([], 5).size).toBe(0)
})

test('fair shares add up to all, take from nobody, and nobody would be fuller than another with one unit more', () => {
  fc.assert(
    fc.property(holdings, fc.integer({ min: 0, max: 5000 }), (given, units) => {
      const seats = seatsOf(given)
      const shares = fairShares(seats, units)
      const sum = (costs: Iterable<number>) => [...costs].reduce((a, b) => a + b, 0)
      expect(sum(shares.values())).toBe(sum(seats.map(({ cost }) => cost)) + units)
      const lowestNext = Math.min(...seats.map((seat) => (shares.get(seat)! + 1) / seat.weight))
      for (const seat of seats) {
        const share = shares.get(seat)!
        expect(share).toBeGreaterThanOrEqual(seat.cost)
        if (share > seat.cost) expect(share / seat.weight).toBeLessThanOrEqual(lowestNext + 1e-6)
      }
    }),
    { numRuns: 200, seed: 1 },
  )
})

test('fair shares stay the same while members take parts of theirs', () => {
  fc.assert(
    fc.property(
      holdings,
      fc.integer({ min: 0, max: 5000 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (given, units, parts) => {
        const seats = seatsOf(given)
        const shares = [...fairShares(seats, units).values()]
        const taken = seats.map(({ cost }, i) => Math.round((shares[i]! - cost) * parts.next().value!))
        const later = seatsOf(given.map(({ weight, cost }, i) => ({ weight, cost: cost + taken[i]! })))
        const left = units - taken.reduce((a, b) => a + b, 0)
        expect([...fairShares(later, left).values()]).toEqual(shares)
      },
    ),
    { numRuns: 200, seed: 1 },
  )
})
