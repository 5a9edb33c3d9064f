import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LinkedSet } from '../../src/core/linked-set.ts'

function setOf<T>(...items: T[]): LinkedSet<T> {
  const set = new LinkedSet<T>()
  for (const item of items) set.add(item)
  return set
}

test('an empty set has no first item', () => {
  const set = new LinkedSet<number>()
  expect(set.first).toBeUndefined()
  expect([...set]).toEqual([])
  expect(set.delete(1)).toBe(false)
})

test('items come in the order of adding; one that is there keeps its place', () => {
  const set = setOf('b', 'a', 'b', 'c')
  expect([...set]).toEqual(['b', 'a', 'c'])
  expect(set.first).toBe('b')
  expect(set.size).toBe(3)
})

test('an item that was removed and comes again goes to the end', () => {
  const set = setOf(1, 2, 3)
  expect(set.delete(1)).toBe(true)
  set.add(1)
  expect([...set]).toEqual([2, 3, 1])
})

test('while it is iterated, what is removed is not visited and what is added is', () => {
  const set = setOf(1, 2, 3, 4)
  const seen: number[] = []
  for (const item of set) {
    seen.push(item)
    if (item === 1) for (const gone of [1, 2]) set.delete(gone)
    if (item === 4) {
      for (const gone of [3, 4]) set.delete(gone)
      set.add(5)
    }
  }
  expect(seen).toEqual([1, 3, 4, 5])
})

test('it does what a Set does, whatever is added and removed, also while it is iterated', () => {
  const action = fc.record({ add: fc.boolean(), item: fc.nat(8) })
  const apply = (
    set: Pick<Set<number>, 'add' | 'delete'> | LinkedSet<number>,
    { add, item }: { add: boolean; item: number },
  ) => (add ? set.add(item) : set.delete(item))
  fc.assert(
    fc.property(fc.array(action), fc.array(action, { maxLength: 12 }), (before, during) => {
      const walk = (set: Set<number> | LinkedSet<number>) => {
        for (const one of before) apply(set, one)
        const left = [...during]
        const seen: number[] = []
        for (const item of set) {
          seen.push(item)
          for (const one of left.splice(0, 2)) apply(set, one)
        }
        return { seen, end: [...set], size: set.size }
      }
      expect(walk(new LinkedSet())).toEqual(walk(new Set()))
    }),
  )
})
