import { expect, onTestFinished, test } from 'vitest'
import {
  type DeadLetter,
  type Log,
  Producer,
  type ProducerConfig,
  type ProducerError,
  type SendError,
} from '../../../src/index.ts'
import type { DecodedLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { type Judge, PickySink } from '../../support/picky-sink.ts'
import { sinkError } from '../../support/scripted-sink.ts'

const POISON = 'poison'
const log = (id: number, isPoison = false): Log => ({
  contents: { id, text: isPoison ? POISON : 'fine' },
  time: 1_767_225_600_000,
})
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i))
const isPoisoned = (group: DecodedLogGroup) =>
  group.logs.some(({ contents }) => contents.some(([, value]) => value === POISON))
const contentError = () => sinkError('content', { serverCode: 'PostBodyInvalid', status: 400 })
const refusePoison: Judge = (group) => (isPoisoned(group) ? contentError() : undefined)
const tooLargeOver =
  (limit: number): Judge =>
  (_group, rawSizeInBytes) =>
    rawSizeInBytes > limit ? sinkError('too-large', { serverCode: 'PostBodyTooLarge', status: 413 }) : undefined

function setUp(judge: Judge, config: ProducerConfig = {}) {
  const sink = new PickySink(judge)
  const letters: DeadLetter[] = []
  const warnings: string[] = []
  const logger = { debug() {}, info() {}, warn: (text: string) => warnings.push(text), error() {} }
  const producer = new Producer({
    sink,
    project: 'p',
    logstore: 'l',
    topic: 'topic',
    source: 'host',
    lingerMs: 0,
    random: () => 0,
    logger,
    deadLetter: (letter) => letters.push(letter),
    ...config,
  })
  onTestFinished(async () => {
    await producer.close({ timeoutMs: 0 })
  })
  return { sink, producer, letters, warnings }
}

const rejection = (promise: Promise<unknown>): Promise<SendError> =>
  promise.then(
    () => expect.fail('it should be rejected'),
    (error) => error,
  )

/** All law and no memory: to be asked when everything has its verdict. */
function expectNothingLeft(producer: Producer): void {
  const { logs, memory } = producer.metrics()
  expect(logs.accepted).toBe(logs.delivered + logs.failed)
  expect({ inMemory: logs.inMemory, usedBytes: memory.usedBytes }).toEqual({ inMemory: 0, usedBytes: 0 })
}

test.each([0, 1, 1777, 2048, 4095])(
  'one bad log in 4096, at %i, costs 24 extra requests, and all others are delivered in order',
  async (bad) => {
    const { sink, producer, letters } = setUp(refusePoison)
    const list = Array.from({ length: 4096 }, (_, id) => log(id, id === bad))
    const error = await rejection(producer.send({ logs: list }))
    expect(sink.requests.length).toBe(1 + 24)
    expect(sink.values('id')).toEqual([...ids(0, bad), ...ids(bad + 1, 4096)])
    expect(error.refusedLogs.map(({ index }) => index)).toEqual([bad])
    expect(letters.map(({ index }) => index)).toEqual([bad])
    expectNothingLeft(producer)
  },
)

test.each([2, 3, 5, 100, 1000, 4095])(
  'one bad log in %i costs at most 2 x ceil(log2 n) extra requests, wherever it is',
  async (n) => {
    for (const bad of new Set([0, n >> 1, n - 1])) {
      const { sink, producer } = setUp(refusePoison)
      await rejection(producer.send({ logs: Array.from({ length: n }, (_, id) => log(id, id === bad)) }))
      expect(sink.requests.length - 1).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(n)))
      expect(sink.values('id').length).toBe(n - 1)
    }
  },
)

test('of a list, only the bad logs are named, by their own index, with what the service said of each alone', async () => {
  const { producer } = setUp(refusePoison)
  const before = producer.send({ logs: [log(0), log(1)] })
  const list = producer.send({ logs: [log(2), log(3, true), log(4), log(5, true)] })
  await producer.flush()
  expect((await before).successful).toBe(true)
  const error = await rejection(list)
  expect(error).toMatchObject({ code: 'ERR_LOGHUB_SEND', retriable: false, status: 400, serverCode: 'PostBodyInvalid' })
  expect(error.message).toMatch(/^2 of 4 logs were refused: logs\[1\]: /)
  expect(error.refusedLogs.map(({ index }) => index)).toEqual([1, 3])
  expect(error.refusedLogs[0]?.error).toMatchObject({ failureClass: 'content', serverCode: 'PostBodyInvalid' })
  expect(error.result.parts?.map(({ successful }) => successful)).toContain(true)
})

test('a bad log sent alone is refused by one request, with index 0', async () => {
  const { sink, producer, letters } = setUp(refusePoison)
  const error = await rejection(producer.send({ logs: log(7, true) }))
  expect(error.refusedLogs).toMatchObject([{ index: 0 }])
  expect(error.result).toMatchObject({ successful: false, attemptCount: 1, batchLogCount: 1 })
  expect(sink.requests.length).toBe(1)
  expect(letters.length).toBe(1)
  expectNothingLeft(producer)
})

test('each send of a shared batch gets its own verdict, also between sends for which nobody waits', async () => {
  const { sink, producer, letters } = setUp(refusePoison)
  const verdicts: string[] = []
  const note = (name: string) => (error: ProducerError | null) => verdicts.push(`${name} ${error === null}`)
  producer.trySend({ logs: log(0) })
  producer.trySend({ logs: [log(1), log(2), log(3, true)] })
  producer.send({ logs: log(4) }, note('a'))
  producer.trySend({ logs: log(5) })
  producer.trySend({ logs: log(6, true) })
  producer.send({ logs: log(7, true) }, note('b'))
  producer.trySend({ logs: log(8) })
  producer.send({ logs: [log(9), log(10)] }, note('c'))
  await producer.flush()
  expect(verdicts.sort()).toEqual(['a true', 'b false', 'c true'])
  expect(sink.values('id')).toEqual(['0', '1', '2', '4', '5', '8', '9', '10'])
  expect(letters.map(({ index, log }) => [index, log.contents[0]?.[1]])).toEqual([
    [2, '3'],
    [0, '6'],
    [0, '7'],
  ])
  expectNothingLeft(producer)
})

test('a list larger than one request names a bad log by its index in the whole list', async () => {
  const { producer, letters } = setUp(refusePoison, { batchSizeThresholdInBytes: 8 * 1024 * 1024 })
  const filler = 'x'.repeat(3 * 1024 * 1024)
  const contents = (id: number) => ({ contents: { id, filler, text: id === 4 ? POISON : 'fine' } })
  const error = await rejection(producer.send({ logs: [0, 1, 2, 3, 4, 5].map(contents) }))
  expect(error.refusedLogs.map(({ index }) => index)).toEqual([4])
  expect(letters.map(({ index }) => index)).toEqual([4])
  expectNothingLeft(producer)
})

test('a dead letter has all that is needed to keep the log elsewhere', async () => {
  const { producer, letters } = setUp(refusePoison)
  const events: DeadLetter[] = []
  producer.on('deadLetter', (letter) => events.push(letter))
  const bad = { contents: { text: POISON, n: 12, none: null }, time: 1_767_225_600_500, nanoseconds: 7 }
  const error = await rejection(producer.send({ topic: 't', source: 's', logs: [log(0), bad] }))
  expect(letters).toMatchObject([
    {
      project: 'p',
      logstore: 'l',
      topic: 't',
      source: 's',
      index: 1,
      log: {
        time: 1_767_225_600,
        nanoseconds: 7,
        contents: [
          ['text', POISON],
          ['n', '12'],
          ['none', ''],
        ],
      },
    },
  ])
  expect(letters[0]?.error.refusedLogs).toEqual(error.refusedLogs)
  expect(events).toEqual(letters)
})

test('a dead-letter hook that throws or rejects harms nobody', async () => {
  let calls = 0
  const deadLetter = () => {
    if (calls++ === 0) throw new Error('thrown')
    return Promise.reject(new Error('rejected'))
  }
  const { sink, producer, warnings } = setUp(refusePoison, { deadLetter })
  const told: string[] = []
  producer.on('callbackError', ({ error }) => told.push(error.message))
  await rejection(producer.send({ logs: [log(0, true), log(1, true), log(2)] }))
  await settled()
  expect(calls).toBe(2)
  expect(sink.values('id')).toEqual(['2'])
  expect(producer.metrics().callbackErrors).toBe(2)
  expect(told).toEqual(['thrown', 'rejected'])
  expect(warnings).toEqual([])
})

test('a refusal that is not of the content brings no dead letter', async () => {
  const { producer, letters } = setUp(() => sinkError('final', { status: 403 }))
  const error = await rejection(producer.send({ logs: [log(0)] }))
  expect(error.refusedLogs).toEqual([])
  expect(letters).toEqual([])
})

test('a batch too large for the service is cut in two at the middle of its bytes', async () => {
  const { sink, producer } = setUp(tooLargeOver(1024 * 1024 + 200), { batchSizeThresholdInBytes: 4 * 1024 * 1024 })
  // The first log is half of the whole.
  const logs = [1024, 256, 256, 256, 256].map((kib, id) => ({ contents: { id, filler: 'x'.repeat(kib * 1024) } }))
  const result = await producer.send({ logs })
  expect(result.successful).toBe(true)
  expect(sink.requests.map((group) => group.logs.length)).toEqual([5, 1, 4])
  expect(sink.values('id')).toEqual(ids(0, 5))
  expect(producer.metrics().requests.splitsByReason).toEqual({ 'too-large': 1 })
  expectNothingLeft(producer)
})

test('a log that is too large by itself fails alone', async () => {
  const { sink, producer, letters } = setUp(tooLargeOver(2000))
  const logs = [10, 10, 3000, 10].map((bytes, id) => ({ contents: { id, filler: 'x'.repeat(bytes) } }))
  const error = await rejection(producer.send({ logs }))
  expect(error).toMatchObject({ status: 413, serverCode: 'PostBodyTooLarge', retriable: false })
  expect(error.refusedLogs.map(({ index }) => index)).toEqual([2])
  expect(sink.values('id')).toEqual(['0', '1', '3'])
  expect(letters.map(({ index }) => index)).toEqual([2])
})

test.each(['none', 'lz4', 'deflate'] as const)(
  'parts are LogGroups like the whole, with compression %s',
  async (compression) => {
    const { sink, producer } = setUp(refusePoison, { compression, tags: { env: 'test' } })
    await rejection(producer.send({ logs: Array.from({ length: 500 }, (_, id) => log(id, id === 250)) }))
    const [whole, ...parts] = sink.requests
    expect(parts.length).toBeGreaterThan(1)
    for (const { topic, source, tags } of parts) {
      expect({ topic, source, env: tags[0] }).toEqual({ topic: 'topic', source: 'host', env: whole?.tags[0] })
    }
    expect(whole?.tags.map(([key]) => key)).toEqual(['env', '__pack_id__'])
    // Each part that is stored has an id of its own, counted up in the order of the logs from that of the whole.
    const packIds = sink.stored.map(({ tags }) => tags[1]?.[1] as string)
    const counters = packIds.map((packId) => Number.parseInt(packId.split('-')[1] as string, 16))
    expect(new Set(packIds).size).toBe(packIds.length)
    expect(counters).toEqual([...counters].sort((a, b) => a - b))
    expect(new Set(packIds.map((packId) => packId.split('-')[0])).size).toBe(1)
    expect(sink.values('id')).toEqual([...ids(0, 250), ...ids(251, 500)])
    expectNothingLeft(producer)
  },
)

test('with no retries left to a batch it is still split, and each part has its own retries', async () => {
  let requests = 0
  // Every request of a part fails once before it gets its real answer.
  const judge: Judge = (group) =>
    ++requests > 1 && requests % 2 === 0 ? sinkError('back-off') : refusePoison(group, 0)
  const { sink, producer } = setUp(judge, { retries: 1 })
  const error = await rejection(producer.send({ logs: [0, 1, 2, 3, 4, 5, 6, 7].map((id) => log(id, id === 5)) }))
  expect(error.refusedLogs.map(({ index }) => index)).toEqual([5])
  expect(error.result.parts?.map(({ attemptCount }) => attemptCount)).toEqual([2, 2, 2, 2])
  expect(sink.values('id')).toEqual(['0', '1', '2', '3', '4', '6', '7'])
  expectNothingLeft(producer)
})

test('the right half waits until the left one has its verdict, retries included', async () => {
  const clock = new ManualClock()
  let failures = 1
  const judge: Judge = (group) =>
    group.logs.length === 2 && failures-- > 0 ? sinkError('back-off', { retryAfterMs: 5000 }) : refusePoison(group, 0)
  const { sink, producer } = setUp(judge, { clock, compression: 'none' })
  const sent = rejection(producer.send({ logs: [0, 1, 2, 3].map((id) => log(id, id === 3)) }))
  void producer.flush()
  await clock.advance(4999)
  expect(sink.requests.length).toBe(2)
  expect(producer.metrics().batches.retrying).toBe(1)
  await clock.advance(1)
  await sent
  expect(sink.values('id')).toEqual(['0', '1', '2'])
})

test('a part that is given up for another reason fails its own logs; the parts behind it are still sent', async () => {
  const judge: Judge = (group) =>
    group.logs.length === 4
      ? contentError()
      : group.logs[0]?.contents[0]?.[1] === '0'
        ? sinkError('final', { status: 403 })
        : undefined
  const { sink, producer, letters } = setUp(judge)
  const first = rejection(producer.send({ logs: [log(0), log(1)] }))
  const second = producer.send({ logs: [log(2), log(3)] })
  await producer.flush()
  expect((await first).status).toBe(403)
  expect((await second).successful).toBe(true)
  expect(sink.values('id')).toEqual(['2', '3'])
  expect(letters).toEqual([])
  expectNothingLeft(producer)
})

test('an error that names refused logs speaks for all that is missing, so any other failure of the send hides them', async () => {
  const judge: Judge = (group) => {
    if (isPoisoned(group)) return contentError()
    return group.logs.some(({ contents }) => contents[0]?.[1] === '3') ? sinkError('final', { status: 403 }) : undefined
  }
  const { producer, letters } = setUp(judge)
  const error = await rejection(producer.send({ logs: [log(0), log(1, true), log(2), log(3)] }))
  expect(error).toMatchObject({ status: 403, refusedLogs: [] })
  expect(letters.map(({ index }) => index)).toEqual([1])
})

test('the delivery deadline of the batch holds for all its parts together', async () => {
  const clock = new ManualClock()
  const judge: Judge = (group) => (group.logs.length === 4 ? contentError() : sinkError('back-off'))
  const { producer } = setUp(judge, {
    clock,
    compression: 'none',
    retries: 1000,
    random: () => 0.999,
    lingerMs: 0,
    deliveryTimeoutMs: 10_000,
    maxRetryBackoffMs: 1000,
  })
  const sent = rejection(producer.send({ logs: [0, 1, 2, 3].map((id) => log(id)) }))
  await clock.advance(10_000)
  expect(await sent).toMatchObject({ code: 'ERR_LOGHUB_EXPIRED' })
  await settled()
  expectNothingLeft(producer)
})

test('parts that are left when close runs out of time fail as abandoned; what was stored stays delivered', async () => {
  const clock = new ManualClock()
  const judge: Judge = (group) => {
    if (group.logs.length === 4) return contentError()
    return group.logs[0]?.contents[0]?.[1] === '0' ? undefined : sinkError('back-off')
  }
  const { producer } = setUp(judge, { clock, compression: 'none', retries: 1000, random: () => 0.5 })
  const first = producer.send({ logs: [log(0), log(1)] })
  const second = rejection(producer.send({ logs: [log(2), log(3)] }))
  const closed = producer.close({ timeoutMs: 1000 })
  await clock.advance(1000)
  expect(await closed).toEqual({ delivered: 2, failed: 0, abandoned: 2, spooled: 0 })
  expect((await first).successful).toBe(true)
  expect(await second).toMatchObject({ code: 'ERR_LOGHUB_CLOSED', refusedLogs: [] })
  expectNothingLeft(producer)
})

test('flush waits for every part, its callback and its dead letter', async () => {
  const settledSends: number[] = []
  const { producer, letters } = setUp(refusePoison)
  for (let id = 0; id < 64; id++) producer.send({ logs: log(id, id % 9 === 0) }, () => settledSends.push(id))
  await producer.flush()
  expect(settledSends.length).toBe(64)
  expect(letters.length).toBe(8)
})

test('the accounting holds at every verdict, and memory that parts hold is in it', async () => {
  const { producer } = setUp(refusePoison)
  const readings: boolean[] = []
  const read = () => {
    const { logs, memory } = producer.metrics()
    readings.push(logs.accepted === logs.delivered + logs.failed + logs.inMemory && memory.usedBytes >= 0)
    readings.push(logs.inMemory === 0 || memory.usedBytes > 0)
  }
  for (let id = 0; id < 128; id++) producer.send({ logs: log(id, id === 77) }, read)
  await producer.flush()
  expect(readings.length).toBe(256)
  expect(readings.every(Boolean)).toBe(true)
  expectNothingLeft(producer)
})

test('the bytes brought back to tell the logs apart are charged, over the budget if it must be', async () => {
  const filler = 'x'.repeat(10_000)
  let highest = 0
  const { producer } = setUp(
    (group) => {
      highest = Math.max(highest, producer.metrics().memory.usedBytes)
      return refusePoison(group, 0)
    },
    { totalSizeInBytes: 60_000 },
  )
  const logs = [0, 1, 2, 3, 4].map((id) => ({ contents: { id, filler, text: id === 4 ? POISON : '' } }))
  await rejection(producer.send({ logs }))
  expect(highest).toBeGreaterThan(50_000)
  expect(producer.metrics().memory.highWaterBytes).toBeGreaterThanOrEqual(highest)
  expectNothingLeft(producer)
})

test('a split is told in the metrics: why, how often, and that it is no retry', async () => {
  const { sink, producer } = setUp(refusePoison)
  await rejection(producer.send({ logs: [0, 1, 2, 3].map((id) => log(id, id === 0)) }))
  const { requests, batches, logs } = producer.metrics()
  expect(requests.splitsByReason).toEqual({ content: 2 })
  expect(requests.retriesByReason).toEqual({})
  expect(requests.made).toBe(sink.requests.length)
  expect(batches).toMatchObject({ delivered: 2, failed: 1, open: 0, queued: 0, inFlight: 0, retrying: 0 })
  expect(logs).toMatchObject({ delivered: 3, failed: 1, failedByCode: { ERR_LOGHUB_SEND: 1 } })
})

test('thousands of bad logs in one list settle it once, without deep recursion', async () => {
  const { producer, letters } = setUp(refusePoison)
  const error = await rejection(producer.send({ logs: Array.from({ length: 4096 }, (_, id) => log(id, id % 2 === 0)) }))
  expect(error.refusedLogs.length).toBe(2048)
  expect(letters.length).toBe(2048)
  expectNothingLeft(producer)
})
