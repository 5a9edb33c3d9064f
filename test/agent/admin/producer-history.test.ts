import { expect, test } from 'vitest'
import { ProducerHistory } from '../../../src/agent/admin/producer-history.ts'
import type { ProducerReading } from '../../../src/agent/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const clock = new ManualClock(1_000_000)
  const figures = { accepted: 0, delivered: 0, failed: 0, made: 0, sentBytes: 0, usedBytes: 0 }
  const metrics = () =>
    ({
      memory: { totalBytes: 1000, usedBytes: figures.usedBytes },
      logs: { accepted: figures.accepted, delivered: figures.delivered, failed: figures.failed, dropped: 0, onDisk: 0 },
      requests: { made: figures.made, failed: 0, rawBytes: 0, sentBytes: figures.sentBytes },
    }) as unknown as ProducerReading
  return { clock, figures, history: new ProducerHistory({ metrics }, clock) }
}

test('each second tells what happened in it, and quiet seconds are left out', async () => {
  const { clock, figures, history } = setUp()
  Object.assign(figures, { accepted: 10, usedBytes: 500 })
  await clock.advance(1000)
  Object.assign(figures, { delivered: 8, failed: 2, made: 3, sentBytes: 77, usedBytes: 0 })
  await clock.advance(2000)
  Object.assign(figures, { accepted: 11 })
  await clock.advance(1000)
  const nothing = { accepted: 0, delivered: 0, lost: 0, requests: 0, failedRequests: 0, rawBytes: 0, sentBytes: 0 }
  const rest = { ...nothing, usedBytes: 0, onDisk: 0, periodMs: 1000 }
  const seconds = history.list()
  expect(seconds).toEqual([
    { ...rest, second: 1000, accepted: 10, usedBytes: 500 },
    { ...rest, second: 1001, delivered: 8, lost: 2, requests: 3, sentBytes: 77 },
    { ...rest, second: 1003, accepted: 1 },
  ])
  expect(history.list(1001)).toEqual(seconds.slice(2))
})

test('fifteen minutes are kept, also while the wall clock is set back, and nothing keeps the process alive', async () => {
  const { clock, figures, history } = setUp()
  for (let second = 0; second < 1000; second++) {
    figures.accepted++
    if (second === 500) clock.jump(-100_000)
    await clock.advance(1000)
  }
  const seconds = history.list().map(({ second }) => second)
  expect(seconds).toEqual(Array.from({ length: 900 }, (_, n) => 1000 + n))
  await clock.advance(600_000)
  expect(history.list()).toHaveLength(300)
  expect(clock.timerCount).toBe(0)
  history.close()
  expect(clock.backgroundTimerCount).toBe(0)
})
