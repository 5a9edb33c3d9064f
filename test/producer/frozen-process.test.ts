import { expect, test } from 'vitest'
import { sinkError } from '../support/scripted-sink.ts'
import { log, observe, startProducer } from '../support/test-producer.ts'

const deliveryTimeoutMs = 10_000

test('what was open while the process stood still past its deadline is sent once more than never', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 1000, deliveryTimeoutMs })
  const sent = observe(producer.send({ logs: log(1) }))
  await clock.freeze(60_000)
  expect([sink.seen.length, sent.state]).toEqual([1, 'resolved'])
})

test('what waited for a lane meanwhile is tried as well, each batch with the time of a request', async () => {
  const { producer, clock, sink } = startProducer({
    ...{ lingerMs: 0, deliveryTimeoutMs, lanes: 1, requestTimeoutMs: 5000, batchCountThreshold: 1 },
  })
  sink.steps.push('hang')
  const sends = [1, 2, 3].map((n) => observe(producer.send({ topic: String(n), logs: log(n) })))
  await clock.advance(10)
  expect(sink.seen).toHaveLength(1)
  await clock.freeze(60_000)
  sink.seen[0]?.answer.reject(sinkError('back-off'))
  await clock.advance(0)
  expect(sends.map(({ state }) => state)).toEqual(['rejected', 'resolved', 'resolved'])
  expect(sink.seen.slice(1).every(({ request }) => request.timeoutMs <= 5000)).toBe(true)
  expect(sends[0]?.error).toMatchObject({ code: 'ERR_LOGHUB_EXPIRED' })
})

test('an attempt that fails then is the last, and what had one before gets no other', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 0, deliveryTimeoutMs })
  sink.otherwise = sinkError('back-off')
  const tried = observe(producer.send({ topic: 'tried', logs: log(1) }))
  await clock.advance(1000)
  const attempts = sink.seen.length
  const open = observe(producer.send({ topic: 'open', logs: log(2) }))
  await clock.freeze(60_000)
  await clock.advance(60_000)
  expect([tried.error?.code, open.error?.code]).toEqual(['ERR_LOGHUB_EXPIRED', 'ERR_LOGHUB_EXPIRED'])
  const topics = sink.seen.slice(attempts)
  expect(topics.length).toBeGreaterThanOrEqual(1)
  expect(producer.metrics()).toMatchObject({ logs: { failed: 2, inMemory: 0 } })
  expect(clock.timerCount).toBe(0)
})

test('a deadline that passes while the process runs expires what was never tried', async () => {
  const { producer, clock, sink } = startProducer({
    lingerMs: 0,
    deliveryTimeoutMs,
    lanes: 1,
    requestTimeoutMs: 60_000,
  })
  sink.otherwise = 'hang'
  void producer.send({ topic: 'a', logs: log(1) })
  const waiting = observe(producer.send({ topic: 'b', logs: log(2) }))
  await clock.advance(10_000)
  expect(waiting.error).toMatchObject({ code: 'ERR_LOGHUB_EXPIRED' })
  expect(waiting.error?.message).toContain('not delivered within deliveryTimeoutMs (10000 ms); no request was made')
})

test('a batch that is given up before its deadline says when, and why no further attempt was made', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 0, deliveryTimeoutMs: 6000, baseRetryBackoffMs: 1000 })
  sink.otherwise = sinkError('back-off', { retryAfterMs: 3_600_000 })
  const sent = observe(producer.send({ logs: log(1) }))
  await clock.advance(5999)
  expect(sink.seen.length).toBeGreaterThan(1)
  expect(sent.error?.message).toMatch(
    /^given up after \d+ ms: no further attempt fits into deliveryTimeoutMs \(6000 ms\);/,
  )
})
