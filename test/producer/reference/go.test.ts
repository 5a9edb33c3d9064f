import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { startEmulator } from '../../../src/emulator/index.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { settled } from '../../support/manual-clock.ts'
import { ScriptedSink, sinkError } from '../../support/scripted-sink.ts'
import { log, observe, startProducer } from '../../support/test-producer.ts'

// What the suite of the Go producer promises, and its reported defects, where no test of a part covers them already.

describe('wrong options', () => {
  test.each([-1, 0, 8 * 1024 * 1024 + 1])(
    'a batch size of %d is refused, not silently made another',
    (batchSizeThresholdInBytes) => {
      const config = { sink: new ScriptedSink(), batchSizeThresholdInBytes }
      expect(() => new Producer(config)).toThrow(/^batchSizeThresholdInBytes: must be/)
    },
  )
})

describe('delivery', () => {
  test('signed with v4 of 100 sends is complete; closing twice is fine', async () => {
    await using emulator = await startEmulator({
      autoCreate: true,
      credentials: { accessKeyId: 'id', accessKeySecret: 'key' },
    })
    const producer = new Producer({
      ...{
        endpoint: emulator.url,
        logger: silentLogger,
        project: 'proj',
        logstore: 'logs',
        signatureVersion: 'v4',
        region: 'cn-hangzhou',
      },
      credentials: { accessKeyId: 'id', accessKeySecret: 'key' },
    })
    for (let n = 0; n < 100; n++) void producer.send({ logs: log(n) })
    expect(await producer.close({ timeoutMs: 60_000 })).toEqual({ delivered: 100, failed: 0, abandoned: 0, spooled: 0 })
    await producer.close()
    expect(emulator.stats()).toMatchObject({ logs: 100, refusals: {} })
  })

  test('to an invalid target fails every send with a code, a message and its attempts', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, retries: 2 })
    sink.otherwise = sinkError('back-off', { serverCode: 'ProjectNotExist', message: 'The Project does not exist' })
    const sends = Array.from({ length: 50 }, (_, n) => observe(producer.send({ topic: `${n % 5}`, logs: log(n) })))
    await clock.advance(60_000)
    for (const { error } of sends) {
      expect(error).toMatchObject({ code: 'ERR_LOGHUB_SEND', serverCode: 'ProjectNotExist' })
      expect(error?.message).toContain('The Project does not exist')
      expect(error).toMatchObject({ result: { attemptCount: 3, attempts: [{}, {}, {}] } })
    }
  })

  test('makes one request for one attempt: nothing is tried again inside it', async () => {
    await using emulator = await startEmulator({ autoCreate: true })
    emulator.script({ times: 2, then: { status: 500, errorCode: 'InternalServerError' } })
    const producer = new Producer({
      ...{
        endpoint: emulator.url,
        logger: silentLogger,
        project: 'proj',
        logstore: 'logs',
        lingerMs: 0,
        baseRetryBackoffMs: 1,
      },
      credentials: { accessKeyId: 'id', accessKeySecret: 'key' },
    })
    const { attemptCount } = await producer.send({ logs: log(1) })
    expect([attemptCount, emulator.stats().requests]).toEqual([3, 3])
    await producer.close()
  })
})

describe('reported defects that are not repeated', () => {
  test('a retry is made when it is due, however long the linger of others', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 60_000, batchCountThreshold: 1 }, [
      sinkError('back-off'),
    ])
    producer.trySend({ logs: log(1) })
    producer.update({ batchCountThreshold: 100 })
    producer.trySend({ topic: 'lingers', logs: log(2) })
    await clock.advance(49)
    expect(sink.seen.length).toBe(1)
    await clock.advance(1)
    expect(sink.seen.length).toBe(2)
  })

  test('close returns only when the last request has its answer', async () => {
    const { producer, sink } = startProducer({ lanes: 50 })
    sink.otherwise = 'hang'
    for (let n = 0; n < 50; n++) producer.trySend({ topic: String(n), logs: log(n) })
    const closed = observe(producer.close())
    await settled()
    for (const { answer } of sink.seen.slice(1)) answer.resolve({ requestId: 'done' })
    await settled()
    expect([closed.state, sink.inFlight]).toEqual(['pending', 1])
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect([closed.state, closed.result]).toEqual(['resolved', { delivered: 50, failed: 0, abandoned: 0, spooled: 0 }])
  })

  test('a thousand sends at once cannot pass the memory limit together', () => {
    const { producer } = startProducer({ totalSizeInBytes: 10_000, maxBlockMs: 0 })
    for (let n = 0; n < 1000; n++) producer.trySend({ logs: log(n, { padding: 'x'.repeat(100) }) })
    const { usedBytes, highWaterBytes } = producer.metrics().memory
    expect([usedBytes <= 10_000, highWaterBytes <= 10_000, usedBytes > 9000]).toEqual([true, true, true])
  })

  test('failed batches give their memory back', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0 })
    sink.otherwise = sinkError('final')
    for (let n = 0; n < 100; n++) producer.trySend({ topic: String(n), logs: log(n) })
    await clock.advance(10)
    expect(producer.metrics()).toMatchObject({ memory: { usedBytes: 0 }, logs: { failed: 100, inMemory: 0 } })
  })

  test('an attempt is on record also when the producer is closing', async () => {
    const { producer } = startProducer({}, [sinkError('final', { serverCode: 'ProjectForbidden' })])
    const sent = observe(producer.send({ logs: log(1) }))
    await producer.close()
    expect(sent.error).toMatchObject({ result: { attempts: [{ errorCode: 'ProjectForbidden', successful: false }] } })
  })

  test('a missing logstore is tried again until it is there', async () => {
    await using emulator = await startEmulator()
    emulator.createProject('proj')
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
      ...{ retries: 1000, credentials: { accessKeyId: 'id', accessKeySecret: 'key' } },
    })
    producer.once('retry', () => emulator.createLogstore({ project: 'proj', logstore: 'logs' }))
    const { attempts } = await producer.send({ logs: log(1) })
    expect(attempts[0]).toMatchObject({ errorCode: 'LogStoreNotExist' })
    await producer.close()
  })

  test('every batch carries the tags of the producer beside its pack id', async () => {
    const { producer, sink } = startProducer({ tags: { host: 'web-1', zone: 'a' } })
    producer.trySend({ logs: log(1) })
    producer.trySend({ topic: 't', logs: log(2) })
    await producer.close()
    for (const { bytes } of sink.seen) {
      const { tags } = decodeLogGroup(bytes)
      expect(tags.slice(0, 2)).toEqual([
        ['host', 'web-1'],
        ['zone', 'a'],
      ])
      expect(tags.map(([key]) => key)).toEqual(['host', 'zone', '__pack_id__'])
    }
  })
})
