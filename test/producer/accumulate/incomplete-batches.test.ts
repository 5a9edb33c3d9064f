import { expect, test } from 'vitest'
import { IncompleteBatches } from '../../../src/producer/accumulate/incomplete-batches.ts'
import type { ProducerBatch } from '../../../src/producer/batch/producer-batch.ts'
import { batchOf, openBatch } from '../../support/batches.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, observe, startProducer } from '../../support/test-producer.ts'

function setUp(...deadlines: number[]) {
  const expired: ProducerBatch[] = []
  const incomplete = new IncompleteBatches((batch) => {
    incomplete.completed(batch)
    expired.push(batch)
  })
  const batches = deadlines.map((deadlineMs) => batchOf({}, 0, deadlineMs))
  for (const batch of batches) {
    const open = openBatch()
    open.deadlineMs = batch.deadlineMs
    incomplete.opened(open)
    incomplete.sealed(open, batch)
  }
  return { incomplete, batches, expired }
}

test('expires batches at their deadlines and leaves those with a verdict alone', () => {
  const { incomplete, batches, expired } = setUp(100, 200, 300)
  expect(incomplete.nextDueMs).toBe(100)
  incomplete.completed(batches[0] as ProducerBatch)
  expect(incomplete.nextDueMs).toBe(200)
  incomplete.moveDue(250)
  expect(expired).toEqual([batches[1]])
  expect(incomplete.nextDueMs).toBe(300)
})

test('a batch on the wire is left to the time limit of its request', () => {
  const { incomplete, batches, expired } = setUp(100, 200)
  ;(batches[0] as ProducerBatch).inFlight = true
  incomplete.moveDue(150)
  expect([expired, incomplete.nextDueMs]).toEqual([[], 200])
})

test('nothing is due where nothing is left', async () => {
  const { incomplete, batches } = setUp(100)
  const gone = observe(incomplete.whenSettled())
  incomplete.completed(batches[0] as ProducerBatch)
  incomplete.settled(batches[0] as ProducerBatch)
  await settled()
  expect([incomplete.nextDueMs, incomplete.size, gone.state]).toEqual([Number.POSITIVE_INFINITY, 0, 'resolved'])
})

test('a batch that waits for its retry fails at its delivery deadline, with the last real error', async () => {
  const config = { lingerMs: 0, deliveryTimeoutMs: 1000, retries: 1000, maxRetryBackoffMs: 100 }
  const { producer, clock, sink } = startProducer(config)
  sink.otherwise = sinkError('back-off', { serverCode: 'ServerBusy', message: 'the service is busy' })
  const send = observe(producer.send({ logs: log(1) }))
  await clock.advance(1000)
  expect(send).toMatchObject({ state: 'rejected', error: { code: 'ERR_LOGHUB_EXPIRED', serverCode: 'ServerBusy' } })
  expect(send.error?.message).toMatch(/deliveryTimeoutMs \(1000 ms\).*the service is busy/)
})

test('a batch that waits for a lane fails at its delivery deadline, and was never sent', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 0, lanes: 1, deliveryTimeoutMs: 1000 }, ['hang'])
  producer.trySend({ logs: log('in the lane') })
  await clock.advance(1)
  const waiting = observe(producer.send({ logs: log('behind it') }))
  await clock.advance(1000)
  expect(waiting).toMatchObject({ state: 'rejected', error: { code: 'ERR_LOGHUB_EXPIRED' } })
  expect(waiting.error?.message).toContain('no request was made')
  expect(waiting.error).toMatchObject({ result: { attemptCount: 0, attempts: [], requestId: '' } })
  expect(sink.seen.length).toBe(1)
})

test('a request under way may use what is left of the delivery time and no more', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 400, deliveryTimeoutMs: 1000, requestTimeoutMs: 15_000 })
  producer.trySend({ logs: log(1) })
  await clock.advance(400)
  expect(sink.seen[0]?.request.timeoutMs).toBe(600)
})

test('a shorter delivery time, set while batches wait, holds for them and for those that come', async () => {
  const { producer, clock } = startProducer({ lingerMs: 0, lanes: 1, deliveryTimeoutMs: 180_000 }, ['hang'])
  producer.trySend({ logs: log('in the lane') })
  await clock.advance(1)
  const before = observe(producer.send({ logs: log('before') }))
  await clock.advance(1)
  producer.update({ deliveryTimeoutMs: 5000 })
  const after = observe(producer.send({ logs: log('after') }))
  await clock.advance(4999)
  expect([before.state, after.state]).toEqual(['rejected', 'pending'])
  await clock.advance(1)
  expect([before.error?.code, after.error?.code]).toEqual(['ERR_LOGHUB_EXPIRED', 'ERR_LOGHUB_EXPIRED'])
})
