import { expect, test } from 'vitest'
import { Occasional } from '../../src/core/occasional.ts'
import { ManualClock } from '../support/manual-clock.ts'

test('the first is said at once, the rest at most once in an interval, with how many went unsaid', async () => {
  const clock = new ManualClock()
  const warnings = new Occasional(clock, 1000)
  const said: number[] = []
  const tell = () => warnings.tell((unsaid) => said.push(unsaid))
  tell()
  expect(said).toEqual([0])
  for (let i = 0; i < 5; i++) tell()
  await clock.advance(999)
  tell()
  expect(said).toEqual([0])
  await clock.advance(1)
  tell()
  expect(said).toEqual([0, 6])
  await clock.advance(1000)
  tell()
  expect(said).toEqual([0, 6, 0])
})

test('no timer is held and a jump of the wall clock changes nothing', async () => {
  const clock = new ManualClock()
  const warnings = new Occasional(clock, 1000)
  let said = 0
  warnings.tell(() => said++)
  clock.jump(3_600_000)
  warnings.tell(() => said++)
  expect(said).toBe(1)
  expect(clock.timerCount).toBe(0)
})

test('what throws while it says counts as said', () => {
  const warnings = new Occasional(new ManualClock(), 1000)
  const fail = () => {
    throw new Error('the logger failed')
  }
  expect(() => warnings.tell(fail)).toThrow('the logger failed')
  let said = 0
  warnings.tell(() => said++)
  expect(said).toBe(0)
})
