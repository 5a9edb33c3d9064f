import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { startEmulator } from '../../../src/emulator/index.ts'
import type { ProducerConfig } from '../../../src/producer/options.ts'
import { Producer } from '../../../src/producer/producer.ts'
import type { SendError } from '../../../src/producer/sends/send-error.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe, sentLogs, startProducer } from '../../support/test-producer.ts'

// What the suite of the Rust producer promises, and its known gaps, where no test of a part covers them already.

async function withEmulator(config: ProducerConfig = {}) {
  const emulator = await startEmulator({ autoCreate: true })
  const producer = new Producer({
    ...{
      endpoint: emulator.url,
      logger: silentLogger,
      project: 'proj',
      logstore: 'logs',
      lingerMs: 0,
      baseRetryBackoffMs: 1,
      maxRetryBackoffMs: 5,
    },
    ...{ credentials: { accessKeyId: 'the-key-id', accessKeySecret: 'the-key-secret' }, ...config },
  })
  return {
    emulator,
    producer,
    [Symbol.asyncDispose]: async () => {
      await producer.close({ timeoutMs: 0 })
      await emulator.close()
    },
  }
}

describe('batching', () => {
  test('two logs a batch by count, and pairs by bytes', async () => {
    const byCount = startProducer({ batchCountThreshold: 2 })
    for (let n = 0; n < 4; n++) byCount.producer.trySend({ logs: log(n) })
    await byCount.producer.close()
    const byBytes = startProducer({ batchSizeThresholdInBytes: 350 })
    for (let n = 0; n < 4; n++) byBytes.producer.trySend({ logs: logOfSize(200, n) })
    await byBytes.producer.close()
    const pairs = [
      ['0', '1'],
      ['2', '3'],
    ]
    expect([sentLogs(byCount.sink.seen), sentLogs(byBytes.sink.seen)]).toEqual([pairs, pairs])
  })

  test('ten logs of a mebibyte at the cap of 8 MiB give seven and three', async () => {
    const { producer, sink } = startProducer({ batchSizeThresholdInBytes: 8 * 1024 * 1024 })
    for (let n = 0; n < 10; n++) producer.trySend({ logs: logOfSize(1024 * 1024 + 100, n) })
    await producer.close()
    expect(sentLogs(sink.seen).map(({ length }) => length)).toEqual([7, 3])
  })

  test('50,000 logs give batches of 40,960 and 9,040', async () => {
    const { producer, sink } = startProducer({
      batchSizeThresholdInBytes: 8 * 1024 * 1024,
      batchCountThreshold: 40_960,
    })
    for (let n = 0; n < 50_000; n++) producer.trySend({ logs: log(n) })
    await producer.close()
    expect(sentLogs(sink.seen).map(({ length }) => length)).toEqual([40_960, 9040])
  })

  test('a log without fields is delivered', async () => {
    const { producer, sink } = startProducer()
    producer.trySend({ logs: { contents: { a: 1 } } })
    expect(await producer.close()).toMatchObject({ delivered: 1 })
    expect(sink.seen.length).toBe(1)
  })

  test('tags of great length leave the room for logs as it is', async () => {
    const long = 'x'.repeat(50_000)
    const { producer, sink } = startProducer({ batchSizeThresholdInBytes: 350, tags: { long } })
    for (let n = 0; n < 4; n++) producer.trySend({ logs: logOfSize(200, n) })
    await producer.close()
    expect(sentLogs(sink.seen).map(({ length }) => length)).toEqual([2, 2])
  })
})

describe('delivery and retry', () => {
  test.each(['lz4', 'deflate', 'none'] as const)(
    'a 503, a 401 and the HTML 502 of a proxy each end in a success: %s',
    async (compression) => {
      await using set = await withEmulator({ compression })
      set.emulator.script({ times: 1, then: { status: 503, errorCode: 'ServerBusy' } })
      set.emulator.script({ times: 1, then: { status: 401, errorCode: 'Unauthorized' } })
      set.emulator.script({ times: 1, then: { status: 502, body: '<html>Bad Gateway</html>' } })
      const { attempts } = await set.producer.send({ logs: log(1, { padding: 'x'.repeat(1000) }) })
      expect(attempts.map(({ successful }) => successful)).toEqual([false, false, false, true])
      expect(set.emulator.logs({ project: 'proj', logstore: 'logs' }).length).toBe(1)
    },
  )

  test('an answer that looks like success and is not the service’s own is no success', async () => {
    await using set = await withEmulator({ retries: 1 })
    set.emulator.script({ times: 2, then: { withoutRequestId: true } })
    const error = await set.producer.send({ logs: log(1) }).catch((caught) => caught as SendError)
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_SEND', result: { attemptCount: 2 } })
  })

  test('a redirect is not followed and is no success', async () => {
    await using other = await startEmulator({ autoCreate: true })
    await using set = await withEmulator({ retries: 0 })
    set.emulator.script({ then: { status: 302, body: '', headers: { location: `${other.url}/` } } })
    const error = await set.producer.send({ logs: log(1) }).catch((caught) => caught as SendError)
    expect([(error as SendError).code, other.stats().requests]).toEqual(['ERR_LOGHUB_SEND', 0])
  })

  test('a clock that is wrong is learned from the refusal, at no cost of a retry', async () => {
    await using set = await withEmulator({ retries: 0 })
    set.emulator.script({ then: { clockOffsetMs: 3_600_000 } })
    const first = await set.producer.send({ logs: log(1) })
    expect(first.attempts.map(({ errorCode }) => errorCode)).toEqual(['RequestTimeExpired', ''])
    expect((await set.producer.send({ logs: log(2) })).attemptCount).toBe(1)
  })

  test('refused credentials are fetched anew before the next attempt, once for all batches', async () => {
    let fetches = 0
    const credentials = () => ({ accessKeyId: `key-${++fetches}`, accessKeySecret: 'the-key-secret' })
    await using set = await withEmulator({
      credentials,
      lanes: 4,
      retries: 20,
      baseRetryBackoffMs: 20,
      maxRetryBackoffMs: 20,
    })
    set.emulator.putCredentials({ accessKeyId: 'key-2', accessKeySecret: 'the-key-secret' })
    await Promise.all(Array.from({ length: 4 }, (_, n) => set.producer.send({ topic: String(n), logs: log(n) })))
    expect(fetches).toBe(2)
  })

  test('a slow success past the delivery time stays a success', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, deliveryTimeoutMs: 100 }, ['hang'])
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(150)
    sink.seen[0]?.answer.resolve({ requestId: 'slow' })
    await settled()
    expect(sent.state).toBe('resolved')
  })

  test('a slow failure past the delivery time has no retry', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, deliveryTimeoutMs: 100 }, ['hang'])
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(150)
    sink.seen[0]?.answer.reject(sinkError('back-off'))
    await settled()
    expect([sent.error?.code, sink.seen.length]).toEqual(['ERR_LOGHUB_EXPIRED', 1])
  })

  test('failing batches by the hundred do not hold up a healthy one', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, lanes: 2, baseRetryBackoffMs: 10_000, retries: 5 })
    sink.otherwise = ({ logstore }) => {
      if (logstore === 'broken') throw sinkError('back-off')
      return { requestId: 'fine' }
    }
    for (let n = 0; n < 500; n++) producer.trySend({ logstore: 'broken', topic: String(n), logs: log(n) })
    await clock.advance(1)
    const healthy = observe(producer.send({ logs: log('healthy') }))
    await clock.advance(1)
    expect(healthy.state).toBe('resolved')
  })
})

describe('admission', () => {
  test('a refused log can be sent again, and nothing was counted for it', async () => {
    const { producer, clock, sink } = startProducer({ totalSizeInBytes: 1000, lingerMs: 0 }, ['hang'])
    producer.trySend({ logs: logOfSize(900) })
    await clock.advance(0)
    const again = log('again', { padding: 'x'.repeat(100) })
    expect(producer.trySend({ logs: again })).toBe(false)
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect(producer.trySend({ logs: again })).toBe(true)
    await clock.advance(0)
    expect(producer.metrics().logs).toMatchObject({ accepted: 2, delivered: 2, refused: 0 })
  })

  test('senders racing close: accepted = delivered = callbacks, and no bytes are left', async () => {
    const { producer } = startProducer({ batchCountThreshold: 7 })
    let calls = 0
    const turns = Array.from({ length: 6 }, async () => {
      for (let n = 0; n < 200; n++) {
        producer.send({ logs: log(n) }, (error) => {
          if (error === null) calls++
        })
        if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    })
    await new Promise((resolve) => setImmediate(resolve))
    const report = await producer.close()
    await Promise.all(turns)
    await settled()
    const { logs, memory } = producer.metrics()
    expect([logs.accepted, logs.accepted + logs.refused, memory.usedBytes]).toEqual([calls, 1200, 0])
    expect([report.delivered <= calls, logs.refused > 0]).toEqual([true, true])
  })

  test('errors show neither the log nor a key', async () => {
    await using set = await withEmulator({ retries: 0 })
    set.emulator.script({
      then: { status: 401, errorCode: 'Unauthorized', errorMessage: 'AccessKeyId the-key-id not found' },
    })
    const error = await set.producer.send({ logs: log('the payload') }).catch((caught) => caught as SendError)
    const shown = inspect(error, { depth: 10 }) + JSON.stringify(error)
    for (const secret of ['the payload', 'the-key-secret', 'the-key-id']) expect(shown).not.toContain(secret)
    await set.producer.close()
    const closed = await set.producer.send({ logs: log('the payload') }).catch((caught) => caught as SendError)
    expect(inspect(closed, { depth: 10 })).not.toContain('the payload')
  })
})

describe('callbacks', () => {
  test('that never end do not hold up flush, close or the memory', async () => {
    const { producer } = startProducer()
    for (let n = 0; n < 10; n++) producer.send({ logs: log(n) }, () => new Promise<void>(() => {}))
    await producer.flush()
    expect(await producer.close()).toMatchObject({ abandoned: 0 })
    expect(producer.metrics().memory.usedBytes).toBe(0)
  })

  test('are not called twice when the deadline and the answer come together', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0 }, ['hang'])
    let calls = 0
    producer.send({ logs: log(1) }, () => calls++)
    await clock.advance(0)
    const closed = producer.close({ timeoutMs: 10 })
    clock.setTimer(() => sink.seen[0]?.answer.resolve({ requestId: 'just in time' }), 10)
    await clock.advance(10)
    const { delivered, abandoned } = await closed
    await settled()
    expect([calls, delivered + abandoned]).toEqual([1, 1])
  })
})

describe('metrics', () => {
  test('of two producers are apart, failed logs add no bytes, and reading changes nothing', async () => {
    const [good, bad] = [startProducer(), startProducer({}, [sinkError('final')])]
    good.producer.trySend({ logs: log(1) })
    bad.producer.trySend({ logs: log(2) })
    await Promise.all([good.producer.close(), bad.producer.close()])
    expect(good.producer.metrics()).toMatchObject({ logs: { delivered: 1, failed: 0 } })
    expect(good.producer.metrics().requests.rawBytes).toBeGreaterThan(0)
    expect(bad.producer.metrics()).toMatchObject({
      ...{ logs: { delivered: 0, failed: 1, failedByCode: { ERR_LOGHUB_SEND: 1 } } },
      requests: { rawBytes: 0, sentBytes: 0, made: 1, failed: 1 },
    })
    expect(bad.producer.metrics()).toEqual(bad.producer.metrics())
  })

  test('tell latencies of batches, from the first log on', async () => {
    const { producer, clock } = startProducer({ lingerMs: 500 })
    producer.trySend({ logs: log(1) })
    await clock.advance(500)
    const { queueMs, requestMs, totalMs } = producer.metrics().latency
    expect(queueMs).toMatchObject({ count: 1, p50: expect.closeTo(500, -1), max: expect.closeTo(500, -1) })
    expect([requestMs.count, totalMs.count]).toEqual([1, 1])
  })
})
