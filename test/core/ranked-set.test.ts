import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RankedSet } from '../../src/core/ranked-set.ts'

test('whatever is added, moved and taken away: the first is the one of the lowest rank, the older of two alike', () => {
  const step = fc.tuple(fc.constantFrom('set', 'delete', 'replace'), fc.nat(12), fc.nat(5), fc.nat(12))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const set = new RankedSet<number>()
      let model: { item: number; rank: number }[] = []
      for (const [action, item, rank, other] of steps) {
        const known = model.find((entry) => entry.item === item)
        if (action === 'set') {
          set.set(item, rank)
          if (known) known.rank = rank
          else model.push({ item, rank })
        } else if (action === 'delete') {
          expect(set.delete(item)).toBe(known !== undefined)
          model = model.filter((entry) => entry !== known)
        } else if (!model.some((entry) => entry.item === other)) {
          set.replace(item, other)
          if (known) known.item = other
        }
        const lowest = Math.min(...model.map((entry) => entry.rank))
        expect([set.size, set.firstRank]).toEqual([model.length, lowest])
        expect(set.first).toBe(model.find((entry) => entry.rank === lowest)?.item)
      }
    }),
    { numRuns: 300 },
  )
})
