import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { SettledPrefix } from '../../../src/agent/write/settled-prefix.ts'

test('the position moves over the longest prefix that is settled, whatever the order of verdicts', () => {
  const onChange = vi.fn()
  const prefix = new SettledPrefix(0, onChange)
  const [a, b, c] = [prefix.begin(10, 2), prefix.begin(20, 1), prefix.begin(30, 1)]
  c.settle(1)
  b.settle(1)
  expect(prefix.position).toBe(0)
  a.settle(1)
  expect(prefix.position).toBe(0)
  expect(onChange).not.toHaveBeenCalled()
  a.settle(1)
  expect(prefix.position).toBe(30)
  expect(onChange).toHaveBeenCalledTimes(1)
})

test('a stretch without logs moves the position in its turn', () => {
  const prefix = new SettledPrefix(0)
  const a = prefix.begin(5, 1)
  prefix.begin(9, 0)
  expect(prefix.position).toBe(0)
  a.settle(1)
  expect(prefix.position).toBe(9)
})

test('after a loss the position stands still until the input goes back to it', () => {
  const onChange = vi.fn()
  const prefix = new SettledPrefix(0, onChange)
  const [a, b, c] = [prefix.begin(10, 1), prefix.begin(20, 1), prefix.begin(30, 1)]
  a.settle(1)
  b.settle(1, true)
  expect(prefix).toMatchObject({ position: 10, isBroken: true, unsettledLogs: 1 })
  onChange.mockClear()
  c.settle(1)
  expect(prefix).toMatchObject({ position: 10, unsettledLogs: 0 })
  expect(onChange).toHaveBeenCalledTimes(1)
  prefix.restart()
  prefix.begin(20, 1).settle(1)
  expect(prefix).toMatchObject({ position: 20, isBroken: false })
})

test('a verdict that comes after the restart counts for nothing', () => {
  const prefix = new SettledPrefix(0)
  const late = prefix.begin(10, 1)
  prefix.restart()
  const again = prefix.begin(7, 1)
  late.settle(1)
  expect(prefix).toMatchObject({ position: 0, unsettledLogs: 1 })
  again.settle(1)
  expect(prefix.position).toBe(7)
})

test('for any order of verdicts in any pieces, the position is the end of the settled prefix', () => {
  const run = fc.record({
    sizes: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }),
    seed: fc.infiniteStream(fc.nat()),
  })
  fc.assert(
    fc.property(run, ({ sizes, seed }) => {
      const prefix = new SettledPrefix(0)
      const left = sizes.map((size, index) => ({ size, stretch: prefix.begin(index + 1, size) }))
      for (;;) {
        const open = left.findIndex(({ size }) => size > 0)
        expect(prefix.position).toBe(open < 0 ? sizes.length : open)
        const candidates = left.filter(({ size }) => size > 0)
        if (candidates.length === 0) break
        const one = candidates[(seed.next().value as number) % candidates.length]!
        one.size--
        one.stretch.settle(1)
      }
    }),
  )
})
