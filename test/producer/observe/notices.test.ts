import { expect, test } from 'vitest'
import { ProducerError } from '../../../src/core/errors.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { SafeEmitter } from '../../../src/core/safe-emitter.ts'
import type { ProducerEvents } from '../../../src/producer/observe/events.ts'
import { Notices } from '../../../src/producer/observe/notices.ts'
import type { SendError } from '../../../src/producer/sends/send-error.ts'
import type { SendResult } from '../../../src/producer/sends/send-result.ts'
import { SinkError } from '../../../src/sls/sink.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const lines: string[] = []
  const clock = new ManualClock()
  const events = new SafeEmitter<ProducerEvents>((error) => {
    throw error
  })
  const logger = {
    ...silentLogger,
    warn: (text: string) => lines.push(text),
    error: (text: string) => lines.push(text),
  }
  const notices = new Notices(events, clock, logger)
  const fail = (logCount: number) => {
    const error = new ProducerError('ERR_LOGHUB_EXPIRED', 'too late') as SendError
    events.emit('failure', { logCount, error, result: {} as SendResult })
  }
  const retry = (reason: 'back-off' | 'stale-connection') => {
    const error = new SinkError('ERR_LOGHUB_NETWORK', 'no route', { failureClass: 'back-off' })
    const batch = { project: 'p', logstore: 'l', logCount: 5, packId: 'A-0', attemptCount: 1 }
    events.emit('retry', { ...batch, delayMs: 1, reason, error })
  }
  return { lines, clock, events, notices, fail, retry }
}

test('the first loss is said at once, those that follow together after 30 seconds', async () => {
  const { lines, clock, fail } = setUp()
  fail(1)
  for (let i = 0; i < 1000; i++) fail(10)
  expect(lines).toEqual(['1 log was not delivered: too late'])
  await clock.advance(30_000)
  fail(10)
  expect(lines.slice(1)).toEqual(['10010 logs were not delivered: too late'])
})

test('what is refused is counted apart from what failed', () => {
  const { lines, events, fail } = setUp()
  fail(3)
  events.emit('refused', { logCount: 2, error: new ProducerError('ERR_LOGHUB_BUFFER_FULL', 'no room') })
  expect(lines).toEqual(['3 logs were not delivered: too late', '2 logs were not accepted: no room'])
})

test('at the end the rest is said, and only once', () => {
  const { lines, notices, fail } = setUp()
  fail(1)
  fail(2)
  notices.sayRest()
  notices.sayRest()
  expect(lines).toEqual(['1 log was not delivered: too late', '2 logs were not delivered: too late'])
})

test('a delay is said at its first attempt; a connection that was merely stale is none', async () => {
  const { lines, clock, retry, notices } = setUp()
  retry('stale-connection')
  expect(lines).toEqual([])
  for (let i = 0; i < 100; i++) retry('back-off')
  expect(lines).toEqual(['a delivery is delayed and will be tried again: no route'])
  notices.sayRest()
  await clock.advance(30_000)
  retry('back-off')
  expect(lines.length).toBe(2)
})

test('what somebody listens to is not said as well', () => {
  const { lines, events, fail, retry } = setUp()
  events.on('failure', () => {})
  fail(1)
  retry('back-off')
  expect(lines).toEqual(['a delivery is delayed and will be tried again: no route'])
})

test('no notice holds a timer', () => {
  const { clock, fail, retry } = setUp()
  fail(1)
  retry('back-off')
  expect(clock.timerCount).toBe(0)
})
