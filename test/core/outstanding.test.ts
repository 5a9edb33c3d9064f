import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Outstanding } from '../../src/core/outstanding.ts'
import { settled } from '../support/manual-clock.ts'

function watched(outstanding: Outstanding<unknown>) {
  const watch = { isOver: false }
  void outstanding.whenGone().then(() => {
    watch.isOver = true
  })
  return watch
}

test('keeps the order in which things came', () => {
  const outstanding = new Outstanding<string>()
  for (const item of ['a', 'b', 'c']) outstanding.add(item)
  outstanding.delete('b')
  expect([...outstanding]).toEqual(['a', 'c'])
  expect(outstanding.size).toBe(2)
})

test('a wait ends when all that were there are gone, whatever has come since', async () => {
  const outstanding = new Outstanding<string>()
  outstanding.add('a')
  outstanding.add('b')
  const watch = watched(outstanding)
  outstanding.add('later')
  outstanding.delete('b')
  await settled()
  expect(watch.isOver).toBe(false)
  outstanding.delete('a')
  await settled()
  expect(watch.isOver).toBe(true)
})

test('a wait on nothing is over at once', async () => {
  await new Outstanding().whenGone()
})

test('what leaves twice, or was never there, counts once or not at all', async () => {
  const outstanding = new Outstanding<string>()
  outstanding.add('a')
  outstanding.add('b')
  const watch = watched(outstanding)
  for (const item of ['a', 'a', 'stranger']) outstanding.delete(item)
  await settled()
  expect([outstanding.size, watch.isOver]).toEqual([1, false])
})

test('any number of waits at different moments each end at their own', async () => {
  const step = fc.oneof(fc.constant('add'), fc.constant('watch'), fc.nat(20))
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const outstanding = new Outstanding<number>()
      const waits: { watch: { isOver: boolean }; open: Set<number> }[] = []
      let next = 0
      for (const action of steps) {
        if (action === 'add') outstanding.add(next++)
        else if (action === 'watch') waits.push({ watch: watched(outstanding), open: new Set(outstanding) })
        else {
          outstanding.delete(action as number)
          for (const { open } of waits) open.delete(action as number)
        }
      }
      await settled()
      for (const { watch, open } of waits) expect(watch.isOver).toBe(open.size === 0)
    }),
    { numRuns: 60 },
  )
})
