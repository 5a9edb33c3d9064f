import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MinHeap } from '../../src/core/heap.ts'

interface Item {
  readonly rank: number
  readonly arrival: number
}

const heapOf = (ranks: readonly number[]) => {
  const heap = new MinHeap<Item>((item) => item.rank)
  for (const [arrival, rank] of ranks.entries()) heap.push({ rank, arrival })
  return heap
}

test('gives back what it was given in the order of a stable sort', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (ranks) => {
      const sorted = ranks.map((rank, arrival) => ({ rank, arrival })).sort((a, b) => a.rank - b.rank)
      expect([...heapOf(ranks).drain()]).toEqual(sorted)
    }),
  )
})

test('always has the smallest on top while items come and go', () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant('pop' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new MinHeap<number>((rank) => rank)
      const model: number[] = []
      for (const next of steps) {
        if (next === 'pop') expect(heap.pop()).toBe(model.shift())
        else {
          heap.push(next)
          model.push(next)
          model.sort((a, b) => a - b)
        }
        expect([heap.size, heap.peek()]).toEqual([model.length, model[0]])
      }
    }),
  )
})

test('is empty after it was drained and takes new items', () => {
  const heap = heapOf([2, 1])
  expect([...heap.drain()].length).toBe(2)
  expect([heap.size, heap.peek(), heap.pop()]).toEqual([0, undefined, undefined])
  heap.push({ rank: 7, arrival: 0 })
  expect(heap.peek()?.rank).toBe(7)
})
