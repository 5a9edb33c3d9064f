import { expect, test } from 'vitest'
import { RetryQueue } from '../../../src/producer/deliver/retry-queue.ts'
import { batchOf } from '../../support/batches.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, sentLogs, startProducer } from '../../support/test-producer.ts'

function setUp() {
  const submitted: string[] = []
  const queue = new RetryQueue((batch) => submitted.push(batch.key.topic))
  const add = (topic: string, retryAtMs: number) => {
    const batch = batchOf({ topic }, 0, 1e6)
    queue.add(batch, retryAtMs)
    return batch
  }
  return { queue, submitted, add }
}

test('five batches due after 3, 5, 1, 4 and 2 seconds leave one a second in the order of their times', () => {
  const { queue, submitted, add } = setUp()
  for (const [index, seconds] of [3, 5, 1, 4, 2].entries()) add(String(index + 1), seconds * 1000)
  for (let second = 1; second <= 5; second++) {
    expect(queue.nextDueMs).toBe(second * 1000)
    queue.moveDue(second * 1000 - 1)
    expect(submitted.length).toBe(second - 1)
    queue.moveDue(second * 1000)
    expect(submitted.length).toBe(second)
  }
  expect(submitted).toEqual(['3', '5', '1', '4', '2'])
  expect([queue.size, queue.nextDueMs]).toEqual([0, Number.POSITIVE_INFINITY])
})

test('everything leaves at once on demand, earliest first', () => {
  const { queue, submitted, add } = setUp()
  add('a', 500)
  add('b', 100)
  add('c', 300)
  queue.moveAll()
  expect(submitted).toEqual(['b', 'c', 'a'])
})

test('those due at the same time leave in the order in which they came', () => {
  const { queue, submitted, add } = setUp()
  for (const topic of ['a', 'b', 'c']) add(topic, 100)
  queue.moveDue(100)
  expect(submitted).toEqual(['a', 'b', 'c'])
})

test('a batch that has ended is not sent again, and no time is kept for it', () => {
  const { queue, submitted, add } = setUp()
  add('ended', 100).takeRest('failed')
  add('alive', 200)
  expect(queue.nextDueMs).toBe(200)
  add('ended too', 300).takeRest('failed')
  queue.moveAll()
  expect([submitted, queue.size, queue.nextDueMs]).toEqual([['alive'], 0, Number.POSITIVE_INFINITY])
})

test('a batch that waits for its retry holds no lane: fresh ones are sent meanwhile', async () => {
  const { producer, clock, sink } = startProducer({ lanes: 1, lingerMs: 0, baseRetryBackoffMs: 1000 }, [
    sinkError('back-off'),
  ])
  producer.trySend({ topic: 'failing', logs: log('failing') })
  await clock.advance(0)
  for (let n = 1; n <= 3; n++) {
    producer.trySend({ topic: `fresh ${n}`, logs: log(`fresh ${n}`) })
    await clock.advance(1)
  }
  expect(sentLogs(sink.seen)).toEqual([['failing'], ['fresh 1'], ['fresh 2'], ['fresh 3']])
  expect(producer.metrics().batches.retrying).toBe(1)
  await clock.advance(1000)
  expect(sentLogs(sink.seen).at(-1)).toEqual(['failing'])
})

test('after a close that ran out of time no timer is left for batches that wait for their retry', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 0 })
  sink.otherwise = sinkError('quota', { retryAfterMs: 30_000 })
  producer.trySend({ logs: log(1) })
  await clock.advance(0)
  const closed = producer.close({ timeoutMs: 10 })
  await clock.advance(10)
  expect(await closed).toEqual({ delivered: 0, failed: 0, abandoned: 1, spooled: 0 })
  await settled()
  expect(clock.timerCount).toBe(0)
})
