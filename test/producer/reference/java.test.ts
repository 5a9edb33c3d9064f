import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { startEmulator } from '../../../src/emulator/index.ts'
import type { ProducerConfig } from '../../../src/producer/options.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { withDefaults } from '../../../src/producer/resolve-options.ts'
import type { SendError } from '../../../src/producer/sends/send-error.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe, startProducer } from '../../support/test-producer.ts'

// What the suite of the Java producer promises, where no test of a part promises it already.

const sample = { contents: { k1: 'v1', k2: 'v2' } }
const clean = { inMemory: 0 }

async function withEmulator(config: ProducerConfig = {}) {
  const emulator = await startEmulator({
    ...{ autoCreate: true, shards: 8, credentials: { accessKeyId: 'good-id', accessKeySecret: 'good-secret' } },
  })
  const producer = new Producer({
    ...{
      endpoint: emulator.url,
      logger: silentLogger,
      project: 'proj',
      logstore: 'logs',
      lingerMs: 20,
      source: '10.0.0.1',
    },
    ...{ credentials: { accessKeyId: 'good-id', accessKeySecret: 'good-secret' }, ...config },
  })
  return {
    emulator,
    producer,
    stored: (logstore = 'logs', project = 'proj') => emulator.logs({ project, logstore }),
    [Symbol.asyncDispose]: async () => {
      await producer.close({ timeoutMs: 0 })
      await emulator.close()
    },
  }
}

describe('configuration', () => {
  test('the defaults are the known ones', () => {
    expect(withDefaults({})).toMatchObject({
      ...{ totalSizeInBytes: 104_857_600, maxBlockMs: 60_000, batchSizeThresholdInBytes: 524_288 },
      ...{ batchCountThreshold: 4096, lingerMs: 2000, retries: Number.POSITIVE_INFINITY, maxReservedAttempts: 11 },
      ...{ baseRetryBackoffMs: 100, maxRetryBackoffMs: 50_000, adjustShardHash: true, buckets: 64 },
    })
  })
})

describe('a memory budget of a few bytes', () => {
  test('refuses a log larger than all of it, and a list, naming both sizes', async () => {
    const { producer } = startProducer({ totalSizeInBytes: 31 })
    for (const logs of [sample, [sample, sample, sample]]) {
      await expect(producer.send({ logs })).rejects.toMatchObject({
        code: 'ERR_LOGHUB_LOG_TOO_LARGE',
        message: expect.stringMatching(/need \d+ bytes, more than totalSizeInBytes \(31\)/),
      })
    }
  })

  test('holds one of two sends; the other gives up after maxBlockMs', async () => {
    const { producer, clock } = startProducer({ totalSizeInBytes: 300, maxBlockMs: 3 }, ['hang'])
    const first = observe(producer.send({ logs: sample }))
    const second = observe(producer.send({ logs: sample }))
    await clock.advance(3)
    expect([first.state, second.error?.code]).toEqual(['pending', 'ERR_LOGHUB_BUFFER_FULL'])
  })
})

describe('an unreachable service', () => {
  test('fails after the first attempt and five retries, with a back-off below the doubling ceiling between them', async () => {
    const { producer, clock, sink } = startProducer({
      lingerMs: 0,
      retries: 5,
      maxReservedAttempts: 6,
      random: () => 0.999,
    })
    sink.otherwise = sinkError('back-off', { code: 'ERR_LOGHUB_NETWORK' })
    const sent = observe(producer.send({ logs: sample }))
    await clock.advance(10_000)
    const { result } = sent.error as SendError
    expect([result.attemptCount, result.attempts.length]).toEqual([6, 6])
    expect(result.attempts.every(({ successful, requestId }) => !successful && requestId === '')).toBe(true)
    const starts = result.attempts.map(({ startedAt }) => startedAt)
    for (const [index, ceilingMs] of [100, 200, 400, 800, 1600].entries()) {
      const gapMs = (starts[index + 1] as number) - (starts[index] as number)
      expect(gapMs).toBeGreaterThan(ceilingMs * 0.98)
      expect(gapMs).toBeLessThanOrEqual(ceilingMs + 1)
    }
  })

  test('is told apart from a refusal: the code is that of the network', async () => {
    const producer = new Producer({
      ...{
        endpoint: 'http://127.0.0.1:1',
        logger: silentLogger,
        project: 'proj',
        logstore: 'logs',
        lingerMs: 0,
        retries: 1,
        baseRetryBackoffMs: 1,
      },
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    })
    const error = await producer.send({ logs: sample }).catch((caught) => caught as SendError)
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_NETWORK', retriable: true, result: { attemptCount: 2 } })
    await producer.close()
  })

  test('takes a million sends to a clean end, closed a thousand times over', async () => {
    const { producer, sink, clock } = startProducer({
      deliveryTimeoutMs: 10_000,
      lingerMs: 100,
      maxBlockMs: 0,
      totalSizeInBytes: 2 ** 30,
    })
    sink.otherwise = sinkError('back-off', { code: 'ERR_LOGHUB_NETWORK' })
    let failed = 0
    let withAttempts = 0
    const count = (error: { name: string } | null, result?: { attemptCount: number }) => {
      if (error?.name === 'SendError') failed++
      if ((result?.attemptCount ?? 0) >= 1) withAttempts++
    }
    const writer = producer.writer()
    for (let n = 0; n < 1_000_000; n++) writer.trySend({ k1: 'v1', k2: 'v2' }, count)
    const closed = Array.from({ length: 1000 }, () => producer.close())
    for (let turn = 0; turn < 100 && failed < 1_000_000; turn++) await clock.advance(1000)
    await Promise.all(closed)
    expect([failed, withAttempts]).toEqual([1_000_000, 1_000_000])
    expect(producer.metrics()).toMatchObject({ logs: clean, memory: { usedBytes: 0 } })
  })
})

describe('a delivery', () => {
  test('succeeds with and without topic and source, with one attempt, no error, and a request id', async () => {
    await using set = await withEmulator()
    const requests = [
      {},
      { topic: undefined, source: undefined },
      { topic: '', source: '' },
      { topic: 't', source: 's' },
    ]
    const order: string[] = []
    const results = await Promise.all(
      requests.map(
        (request) =>
          new Promise((resolve) => {
            set.producer.send({ ...request, logs: sample }, (error, result) => {
              order.push(String(error))
              resolve(result)
            })
          }),
      ),
    )
    for (const result of results) {
      expect(result).toMatchObject({
        successful: true,
        attemptCount: 1,
        attempts: [{ errorCode: '', errorMessage: '' }],
      })
      expect(result).toMatchObject({ requestId: expect.stringMatching(/.+/) })
    }
    expect(order).toEqual(['null', 'null', 'null', 'null'])
    const groups = set.stored().map(({ topic, source }) => `${topic}/${source}`)
    expect(groups.sort()).toEqual(['/', '/10.0.0.1', '/10.0.0.1', 't/s'])
    expect(set.producer.metrics()).toMatchObject({ logs: clean, memory: { usedBytes: 0 } })
  })

  test('with a credentials provider asks it once, not for every request', async () => {
    let fetches = 0
    const credentials = async () => {
      fetches++
      return { accessKeyId: 'good-id', accessKeySecret: 'good-secret' }
    }
    await using set = await withEmulator({ credentials })
    expect(fetches).toBe(0)
    for (let n = 0; n < 3; n++) await set.producer.send({ topic: String(n), logs: sample })
    expect([fetches, set.stored().length]).toEqual([1, 3])
  })

  test('with a wrong key succeeds once the right one is put, on the same batch', async () => {
    const wrong = { accessKeyId: 'wrong-id', accessKeySecret: 'good-secret' }
    await using set = await withEmulator({
      credentials: wrong,
      retries: 1000,
      baseRetryBackoffMs: 5,
      maxRetryBackoffMs: 5,
    })
    set.producer.once('retry', () =>
      set.producer.putProject({
        project: 'proj',
        credentials: { accessKeyId: 'good-id', accessKeySecret: 'good-secret' },
      }),
    )
    const result = await set.producer.send({ logs: sample })
    expect(result.attempts[0]).toMatchObject({ successful: false, errorCode: 'Unauthorized' })
    expect(result.attempts.at(-1)).toMatchObject({ successful: true })
  })

  test('with a wrong secret fails within seconds, each attempt refused by the service with a request id', async () => {
    const wrong = { accessKeyId: 'good-id', accessKeySecret: 'wrong-secret' }
    await using set = await withEmulator({ credentials: wrong, baseRetryBackoffMs: 1, maxRetryBackoffMs: 2 })
    const error = await set.producer.send({ logs: sample }).catch((caught) => caught as SendError)
    const { attempts, attemptCount } = (error as SendError).result
    expect([attemptCount, attempts.length]).toEqual([3, 3])
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ errorCode: 'SignatureNotMatch', requestId: expect.stringMatching(/.+/) })
    }
  })

  test('of 100,000 sends is complete when close resolves, by callback and by promise', async () => {
    await using set = await withEmulator()
    let byCallback = 0
    let byPromise = 0
    for (let n = 0; n < 50_000; n++) {
      set.producer.send({ logs: sample }, (error) => {
        if (error === null) byCallback++
      })
      set.producer.send({ logs: sample }).then(
        () => byPromise++,
        () => {},
      )
    }
    expect(await set.producer.close()).toEqual({ delivered: 100_000, failed: 0, abandoned: 0, spooled: 0 })
    await settled()
    expect([byCallback, byPromise, set.emulator.stats().logs]).toEqual([50_000, 50_000, 100_000])
  })

  test('of 10,000 sends whose callbacks each close the producer is complete', async () => {
    const { producer } = startProducer()
    const closed = new Set<unknown>()
    for (let n = 0; n < 10_000; n++) producer.send({ logs: log(n) }, () => closed.add(producer.close()))
    closed.add(producer.close())
    expect(await producer.close()).toEqual({ delivered: 10_000, failed: 0, abandoned: 0, spooled: 0 })
    expect(closed.size).toBe(1)
  })

  test('of 1,000,000 logs over 5 topics and 10 sources calls back for each', async () => {
    const { producer, clock } = startProducer({ totalSizeInBytes: 2 ** 30 })
    let calls = 0
    const count = (error: unknown) => {
      if (error === null) calls++
    }
    const writers = Array.from({ length: 50 }, (_, n) =>
      producer.writer({ topic: `topic-${n % 5}`, source: `source-${n % 10}` }),
    )
    for (let n = 0; n < 1_000_000; n++) writers[n % 50]?.trySend({ k1: 'v1' }, count)
    await clock.advance(4000)
    await producer.close()
    expect(calls).toBe(1_000_000)
    expect(producer.metrics()).toMatchObject({ logs: { delivered: 1_000_000, inMemory: 0 }, memory: { usedBytes: 0 } })
  })

  test('of one list sent again and again leaves the list as it was', async () => {
    const { producer } = startProducer()
    const logs = Array.from({ length: 50 }, (_, n) => log(n))
    const before = structuredClone(logs)
    for (let n = 0; n < 1000; n++) producer.trySend({ topic: `${n % 5}`, logs })
    expect(await producer.close()).toEqual({ delivered: 50_000, failed: 0, abandoned: 0, spooled: 0 })
    expect(logs).toEqual(before)
  })

  test('to two projects with and without shard hashes reaches each whole', async () => {
    await using set = await withEmulator()
    set.producer.putProject({ project: 'second' })
    const sends = Array.from({ length: 500 }, (_, n) => {
      const shardHash = n % 3 === 0 ? undefined : n % 2 === 0 ? '5F' : '8C'
      return ['proj', 'second'].map((project) => set.producer.send({ project, shardHash, logs: log(n) }))
    }).flat()
    await Promise.all(sends)
    expect([set.stored('logs', 'proj').length, set.stored('logs', 'second').length]).toEqual([500, 500])
  })
})

describe('a shard hash', () => {
  test('pins a key to one shard, and different keys to different ones', async () => {
    await using set = await withEmulator()
    for (const key of ['127.0.0.1', '192.168.0.2', '127.0.0.1', '192.168.0.2']) {
      await set.producer.send({ shardHash: key, logs: log(key) })
    }
    const shards = set.stored().map(({ shard, contents }) => `${contents[0]?.[1]} in ${shard}`)
    expect(new Set(shards).size).toBe(2)
    expect(new Set(set.stored().map(({ shard }) => shard)).size).toBe(2)
  })

  test('that is no hash and is not adjusted is refused before anything is sent', async () => {
    await using set = await withEmulator({ adjustShardHash: false })
    const error = await set.producer.send({ shardHash: 'no hash', logs: sample }).catch((caught) => caught as SendError)
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_INVALID_LOG', message: expect.stringContaining('32 hex digits') })
  })
})

describe('a project that was removed', () => {
  test('fails its waiting batches at their next attempt, once, and no others', async () => {
    await using set = await withEmulator({ lingerMs: 60_000, retries: 5 })
    set.producer.putProject({ project: 'second' })
    const waiting = observe(set.producer.send({ project: 'second', logs: sample }))
    const other = observe(set.producer.send({ logs: sample }))
    expect(set.producer.removeProject('second')).toBe(true)
    await set.producer.flush()
    expect(waiting.error).toMatchObject({ code: 'ERR_LOGHUB_PROJECT_UNKNOWN', result: { attemptCount: 1 } })
    expect(waiting.error?.message).toContain('second')
    expect(other.state).toBe('resolved')
    expect(set.producer.removeProject('second')).toBe(false)
  })
})

describe('a failure listener', () => {
  test('that never ends keeps no batch from its end: retries stay bounded', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, retries: 2 })
    sink.otherwise = sinkError('back-off')
    producer.on('failure', () => new Promise(() => {}))
    for (let n = 0; n < 50; n++) producer.trySend({ topic: String(n), logs: logOfSize(100) })
    await clock.advance(60_000)
    expect([sink.seen.length, producer.metrics().logs.failed]).toEqual([150, 50])
  })
})
