import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MemberRecord } from '../../../src/fleet/index.ts'
import { place } from '../../../src/fleet/placement/place.ts'
import type { Placeable } from '../../../src/fleet/placement/seat.ts'
import { memberRecord as member } from '../support/member-record.ts'

const membersOf = (count: number, fields: Partial<MemberRecord> = {}) =>
  new Map(Array.from({ length: count }, (_, i) => [`m${i}`, member(fields)] as const))
const inputsOf = (count: number, fields: Partial<Placeable> = {}): Placeable[] =>
  Array.from({ length: count }, (_, i) => ({ id: `i${i}`, on: {}, cost: 1, ...fields }))
const NONE: ReadonlyMap<string, string> = new Map()

function costs(inputs: readonly Placeable[], placed: ReadonlyMap<string, string>): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { id, cost } of inputs) {
    const name = placed.get(id)
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + cost)
  }
  return sums
}

const moved = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
  [...before].filter(([id, name]) => after.get(id) !== name).map(([id]) => id)

describe('placement', () => {
  test('gives each input to one member, and each member its share', () => {
    const inputs = inputsOf(1000)
    const placed = place(inputs, membersOf(10), NONE)
    expect(placed.size).toBe(1000)
    for (const cost of costs(inputs, placed).values()) expect(Math.abs(cost - 100)).toBeLessThanOrEqual(5)
  })

  test('with fewer inputs than members gives no member two', () => {
    const inputs = inputsOf(7)
    expect(Math.max(...costs(inputs, place(inputs, membersOf(20), NONE)).values())).toBe(1)
  })

  test('of a member that has gone moves its own inputs and no others', () => {
    const inputs = inputsOf(1000)
    const members = membersOf(10)
    const before = place(inputs, members, NONE)
    members.delete('m3')
    const after = place(inputs, members, before)
    const own = [...before].filter(([, name]) => name === 'm3').map(([id]) => id)
    expect(moved(before, after).sort()).toEqual(own.sort())
    for (const cost of costs(inputs, after).values()) expect(Math.abs(cost - 111)).toBeLessThanOrEqual(6)
  })

  test('of a member that has gone moves no others, in whatever order the members take what is planned for them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 1e6 }),
        (count, inputCount, order) => {
          const inputs = inputsOf(inputCount)
          const members = membersOf(count)
          const before = place(inputs, members, NONE)
          const gone = `m${order % count}` as const
          members.delete(gone)
          const owners = new Map([...before].filter(([, name]) => name !== gone))
          const orphans = [...before.keys()].filter((id) => !owners.has(id))
          const atDeath = place(inputs, members, owners)
          for (let left = orphans.length; left > 0; left--) {
            const [id] = orphans.splice((order * left) % orphans.length, 1) as [string]
            owners.set(id, place(inputs, members, owners).get(id)!)
          }
          expect(owners).toEqual(atDeath)
          expect(place(inputs, members, owners)).toEqual(owners)
          expect(moved(before, owners).every((id) => before.get(id) === gone)).toBe(true)
        },
      ),
      { numRuns: 40, seed: 1 },
    )
  })

  test('moves to a new member its share, and nothing between the others', () => {
    const inputs = inputsOf(1000)
    const before = place(inputs, membersOf(9), NONE)
    const after = place(inputs, membersOf(10), before)
    const ids = moved(before, after)
    expect(new Set(ids.map((id) => after.get(id)))).toEqual(new Set(['m9']))
    expect(ids.length).toBeLessThanOrEqual(100)
    expect(ids.length).toBeGreaterThanOrEqual(95)
  })

  test('gives a member of twice the weight twice as much, and a busy one less', () => {
    const inputs = inputsOf(1000)
    const members = new Map([
      ['small', member()],
      ['large', member({ weight: 2 })],
      ['busy', member({ load: 1 })],
      ['brisk', member({ load: 0.5 })],
    ])
    const sums = costs(inputs, place(inputs, members, NONE))
    const share = 1000 / 4.25
    for (const [name, weight] of [
      ['small', 1],
      ['large', 2],
      ['busy', 0.25],
      ['brisk', 1],
    ] as const) {
      expect(Math.abs(sums.get(name)! / (share * weight) - 1)).toBeLessThanOrEqual(0.06)
    }
  })

  test('counts an input by its cost', () => {
    const inputs = [
      ...inputsOf(6, { cost: 100 }),
      ...inputsOf(600).map((input) => ({ ...input, id: `small-${input.id}` })),
    ]
    const sums = costs(inputs, place(inputs, membersOf(3), NONE))
    for (const cost of sums.values()) expect(Math.abs(cost - 400)).toBeLessThanOrEqual(20)
  })

  test('runs an input only where its labels are, and nowhere if they are nowhere', () => {
    const members = new Map([
      ['a1', member({ labels: { zone: 'a', disk: 'ssd' } })],
      ['a2', member({ labels: { zone: 'a' } })],
      ['b1', member({ labels: { zone: 'b' } })],
    ])
    const inputs = [
      ...inputsOf(30),
      { id: 'in-b', on: { zone: 'b' }, cost: 1 },
      { id: 'on-ssd', on: { zone: 'a', disk: 'ssd' }, cost: 1 },
      { id: 'in-c', on: { zone: 'c' }, cost: 1 },
    ]
    const placed = place(inputs, members, NONE)
    expect(placed.get('in-b')).toBe('b1')
    expect(placed.get('on-ssd')).toBe('a1')
    expect(placed.has('in-c')).toBe(false)
    for (const cost of costs(inputs, placed).values()) expect(Math.abs(cost - 32 / 3)).toBeLessThan(1)
  })

  test('takes from a member that drains all that it has, and from the others nothing', () => {
    const inputs = inputsOf(300)
    const before = place(inputs, membersOf(3), NONE)
    const after = place(inputs, membersOf(3).set('m1', member({ isDraining: true })), before)
    expect([...after.values()]).not.toContain('m1')
    expect(moved(before, after).every((id) => before.get(id) === 'm1')).toBe(true)
    expect(place(inputs, new Map([['m1', member({ isDraining: true })]]), before).size).toBe(0)
  })

  test('does not give an input to a member that has refused it', () => {
    const inputs = inputsOf(30)
    const members = membersOf(3)
    const before = place(inputs, members, NONE)
    const id = [...before].find(([, name]) => name === 'm1')![0]
    members.set('m1', member({ refused: { [id]: 'the port is taken' } }))
    expect(place(inputs, members, before).get(id)).not.toBe('m1')
    const all = new Map([...members.keys()].map((name) => [name, member({ refused: { [id]: 'no' } })]))
    expect(place(inputs, all, before).has(id)).toBe(false)
  })

  test('is the same in whatever order the tables are read, and stays as it is', () => {
    const label = fc.constantFrom<Record<string, string>>({}, { zone: 'a' }, { zone: 'b' })
    const anyMember = fc.record({
      labels: label,
      weight: fc.constantFrom(1, 2, 0.5),
      isDraining: fc.constantFrom(false, false, false, true),
    })
    const anyInput = fc.record({
      on: label,
      cost: fc.integer({ min: 1, max: 9 }),
      owner: fc.integer({ min: -5, max: 12 }),
    })
    fc.assert(
      fc.property(
        fc.array(anyMember, { minLength: 1, maxLength: 12 }),
        fc.array(anyInput, { maxLength: 80 }),
        (someMembers, someInputs) => {
          const members = new Map(someMembers.map((fields, i) => [`m${i}`, member(fields)] as const))
          const inputs = someInputs.map(({ on, cost }, i) => ({ id: `i${i}`, on, cost }))
          const owners = new Map(someInputs.map(({ owner }, i) => [`i${i}`, `m${owner}`] as const))
          const placed = place(inputs, members, owners)
          const backwards = place(
            [...inputs].reverse(),
            new Map([...members].reverse()),
            new Map([...owners].reverse()),
          )
          expect(backwards).toEqual(placed)
          expect(place(inputs, members, placed)).toEqual(placed)
          for (const { id, on } of inputs) {
            const may = [...members].filter(
              ([, m]) => !m.isDraining && Object.entries(on).every(([k, v]) => m.labels[k] === v),
            )
            expect(placed.has(id)).toBe(may.length > 0)
            if (may.length > 0) expect(may.map(([name]) => name)).toContain(placed.get(id))
          }
        },
      ),
      { numRuns: 150, seed: 1 },
    )
  })
})
