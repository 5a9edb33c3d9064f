import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { Producer, type ProducerConfig } from '../../src/index.ts'
import { ManualClock, settled } from '../support/manual-clock.ts'
import { ModelRun } from '../support/model-run.ts'
import { PickySink } from '../support/picky-sink.ts'
import { ScriptedSink, sinkError } from '../support/scripted-sink.ts'

/** What a producer of this kind has to be able to do, one test each; the details are in the tests of its parts. */
function start(config: ProducerConfig): Producer {
  const producer = new Producer({
    ...{ project: 'p', logstore: 'l', compression: 'none' as const, logger: silentLogger, random: () => 0.99 },
    ...config,
  })
  onTestFinished(async () => void (await producer.close({ timeoutMs: 0 })))
  return producer
}

/** A sink that takes 100 ms of the test's clock for each request. */
function slowSink(clock: ManualClock): ScriptedSink {
  return new ScriptedSink([], () => new Promise((resolve) => clock.setTimer(() => resolve({ requestId: 'r' }), 100)))
}

test('accepted = delivered + failed + dropped + in memory, whatever happens in between', async () => {
  const run = new ModelRun({
    config: {
      ...{ totalSizeInBytes: 8_000, batchCountThreshold: 3, lanes: 2 },
      ...{ logger: silentLogger, overflow: 'drop-oldest' },
    },
  })
  const send = { form: 'callback', project: 0, topic: 0, padding: 50, overflow: undefined, again: false } as const
  await run.run([
    { do: 'answers', answers: ['back-off', 'hang', 'ok', 'final', 'stored-but-lost', 'quota'] },
    { do: 'send', send: { ...send, logs: [false, true, false] }, times: 10 },
    { do: 'update', change: { lanes: 8, totalSizeInBytes: 4_000 } },
    { do: 'send', send: { ...send, logs: [false], project: 1 }, times: 60 },
    { do: 'remove', project: 1 },
    { do: 'advance', ms: 5_000 },
    { do: 'put', project: 1 },
    { do: 'send', send: { ...send, logs: [false], overflow: 'reject' }, times: 60 },
    { do: 'close', timeoutMs: 500 },
  ])
})

test('a full budget blocks, and recovers with the sink; nothing unsent is told to be delivered', async () => {
  const clock = new ManualClock()
  const sink = new ScriptedSink([], 'hang')
  const producer = start({ clock, sink, lanes: 1, totalSizeInBytes: 20_000, lingerMs: 0, maxBlockMs: -1 })
  let delivered = 0
  for (let n = 0; n < 110; n++) {
    producer.send({ logs: { contents: { n, text: 'x'.repeat(80) } } }, (error) => {
      if (error === null) delivered++
    })
  }
  await clock.advance(10_000)
  expect(producer.metrics().memory.blockedSends).toBeGreaterThan(0)
  expect(delivered).toBe(0)
  sink.otherwise = 'ok'
  sink.seen[0]?.answer.resolve({ requestId: 'r' })
  await clock.advance(10)
  expect(delivered).toBe(110)
  expect(producer.metrics().memory).toMatchObject({ usedBytes: 0, blockedSends: 0 })
})

describe('to a slow sink', () => {
  test.each([1, 2, 8, 32])('%i lanes deliver as many batches in each round of its time', async (lanes) => {
    const clock = new ManualClock()
    const producer = start({ clock, sink: slowSink(clock), lanes, batchCountThreshold: 1 })
    for (let n = 0; n < lanes * 5; n++) producer.send({ logs: { contents: { n } } }, () => {})
    for (let round = 1; round <= 5; round++) {
      await clock.advance(100)
      expect(producer.metrics().logs.delivered).toBe(lanes * round)
    }
  })

  test('one stuck lane of eight costs an eighth of the rate, and no more', async () => {
    const clock = new ManualClock()
    const sink = slowSink(clock)
    sink.steps.push('hang')
    const producer = start({ clock, sink, lanes: 8, batchCountThreshold: 1, requestTimeoutMs: 100_000 })
    for (let n = 0; n < 71; n++) producer.send({ logs: { contents: { n } } }, () => {})
    for (let round = 1; round <= 10; round++) {
      await clock.advance(100)
      expect(producer.metrics().logs.delivered).toBe(7 * round)
    }
    sink.seen[0]?.answer.resolve({ requestId: 'r' })
  })
})

test('an overloaded drop-oldest delivers the newest, rejects the victims, and counts exactly them', async () => {
  const sink = new ScriptedSink()
  const producer = start({ sink, overflow: 'drop-oldest', batchCountThreshold: 1, totalSizeInBytes: 20_000 })
  const victims: number[] = []
  const delivered: number[] = []
  for (let n = 0; n < 1_000; n++) {
    producer.send({ logs: { contents: { n, text: 'x'.repeat(80) } } }, (error) =>
      (error === null ? delivered : victims).push(n),
    )
  }
  await producer.flush()
  expect(delivered.length + victims.length).toBe(1_000)
  expect(Math.min(...delivered)).toBe(Math.max(...victims) + 1)
  expect(producer.metrics().logs).toMatchObject({ dropped: victims.length, delivered: delivered.length })
})

test('an idle producer holds no timer: before its first log, and after its last', async () => {
  const clock = new ManualClock()
  const producer = start({
    clock,
    sink: new ScriptedSink(),
    rateLimit: { bytesPerSecond: 1_000 },
    deadLetter: () => {},
  })
  expect(clock.timerCount).toBe(0)
  for (let n = 0; n < 100; n++) void producer.send({ topic: String(n), logs: { contents: { n } } })
  expect(clock.timerCount).toBeGreaterThan(0)
  await clock.advance(100_000)
  expect(producer.metrics().logs.delivered).toBe(100)
  expect(clock.timerCount).toBe(0)
})

test('three callers that close while a back-off of 50 s runs get one report, in time, with the rest failed', async () => {
  const clock = new ManualClock()
  const sink = new ScriptedSink([], sinkError('back-off'))
  const producer = start({ clock, sink, lingerMs: 0, baseRetryBackoffMs: 50_000, deliveryTimeoutMs: 500_000 })
  const sent = producer.send({ logs: { contents: { n: 1 } } })
  await clock.advance(1)
  sink.otherwise = 'hang'
  const closes = [producer.close({ timeoutMs: 2_000 }), producer.close(), producer.close({ timeoutMs: 9 })]
  await clock.advance(1_999)
  expect(sink.inFlight).toBe(1)
  await clock.advance(1)
  const reports = await Promise.all(closes)
  expect(new Set(reports)).toEqual(new Set([{ delivered: 0, failed: 0, abandoned: 1, spooled: 0 }]))
  await expect(sent).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
  expect(clock.timerCount).toBe(0)
})

describe('what the service will not take', () => {
  test('one bad log in 4,096 costs 24 more requests at most, and the other 4,095 arrive in order', async () => {
    const sink = new PickySink(({ logs }) =>
      logs.some(({ contents }) => contents.some(([key]) => key === 'bad')) ? sinkError('content') : undefined,
    )
    const producer = start({ sink })
    const logs = Array.from({ length: 4_096 }, (_, n) => ({ contents: n === 1_234 ? { n, bad: 1 } : { n } }))
    const sent = producer.send({ logs })
    await producer.flush()
    await expect(sent).rejects.toMatchObject({ refusedLogs: [{ index: 1_234 }] })
    expect(sink.requests.length - 1).toBeLessThanOrEqual(24)
    expect(sink.values('n').map(Number)).toEqual(logs.map((_, n) => n).filter((n) => n !== 1_234))
  })

  test('2 MB to a service that takes 1 MB go in two halves', async () => {
    const limit = 1_050_000
    const sink = new PickySink((_group, size) => (size > limit ? sinkError('too-large') : undefined))
    const producer = start({ sink })
    await producer.send({
      logs: Array.from({ length: 2_000 }, (_, n) => ({ contents: { n, text: 'x'.repeat(1_000) } })),
    })
    expect(sink.requests).toHaveLength(3)
    expect(sink.values('n').map(Number)).toEqual(Array.from({ length: 2_000 }, (_, n) => n))
  })
})

test('a rate of 10 MB/s with logs of 1 KiB is 30 MB in 3 s, within 5 %', async () => {
  const clock = new ManualClock()
  let bytes = 0
  const sink = new ScriptedSink([], ({ payload }) => {
    bytes += payload.bytes.length
    return { requestId: 'r' }
  })
  // The sink of the test keeps what it sees.
  Object.defineProperty(sink, 'seen', { value: { push: () => 0, length: 0 } })
  const producer = start({
    clock,
    sink,
    rateLimit: { bytesPerSecond: 10_000_000 },
    batchSizeThresholdInBytes: 64 * 1024,
  })
  const writer = producer.writer()
  const text = 'x'.repeat(1_000)
  for (let ms = 0; ms < 3_000; ms += 10) {
    for (let n = 0; n < 200; n++) writer.trySend({ text })
    await clock.advance(10)
  }
  expect(bytes / 30_000_000).toBeGreaterThan(0.95)
  expect(bytes / 30_000_000).toBeLessThan(1.05)
})

test('reading the metrics changes nothing: two readers see the same, however often they look', async () => {
  const clock = new ManualClock()
  const producer = start({ clock, sink: new ScriptedSink([sinkError('back-off')]), lanes: 2, batchCountThreshold: 3 })
  for (let n = 0; n < 20; n++) producer.send({ topic: String(n % 3), logs: { contents: { n } } }, () => {})
  await settled()
  const first = producer.metrics()
  const before = structuredClone(first)
  for (let n = 0; n < 100; n++) producer.metrics()
  expect(producer.metrics()).toEqual(before)
  await clock.advance(10_000)
  // A reading stays what it was.
  expect(first).toEqual(before)
})
