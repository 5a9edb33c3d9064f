import { expect, test } from 'vitest'
import { Alarm } from '../../src/core/alarm.ts'
import { type Clock, LONGEST_TIMER_MS } from '../../src/core/clock.ts'
import { ManualClock } from '../support/manual-clock.ts'

function setUp() {
  const clock = new ManualClock()
  const rings: number[] = []
  const alarm = new Alarm(clock, () => rings.push(clock.monotonicMs()))
  return { clock, rings, alarm }
}

test('rings once at the time it is set to', async () => {
  const { clock, rings, alarm } = setUp()
  alarm.set(100)
  await clock.advance(99)
  expect([rings, alarm.isSet]).toEqual([[], true])
  await clock.advance(500)
  expect([rings, alarm.isSet]).toEqual([[100], false])
})

test('can be moved either way, and only the last time counts', async () => {
  const { clock, rings, alarm } = setUp()
  alarm.set(100)
  alarm.set(300)
  alarm.set(200)
  expect(clock.timerCount).toBe(1)
  await clock.advance(1000)
  expect(rings).toEqual([200])
})

test('can be set again from its own ring', async () => {
  const clock = new ManualClock()
  const rings: number[] = []
  const alarm: Alarm = new Alarm(clock, () => {
    rings.push(clock.monotonicMs())
    if (rings.length < 3) alarm.set(clock.monotonicMs() + 10)
  })
  alarm.set(10)
  await clock.advance(100)
  expect(rings).toEqual([10, 20, 30])
})

test('holds no timer once it is cleared or set to infinity', async () => {
  const { clock, rings, alarm } = setUp()
  alarm.set(100)
  alarm.clear()
  expect(clock.timerCount).toBe(0)
  alarm.set(100)
  alarm.set(Number.POSITIVE_INFINITY)
  expect([clock.timerCount, alarm.isSet]).toEqual([0, false])
  await clock.advance(1000)
  expect(rings).toEqual([])
})

test('a time that has passed already rings at once, but never inside set', async () => {
  const { clock, rings, alarm } = setUp()
  await clock.advance(50)
  alarm.set(10)
  expect(rings).toEqual([])
  await clock.advance(0)
  expect(rings).toEqual([50])
})

test('a timer that fires early is waited out, not believed', () => {
  let nowMs = 0
  let fire = () => {}
  const delays: number[] = []
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => nowMs,
    setTimer: (callback, delayMs) => {
      fire = callback
      delays.push(delayMs)
      return () => {}
    },
  }
  let rings = 0
  new Alarm(clock, () => rings++).set(100)
  nowMs = 99.2
  fire()
  expect([rings, delays.length]).toEqual([0, 2])
  expect(delays[1]).toBeCloseTo(0.8)
  nowMs = 100
  fire()
  expect(rings).toBe(1)
})

test('a wait of more than 24.8 days comes in steps that the system timer can hold', async () => {
  const { clock, rings, alarm } = setUp()
  const dueMs = 60 * 24 * 3600 * 1000
  alarm.set(dueMs)
  expect(clock.nextDueMs).toBe(LONGEST_TIMER_MS)
  await clock.advance(dueMs - 1)
  expect(rings).toEqual([])
  await clock.advance(1)
  expect(rings).toEqual([dueMs])
})

test.each(['monotonicMs', 'setTimer'] as const)(
  'cleared by code of the user inside %s of its clock, it sets no timer',
  async (method) => {
    const manual = new ManualClock()
    let isHostile = false
    const meddle = () => {
      if (isHostile) alarm.clear()
    }
    const clock: Clock = {
      now: () => manual.now(),
      monotonicMs: () => {
        if (method === 'monotonicMs') meddle()
        return manual.monotonicMs()
      },
      setTimer: (...timer) => {
        if (method === 'setTimer') meddle()
        return manual.setTimer(...timer)
      },
    }
    const alarm = new Alarm(clock, () => {})
    isHostile = true
    alarm.set(100)
    expect([alarm.isSet, manual.timerCount]).toEqual([false, 0])
  },
)

test('set to another time by code of the user inside its clock, it keeps that one', async () => {
  const manual = new ManualClock()
  const rings: number[] = []
  let isHostile = true
  const clock: Clock = {
    now: () => manual.now(),
    monotonicMs: () => manual.monotonicMs(),
    setTimer: (...timer) => {
      const wasHostile = isHostile
      isHostile = false
      if (wasHostile) alarm.set(50)
      return manual.setTimer(...timer)
    },
  }
  const alarm = new Alarm(clock, () => rings.push(manual.monotonicMs()))
  alarm.set(100)
  await manual.advance(200)
  expect([rings, manual.timerCount]).toEqual([[50], 0])
})
