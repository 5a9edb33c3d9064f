import { getEventListeners, setMaxListeners } from 'node:events'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CancelTimer } from '../../../src/core/clock.ts'
import { RateLimiter, rateLimitRule } from '../../../src/producer/deliver/rate-limiter.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const MB = 1_000_000
const KiB = 1024

let clock: ManualClock
let limiter: RateLimiter
let controller: AbortController
let passed: { readonly name: string; readonly atMs: number }[]

beforeEach(() => {
  clock = new ManualClock()
  limiter = new RateLimiter(clock)
  controller = new AbortController()
  setMaxListeners(0, controller.signal)
  passed = []
})

/** Whether it went at once; when it goes later, its name and time are in `passed`. */
function request(name: string, bytes: number, signal = controller.signal): boolean {
  const wait = limiter.acquire(bytes, signal)
  wait?.then(
    () => passed.push({ name, atMs: clock.monotonicMs() }),
    () => passed.push({ name: `${name} aborted`, atMs: clock.monotonicMs() }),
  )
  return wait === undefined
}

/** Lanes that send one body after another; returns when each body went. */
function saturate(bodyBytes: number, totalBytes: number, lanes = 8): number[] {
  const times: number[] = []
  let left = Math.round(totalBytes / bodyBytes)
  const lane = async () => {
    while (left-- > 0) {
      await limiter.acquire(bodyBytes, controller.signal)
      times.push(clock.monotonicMs())
    }
  }
  for (let i = 0; i < lanes; i++) void lane()
  return times
}

describe('without a limit', () => {
  test.each([undefined, {}, { bytesPerSecond: Number.POSITIVE_INFINITY }])('%j: everything goes at once', (limit) => {
    limiter.update(limit)
    for (let i = 0; i < 100; i++) expect(request('any', 5 * MB)).toBe(true)
    expect(clock.timerCount).toBe(0)
  })
})

describe('ten megabytes a second are kept within 5 % over three seconds', () => {
  const sizes = [
    ['1 KiB bodies', KiB],
    ['512 KiB bodies', 512 * KiB],
    ['5 MiB bodies', 5 * KiB * KiB],
  ] as const

  test.each(sizes)('%s, from the start and between the first and the last', async (_, bodyBytes) => {
    limiter.update({ bytesPerSecond: 10 * MB })
    const times = saturate(bodyBytes, 30 * MB)
    await clock.advance(4000)
    const sentBytes = times.length * bodyBytes
    const [first, last] = [times[0] as number, times.at(-1) as number]
    const fromStart = sentBytes / last
    const between = (sentBytes - bodyBytes) / (last - first)
    for (const bytesPerMs of [fromStart, between]) {
      expect(bytesPerMs).toBeGreaterThan(9500)
      expect(bytesPerMs).toBeLessThan(10_500)
    }
  })

  test('also where timers come up to 15 ms late', async () => {
    const late = clock.setTimer.bind(clock)
    let turn = 0
    clock.setTimer = (callback, delayMs): CancelTimer => late(callback, delayMs + ((turn++ * 7) % 16))
    limiter.update({ bytesPerSecond: 10 * MB })
    const times = saturate(8 * KiB, 30 * MB)
    await clock.advance(4000)
    const bytesPerMs = (times.length * 8 * KiB) / (times.at(-1) as number)
    expect(bytesPerMs).toBeGreaterThan(9500)
    expect(bytesPerMs).toBeLessThan(10_500)
  })
})

test('a hundred requests a second are a hundred, however small', async () => {
  limiter.update({ requestsPerSecond: 100 })
  const times = saturate(1, 301)
  await clock.advance(3000)
  expect(times.length).toBeGreaterThanOrEqual(300)
  expect(times.filter((at) => at < 1000).length).toBeLessThanOrEqual(105)
})

test('of both limits the later counts', async () => {
  limiter.update({ bytesPerSecond: 1000, requestsPerSecond: 2 })
  expect(request('small', 1)).toBe(true)
  request('after half a second', 1)
  request('after its own two seconds', 2000)
  await clock.advance(5000)
  expect(passed[0]).toEqual({ name: 'after half a second', atMs: 500 })
  expect(passed[1]?.atMs).toBeGreaterThan(2350)
  expect(passed[1]?.atMs).toBeLessThan(2600)
})

test('the first request of a quiet time goes at once, however few are allowed', async () => {
  limiter.update({ requestsPerSecond: 0.5 })
  expect(request('first', 1)).toBe(true)
  await clock.advance(60_000)
  expect(request('next', 1)).toBe(true)
  expect(request('one too many', 1)).toBe(false)
  await clock.advance(2000)
  expect(passed).toEqual([{ name: 'one too many', atMs: 62_000 }])
})

test('quiet time is not saved up', async () => {
  limiter.update({ bytesPerSecond: MB })
  await clock.advance(3_600_000)
  const times = saturate(10_000, MB)
  await clock.advance(1000)
  expect(times.length).toBe(100)
  expect(times.filter((at) => at === 3_600_000).length).toBe(5)
})

test('a stalled process does not make up for all it missed', async () => {
  limiter.update({ bytesPerSecond: MB })
  const stall = clock.setTimer.bind(clock)
  let stalled = false
  clock.setTimer = (callback, delayMs) => {
    const isFirst = !stalled
    stalled = true
    return stall(callback, isFirst ? 5000 : delayMs)
  }
  const times = saturate(10_000, 2 * MB)
  await clock.advance(5000)
  expect(times.filter((at) => at === 5000).length).toBeLessThanOrEqual(6)
})

test('a body of any size passes, in its turn, and those behind it wait for theirs', async () => {
  limiter.update({ bytesPerSecond: 1000 })
  request('large', 10_000)
  request('small', 1)
  expect(limiter.waiting).toBe(2)
  await clock.advance(20_000)
  expect(passed.map(({ name }) => name)).toEqual(['large', 'small'])
  expect(passed[0]?.atMs).toBe(9950)
  expect(passed[1]?.atMs).toBe(9951)
  expect(clock.timerCount).toBe(0)
})

test('all that wait share one timer', () => {
  limiter.update({ bytesPerSecond: 1000 })
  for (let i = 0; i < 100; i++) request('waiting', 1000)
  expect(clock.timerCount).toBe(1)
})

describe('an aborted request', () => {
  test('is rejected at once with the reason, and uses up nothing', async () => {
    limiter.update({ bytesPerSecond: 1000 })
    const own = new AbortController()
    const wait = limiter.acquire(10_000, own.signal)
    request('next', 1000)
    const reason = new Error('closing')
    own.abort(reason)
    await expect(wait).rejects.toBe(reason)
    await clock.advance(950)
    expect(passed).toEqual([{ name: 'next', atMs: 950 }])
  })

  test('that was aborted before is rejected, limit or not', async () => {
    controller.abort(new Error('closing'))
    await expect(limiter.acquire(1, controller.signal)).rejects.toThrow('closing')
  })

  test('behind another leaves no gap, and the last one no timer', async () => {
    limiter.update({ bytesPerSecond: 1000 })
    const own = new AbortController()
    request('first', 1000)
    request('second', 1000, own.signal)
    request('third', 1000)
    own.abort()
    await clock.advance(1950)
    expect(passed.map(({ name }) => name)).toEqual(['second aborted', 'first', 'third'])
    request('last', 1000)
    controller.abort()
    expect(clock.timerCount).toBe(0)
    expect(limiter.waiting).toBe(0)
  })

  test('and one that passed leave no listener behind', async () => {
    limiter.update({ bytesPerSecond: 1000 })
    for (let i = 0; i < 20; i++) request('waiting', 100)
    await clock.advance(3000)
    expect(passed.length).toBe(20)
    expect(getEventListeners(controller.signal, 'abort').length).toBe(0)
  })
})

describe('a live change', () => {
  test('counts what was earned at the old rate', async () => {
    limiter.update({ bytesPerSecond: 1000 })
    request('half earned', 2050)
    await clock.advance(1000)
    limiter.update({ bytesPerSecond: 10_000 })
    await clock.advance(500)
    expect(passed[0]?.atMs).toBeCloseTo(1100, 6)
  })

  test('to a lower rate holds for the rest alone', async () => {
    limiter.update({ bytesPerSecond: 1000 })
    request('half earned', 2050)
    await clock.advance(1000)
    limiter.update({ bytesPerSecond: 100 })
    await clock.advance(20_000)
    expect(passed[0]?.atMs).toBeCloseTo(11_000, 6)
  })

  test('to no limit lets everything go at once, and back again starts afresh', async () => {
    limiter.update({ bytesPerSecond: 1 })
    for (let i = 0; i < 10; i++) request('waiting', 1000)
    limiter.update(undefined)
    await clock.advance(0)
    expect(passed.length).toBe(10)
    expect(clock.timerCount).toBe(0)
    limiter.update({ bytesPerSecond: 1000 })
    expect(request('limited', 100)).toBe(false)
    await clock.advance(50)
    expect(passed.length).toBe(11)
  })
})

test('a jump of the wall clock changes nothing', async () => {
  limiter.update({ bytesPerSecond: 1000 })
  request('waiting', 1050)
  clock.jump(-3_600_000)
  await clock.advance(999)
  clock.jump(7_200_000)
  expect(passed).toEqual([])
  await clock.advance(1)
  expect(passed.length).toBe(1)
})

test.each([
  {},
  { bytesPerSecond: 1 },
  { requestsPerSecond: 0.1, bytesPerSecond: undefined },
  { bytesPerSecond: Infinity },
])('%j is a good rate limit', (value) => {
  expect(rateLimitRule.test(value)).toBe(true)
})

test.each([
  null,
  5,
  [],
  'fast',
  { bytesPerSecond: 0 },
  { bytesPerSecond: Number.NaN },
  { requestsPerSecond: '5' },
  { bytes: 1 },
])('%j is none', (value) => {
  expect(rateLimitRule.test(value)).toBe(false)
})

test('a request that is given up while it waits holds no timer, and does not spend what it waited for', async () => {
  const clock = new ManualClock()
  const limiter = new RateLimiter(clock)
  limiter.update({ bytesPerSecond: 1000 })
  const { signal } = new AbortController()
  const [first, second] = [{}, {}]
  const gone = limiter.acquire(5000, signal, first)
  limiter.forget(first)
  await gone
  expect(clock.timerCount).toBe(0)
  let hasPassed = false
  void limiter.acquire(1000, signal, second)?.then(() => {
    hasPassed = true
  })
  await clock.advance(1000)
  expect([hasPassed, clock.timerCount]).toEqual([true, 0])
})
