import { expect, test } from 'vitest'
import { ProcessLoad } from '../../../src/fleet/member/process-load.ts'
import { ManualClock } from '../../support/manual-clock.ts'

test('follows the CPU time over a minute, in steps, so that a burst moves nothing', async () => {
  const clock = new ManualClock()
  let cpuMs = 0
  const load = new ProcessLoad(clock, () => cpuMs)
  const run = async (seconds: number, share: number) => {
    const told: number[] = []
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1000)
      cpuMs += 1000 * share
      told.push(load.value)
    }
    return told
  }
  expect(new Set(await run(8, 1))).toEqual(new Set([0]))
  const busy = await run(300, 1)
  expect(busy.at(-1)).toBeGreaterThan(0.85)
  expect(new Set(busy).size).toBeLessThanOrEqual(8)
  expect((await run(300, 0.1)).at(-1)).toBeLessThan(0.26)
  // More than one core is not more than busy.
  expect((await run(600, 4)).at(-1)).toBeLessThanOrEqual(1)
})
