import { expect, test } from 'vitest'
import { ProducerError } from '../../../src/core/errors.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Notices } from '../../../src/producer/observe/notices.ts'
import { ProducerEmitter } from '../../../src/producer/observe/producer-emitter.ts'
import type { SendError } from '../../../src/producer/sends/send-error.ts'
import type { SendResult } from '../../../src/producer/sends/send-result.ts'
import { SinkError } from '../../../src/sls/sink.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const lines: string[] = []
  const clock = new ManualClock()
  const logger = {
    ...silentLogger,
    warn: (text: string) => lines.push(text),
    error: (text: string) => lines.push(text),
  }
  const events = new ProducerEmitter(new Notices(clock, logger), (error) => {
    throw error
  })
  const fail = (logCount: number) => {
    const error = new ProducerError('ERR_LOGHUB_EXPIRED', 'too late') as SendError
    events.emit('failure', { logCount, error, result: {} as SendResult })
  }
  const retry = (reason: 'back-off' | 'stale-connection') => {
    const error = new SinkError('ERR_LOGHUB_NETWORK', 'no route', { failureClass: 'back-off' })
    const batch = { project: 'p', logstore: 'l', logCount: 5, packId: 'A-0', attemptCount: 1 }
    events.emit('retry', { ...batch, delayMs: 1, reason, error })
  }
  return { lines, clock, events, fail, retry }
}

test('the first loss is said at once, those that follow together after 30 seconds', async () => {
  const { lines, clock, fail } = setUp()
  fail(1)
  for (let i = 0; i < 1000; i++) fail(10)
  expect(lines).toEqual(['1 log was not delivered: too late'])
  await clock.advance(29_999)
  expect(lines).toHaveLength(1)
  await clock.advance(1)
  expect(lines.slice(1)).toEqual(['10000 logs were not delivered: too late'])
  fail(10)
  await clock.advance(30_000)
  expect(lines.slice(2)).toEqual(['10 logs were not delivered: too late'])
  await clock.advance(60_000)
  fail(1)
  expect(lines.slice(3)).toEqual(['1 log was not delivered: too late'])
})

test('what is refused is counted apart from what failed', () => {
  const { lines, events, fail } = setUp()
  fail(3)
  events.emit('refused', { logCount: 2, error: new ProducerError('ERR_LOGHUB_BUFFER_FULL', 'no room') })
  expect(lines).toEqual(['3 logs were not delivered: too late', '2 logs were not accepted: no room'])
})

test('at the end the rest is said, and only once', () => {
  const { lines, clock, events, fail } = setUp()
  fail(1)
  fail(2)
  events.close()
  events.close()
  expect(clock.backgroundTimerCount).toBe(0)
  expect(lines).toEqual(['1 log was not delivered: too late', '2 logs were not delivered: too late'])
})

test('a delay is said at its first attempt; a connection that was merely stale is none', async () => {
  const { lines, clock, retry } = setUp()
  retry('stale-connection')
  expect(lines).toEqual([])
  for (let i = 0; i < 100; i++) retry('back-off')
  expect(lines).toEqual(['a delivery is delayed and will be tried again: no route'])
  await clock.advance(30_000)
  expect(lines.slice(1)).toEqual(['99 deliveries are delayed and will be tried again: no route'])
})

test('a listener that comes and goes hands the event back to the logger', () => {
  const { lines, events, fail } = setUp()
  events.on('failure', () => {})
  fail(1)
  events.removeAll()
  fail(2)
  expect(lines).toEqual(['2 logs were not delivered: too late'])
})

test('what somebody listens to is not said as well', () => {
  const { lines, events, fail, retry } = setUp()
  events.on('failure', () => {})
  fail(1)
  retry('back-off')
  expect(lines).toEqual(['a delivery is delayed and will be tried again: no route'])
})

test('a notice holds a timer only while something is unsaid, and one that lets the process end', () => {
  const { clock, fail, retry } = setUp()
  fail(1)
  retry('back-off')
  expect(clock.backgroundTimerCount).toBe(0)
  fail(1)
  expect([clock.timerCount, clock.backgroundTimerCount]).toEqual([0, 1])
})
