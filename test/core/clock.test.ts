import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { ManualClock } from '../support/manual-clock.ts'

test('the system clock tells wall time in epoch milliseconds and monotonic time that never goes back', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000)
  const earlier = systemClock.monotonicMs()
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(earlier)
})

test('a timer of the system clock runs once, later, unless it is cancelled', async () => {
  let runs = 0
  const cancel = systemClock.setTimer(() => expect.fail('cancelled'), 0)
  cancel()
  await new Promise<void>((resolve) => {
    systemClock.setTimer(() => {
      runs++
      resolve()
    }, -5)
    expect(runs).toBe(0)
  })
  expect(runs).toBe(1)
})

test('a delay longer than a system timer can hold does not fire at once', async () => {
  const cancel = systemClock.setTimer(() => expect.fail('fired at once'), 2 ** 40)
  await new Promise((resolve) => setImmediate(resolve))
  cancel()
})

test('the manual clock stops at each timer on the way, in order of time', async () => {
  const clock = new ManualClock()
  const seen: [string, number][] = []
  clock.setTimer(() => seen.push(['late', clock.monotonicMs()]), 200)
  clock.setTimer(() => {
    seen.push(['early', clock.monotonicMs()])
    clock.setTimer(() => seen.push(['chained', clock.monotonicMs()]), 50)
  }, 100)
  await clock.advance(1000)
  expect(seen).toEqual([
    ['early', 100],
    ['chained', 150],
    ['late', 200],
  ])
  expect([clock.monotonicMs(), clock.timerCount]).toEqual([1000, 0])
})

test('a jump of the manual clock moves the wall time alone', async () => {
  const clock = new ManualClock(5000)
  clock.jump(-3000)
  expect([clock.now(), clock.monotonicMs()]).toEqual([2000, 0])
  await clock.advance(10)
  expect([clock.now(), clock.monotonicMs()]).toEqual([2010, 10])
})
