import { expect, test } from 'vitest'
import { Schedule, type ScheduleOptions } from '../../../src/agent/schedule/schedule.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const SECOND = 1000

/** The ticks of so many seconds, in seconds, when each is used at once. */
async function ticks(options: ScheduleOptions, seconds: number, random: () => number = () => 0): Promise<number[]> {
  const clock = new ManualClock(0)
  const schedule = new Schedule(options, clock, random)
  const times: number[] = []
  for (;;) {
    await clock.advance(schedule.next().delayMs)
    if (clock.now() > seconds * SECOND) return times
    times.push(clock.now() / SECOND)
  }
}

function seededRandom(seed = 7): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

test('aligned ticks are at multiples of the interval, each later by the offset', async () => {
  expect(await ticks({ intervalMs: 10_000, align: true }, 60)).toEqual([10, 20, 30, 40, 50, 60])
  expect(await ticks({ intervalMs: 10_000, align: true, offsetMs: 3000 }, 60)).toEqual([13, 23, 33, 43, 53])
})

test('ticks that are not aligned begin at once', async () => {
  expect(await ticks({ intervalMs: 10_000 }, 30)).toEqual([0, 10, 20, 30])
  expect(await ticks({ intervalMs: 10_000, offsetMs: 1000 }, 31)).toEqual([1, 11, 21, 31])
})

test.each([{ align: true }, { align: false }, { align: true, offsetMs: 3000 }])(
  'jitter moves each tick and makes none drift: %o',
  async (options) => {
    const times = await ticks({ intervalMs: 10_000, jitterMs: 5000, ...options }, 3600, seededRandom())
    const gaps = times.slice(1).map((time, index) => time - times[index]!)
    expect(times.length).toBeGreaterThan(350)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(16)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    expect(mean).toBeGreaterThan(9)
    expect(mean).toBeLessThan(11)
  },
)

test.each([true, false])('an hour of ticks with jitter drifts by less than a minute (aligned: %s)', async (align) => {
  const times = await ticks({ intervalMs: 60_000, jitterMs: 10_000, align }, 3700, seededRandom())
  expect(Math.abs(times[60]! - times[0]! - 3600)).toBeLessThan(60)
})

test('ticks that a slow reader misses are dropped and counted, and the next comes when it is due', async () => {
  const clock = new ManualClock(0)
  const schedule = new Schedule({ intervalMs: 10_000, align: true }, clock)
  await clock.advance(schedule.next().delayMs)
  expect(clock.now()).toBe(10_000)
  await clock.advance(15_000)
  expect(schedule.next()).toEqual({ delayMs: 5000, missed: 1 })
  await clock.advance(5000 + 47_000)
  expect(schedule.next()).toEqual({ delayMs: 3000, missed: 4 })
})

test('a wall clock that is set back does not silence an aligned input', async () => {
  const clock = new ManualClock(1_000_000)
  const schedule = new Schedule({ intervalMs: 10_000, align: true }, clock)
  await clock.advance(schedule.next().delayMs)
  clock.jump(-3_600_000)
  expect(schedule.next().delayMs).toBeLessThanOrEqual(10_000)
})

test('a wall clock that is set forward costs the ticks that were skipped', async () => {
  const clock = new ManualClock(0)
  const schedule = new Schedule({ intervalMs: 10_000, align: true }, clock)
  await clock.advance(schedule.next().delayMs)
  clock.jump(3_600_000)
  const { delayMs, missed } = schedule.next()
  expect(missed).toBe(359)
  expect(delayMs).toBeLessThanOrEqual(10_000)
})
