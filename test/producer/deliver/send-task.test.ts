import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { settled } from '../../support/manual-clock.ts'
import { ScriptedSink, sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe, startProducer } from '../../support/test-producer.ts'

describe('a batch', () => {
  test('is sent with what the sink must know, and the receipt is in the result', async () => {
    const { producer, clock, sink } = startProducer()
    const sent = observe(producer.send({ logs: log(1), shardHash: '127.0.0.1' }))
    await clock.advance(2000)
    expect(sink.seen[0]?.request).toMatchObject({ project: 'proj', logstore: 'logs', timeoutMs: 15_000 })
    expect(sink.seen[0]?.request.shardHash).toBe(`f4${'0'.repeat(30)}`)
    expect(sent.result).toMatchObject({
      ...{ successful: true, project: 'proj', logstore: 'logs', requestId: 'request-1', attemptCount: 1 },
      ...{ batchLogCount: 1, sealReason: 'linger', queuedMs: 2000, sendingMs: 0 },
    })
    expect(sent.result?.attempts[0]).toMatchObject({
      successful: true,
      requestId: 'request-1',
      errorCode: '',
      errorMessage: '',
    })
  })

  test('goes out with the same bytes and the same pack id at every attempt', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0 }, [sinkError('back-off'), sinkError('credentials')])
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(10_000)
    expect([sent.state, sink.seen.length]).toEqual(['resolved', 3])
    expect(new Set(sink.seen.map(({ bytes }) => bytes.toString('hex'))).size).toBe(1)
    expect(sink.seen[0]?.bytes.toString('latin1')).toContain(sent.result?.packId)
  })

  test('whose attempt fails for good fails with what the service said', async () => {
    const refusal = sinkError('final', {
      status: 403,
      serverCode: 'ProjectForbidden',
      requestId: 'r-1',
      message: 'forbidden',
    })
    const { producer, clock } = startProducer({ lingerMs: 0 }, [refusal])
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(0)
    expect(sent.error).toMatchObject({
      ...{ name: 'SendError', code: 'ERR_LOGHUB_SEND', status: 403, serverCode: 'ProjectForbidden', requestId: 'r-1' },
      ...{ retriable: false, cause: refusal },
    })
    expect(sent.error).toMatchObject({ result: { successful: false, attemptCount: 1 } })
  })

  test.each(['too-large', 'content', 'final'] as const)(
    'refused as %s says that sending it again cannot help',
    async (failureClass) => {
      const { producer, clock } = startProducer({ lingerMs: 0 }, [sinkError(failureClass)])
      const sent = observe(producer.send({ logs: log(1) }))
      await clock.advance(0)
      expect(sent.error?.retriable).toBe(false)
    },
  )

  test('given up after its retries tells how often it was tried and what went wrong last', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, retries: 3 })
    sink.otherwise = sinkError('back-off', { status: 503, serverCode: 'ServerBusy', message: 'try later' })
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(60_000)
    expect(sent.error).toMatchObject({ code: 'ERR_LOGHUB_SEND', serverCode: 'ServerBusy', retriable: true })
    expect(sent.error?.message).toBe('try later (given up after 4 attempts)')
    expect(sent.error).toMatchObject({ result: { attemptCount: 4 } })
  })

  test('keeps the newest attempts, each with its own time', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, retries: 5, maxReservedAttempts: 2 })
    sink.otherwise = sinkError('back-off', { serverCode: 'ServerBusy', requestId: 'r' })
    const began = clock.now()
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(60_000)
    const { result } = sent.error as unknown as { result: { attempts: { startedAt: number }[]; attemptCount: number } }
    expect([result.attempts.length, result.attemptCount]).toEqual([2, 6])
    // Half of 100, 200, 400, 800 and 1600 ms of back-off.
    expect(result.attempts.map(({ startedAt }) => startedAt - began)).toEqual([750, 1550])
  })
})

describe('a sink with a defect', () => {
  test.each([
    [
      'throws at once',
      () => {
        throw new TypeError('undefined is not a function')
      },
    ],
    ['rejects with anything', () => Promise.reject('text')],
    ['answers nothing', () => undefined as never],
  ])('that %s fails the batch, without a retry, and the lane goes on', async (_, step) => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, lanes: 1 }, [step])
    const broken = observe(producer.send({ topic: 'a', logs: log(1) }))
    const fine = observe(producer.send({ topic: 'b', logs: log(2) }))
    await clock.advance(0)
    expect(broken.error?.message).toContain('the sink failed')
    expect([fine.state, sink.seen.length]).toEqual(['resolved', 2])
    expect(producer.metrics().memory.usedBytes).toBe(0)
  })

  test('may use the other copy of this package: its errors are understood', async () => {
    vi.resetModules()
    const copy = await import('../../../src/sls/sink.ts')
    const foreign = new copy.SinkError('ERR_LOGHUB_NETWORK', 'reset', { failureClass: 'back-off' })
    const { producer, clock, sink } = startProducer({ lingerMs: 0 }, [() => Promise.reject(foreign)])
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(1000)
    expect([sent.state, sink.seen.length]).toEqual(['resolved', 2])
  })
})

describe('lanes', () => {
  test('are the number of requests under way at once, and no lane is idle while work waits', async () => {
    const { producer, clock, sink } = startProducer({ lanes: 3, lingerMs: 0 })
    sink.otherwise = 'hang'
    for (let n = 0; n < 7; n++) producer.trySend({ topic: String(n), logs: log(n) })
    await clock.advance(0)
    expect([sink.inFlight, producer.metrics().batches]).toMatchObject([3, { inFlight: 3, queued: 4 }])
    sink.seen[1]?.answer.resolve({ requestId: 'one' })
    await settled()
    expect([sink.inFlight, sink.seen.length, sink.highWaterInFlight]).toEqual([3, 4, 3])
  })

  test('grow at once, and shrink as requests end', async () => {
    const { producer, clock, sink } = startProducer({ lanes: 1, lingerMs: 0 })
    sink.otherwise = 'hang'
    for (let n = 0; n < 10; n++) producer.trySend({ topic: String(n), logs: log(n) })
    await clock.advance(0)
    expect(sink.inFlight).toBe(1)
    producer.update({ lanes: 4 })
    await settled()
    expect(sink.inFlight).toBe(4)
    producer.update({ lanes: 2 })
    for (const { answer } of sink.seen.slice(0, 3)) answer.resolve({ requestId: 'done' })
    await settled()
    expect(sink.inFlight).toBe(2)
  })

  test('many requests at once raise no warning', async () => {
    const warned = vi.fn()
    process.on('warning', warned)
    const { producer, clock, sink } = startProducer({ lanes: 40, lingerMs: 0 })
    sink.otherwise = 'hang'
    for (let n = 0; n < 40; n++) producer.trySend({ topic: String(n), logs: log(n) })
    await clock.advance(0)
    expect(sink.inFlight).toBe(40)
    process.off('warning', warned)
    expect(warned).not.toHaveBeenCalled()
  })

  test('count what they did', async () => {
    const { producer, clock } = startProducer({ lanes: 1, lingerMs: 0 }, [sinkError('back-off')])
    producer.trySend({ logs: log(1) })
    await clock.advance(1000)
    const { lanes, requests } = producer.metrics()
    expect(lanes).toMatchObject([{ requests: 2, batchesIn: 2, batchesOut: 2, failedRequests: 1, busy: false }])
    expect(lanes[0]?.sentBytes).toBe(2 * requests.sentBytes)
    expect(requests).toMatchObject({ made: 2, failed: 1, retriesByReason: { 'back-off': 1 } })
  })
})

describe('memory', () => {
  test('saved by compression comes back before the answer does', async () => {
    const sink = new ScriptedSink([], 'hang')
    const { producer, clock } = startProducer({ sink, compression: 'deflate', lingerMs: 0 })
    producer.trySend({ logs: logOfSize(100_000) })
    expect(producer.metrics().memory.usedBytes).toBeGreaterThan(90_000)
    await clock.advance(0)
    await vi.waitFor(() => expect(sink.seen.length).toBe(1))
    expect(producer.metrics().memory.usedBytes).toBeLessThan(2000)
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect(producer.metrics().memory.usedBytes).toBe(0)
  })

  test('of a batch that close gave up while it was compressed is not given back twice, nor is it sent', async () => {
    const { producer, clock, sink } = startProducer({ compression: 'deflate', lingerMs: 0 })
    const sent = observe(producer.send({ logs: logOfSize(1_000_000) }))
    await clock.advance(0)
    const report = await producer.close({ timeoutMs: 0 })
    // The same work, begun later on the same threads, ends later.
    await promisify(deflate)(Buffer.alloc(4_000_000, 'x'))
    await settled()
    // Compression may have been faster than close; either way there is one verdict, and one request or none.
    expect(sink.seen.length).toBe(1 - report.abandoned)
    expect(sent.state).toBe(report.abandoned === 0 ? 'resolved' : 'rejected')
    expect(producer.metrics().memory.usedBytes).toBe(0)
  })
})

test('a batch that is dropped while it is compressed takes no share of the rate, and leaves no timer', async () => {
  const { producer, clock } = startProducer({
    ...{ totalSizeInBytes: 10_000, batchCountThreshold: 1, lingerMs: 0 },
    ...{ overflow: 'drop-oldest', rateLimit: { bytesPerSecond: 1_000 } },
  })
  const sent = Array.from({ length: 6 }, (_, n) => observe(producer.send({ logs: logOfSize(4_000, n) })))
  await clock.advance(9_000)
  expect(sent.map(({ state }) => state)).toEqual([...Array(4).fill('rejected'), 'resolved', 'resolved'])
  expect(clock.timerCount).toBe(0)
})
