import { expect, test } from 'vitest'
import { newestToFree } from '../../../src/producer/keep/relief.ts'

const batches = [1, 2, 3, 4].map((n) => ({ n, reservedBytes: n * 10 }))
const chosen = (bytes: number, mayGo = (_: { n: number }) => true) =>
  newestToFree(batches, bytes, mayGo).map(({ n }) => n)

test('as many of the newest as free the bytes are chosen, in the order in which they came', () => {
  expect(chosen(0)).toEqual([])
  expect(chosen(1)).toEqual([4])
  expect(chosen(40)).toEqual([4])
  expect(chosen(41)).toEqual([3, 4])
  expect(chosen(1000)).toEqual([1, 2, 3, 4])
})

test('what may not go is passed over, and frees nothing', () => {
  expect(chosen(41, ({ n }) => n !== 3)).toEqual([2, 4])
  expect(chosen(1000, ({ n }) => n % 2 === 0)).toEqual([2, 4])
})
