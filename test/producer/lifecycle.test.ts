import { describe, expect, test } from 'vitest'
import type { CloseReport } from '../../src/producer/lifecycle.ts'
import { settled } from '../support/manual-clock.ts'
import { sinkError } from '../support/scripted-sink.ts'
import { log, logOfSize, observe, sentLogs, startProducer } from '../support/test-producer.ts'

describe('close', () => {
  test('sends what is open at once, waits for its verdict, and tells what became of it', async () => {
    const { producer, clock, sink } = startProducer({}, ['hang'])
    const sends = [1, 2, 3].map((n) => observe(producer.send({ logs: log(n) })))
    const closed = observe(producer.close())
    await settled()
    expect([sentLogs(sink.seen), closed.state, sink.isClosed]).toEqual([[['1', '2', '3']], 'pending', false])
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect(closed).toMatchObject({ state: 'resolved', result: { delivered: 3, failed: 0, abandoned: 0, spooled: 0 } })
    expect(sends.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved'])
    expect([sink.isClosed, clock.timerCount]).toEqual([true, 0])
    expect(producer.metrics()).toMatchObject({
      ...{ logs: { accepted: 3, delivered: 3, inMemory: 0 }, memory: { usedBytes: 0 } },
      ...{ batches: { open: 0, queued: 0, inFlight: 0, retrying: 0, sealedByReason: { close: 1 } } },
    })
  })

  test('of an idle producer is done at once, with no timer', async () => {
    const { producer, clock } = startProducer()
    expect(await producer.close()).toEqual({ delivered: 0, failed: 0, abandoned: 0, spooled: 0 })
    expect(clock.timerCount).toBe(0)
  })

  test('gives every caller the same promise, 100 of them at once and again afterwards', async () => {
    const { producer } = startProducer()
    producer.trySend({ logs: log(1) })
    const calls = Array.from({ length: 100 }, (_, n) => producer.close({ timeoutMs: n * 1000 + 1 }))
    expect(new Set(calls).size).toBe(1)
    await calls[0]
    expect(producer.close()).toBe(calls[0])
  })

  test('from a callback does not wait for itself, also where the callback waits for it', async () => {
    const { producer, clock } = startProducer({ lingerMs: 0 })
    const reports: CloseReport[] = []
    producer.send({ logs: log(1) }, async () => {
      reports.push(await producer.close())
    })
    producer.send({ logs: log(2) }, () => void producer.close())
    await clock.advance(10)
    expect(reports).toEqual([{ delivered: 0, failed: 0, abandoned: 0, spooled: 0 }])
    expect(producer.metrics().logs.delivered).toBe(2)
  })

  test('from a listener does not wait for itself', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0 })
    producer.on('success', () => producer.close())
    producer.trySend({ logs: log(1) })
    await clock.advance(10)
    expect(sink.isClosed).toBe(true)
  })

  test.each([-1, Number.NaN, 'soon', null])('with a timeout of %o is refused and closes nothing', async (timeoutMs) => {
    const { producer, clock } = startProducer({ lingerMs: 0 })
    await expect(producer.close({ timeoutMs: timeoutMs as number })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_OPTION',
    })
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(0)
    expect(sent.state).toBe('resolved')
  })

  test('by await using', async () => {
    const { producer, sink } = startProducer()
    {
      await using scoped = producer
      scoped.trySend({ logs: log(1) })
    }
    expect([sink.isClosed, sentLogs(sink.seen)]).toEqual([true, [['1']]])
  })

  test('keeps its report when the sink does not close well', async () => {
    const { producer, sink, warnings } = startProducer()
    sink.close = () => Promise.reject(new Error('socket stuck'))
    producer.trySend({ logs: log(1) })
    expect(await producer.close()).toEqual({ delivered: 1, failed: 0, abandoned: 0, spooled: 0 })
    expect(warnings).toEqual(['loghub-producer: the sink could not be closed: socket stuck'])
  })

  test('does not wait past its deadline for the sink to close', async () => {
    const { producer, clock, sink } = startProducer()
    sink.close = () => new Promise<void>(() => {})
    const closed = observe(producer.close({ timeoutMs: 100 }))
    await clock.advance(99)
    expect(closed.state).toBe('pending')
    await clock.advance(1)
    expect(closed.state).toBe('resolved')
  })
})

describe('while closing', () => {
  test('every way of sending is refused as closed', async () => {
    const { producer, sink } = startProducer({}, ['hang'])
    producer.trySend({ logs: log(1) })
    const writer = producer.writer()
    const closed = observe(producer.close())
    const codes: unknown[] = []
    producer.send({ logs: log(2) }, (error) => codes.push(error?.code))
    expect(producer.trySend({ logs: log(3) }, (error) => codes.push(error?.code))).toBe(true)
    expect(writer.trySend({ n: '4' }, (error) => codes.push(error?.code))).toBe(true)
    const refused = [producer.send({ logs: log(5) }), writer.send({ n: '6' }), producer.ready()]
    for (const promise of refused) await expect(promise).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
    expect(codes).toEqual(['ERR_LOGHUB_CLOSED', 'ERR_LOGHUB_CLOSED', 'ERR_LOGHUB_CLOSED'])
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect(closed.result).toEqual({ delivered: 1, failed: 0, abandoned: 0, spooled: 0 })
    expect(producer.metrics().logs).toMatchObject({ accepted: 1, refused: 5, refusedByCode: { ERR_LOGHUB_CLOSED: 5 } })
  })

  test('a send whose own getter closes the producer is refused: nothing gets in behind the closing door', async () => {
    const { producer, sink } = startProducer()
    let closed: Promise<CloseReport> | undefined
    const contents = {
      get field() {
        closed = producer.close()
        return 'x'
      },
    }
    const sent = observe(producer.send({ logs: { contents } }))
    expect(await closed).toEqual({ delivered: 0, failed: 0, abandoned: 0, spooled: 0 })
    expect([sent.error?.code, sink.seen.length]).toEqual(['ERR_LOGHUB_CLOSED', 0])
  })

  test('all sends that wait for memory are refused, also those that would fit now', async () => {
    const { producer, clock, sink } = startProducer({ totalSizeInBytes: 10_000, maxBlockMs: -1, lingerMs: 0 }, ['hang'])
    producer.trySend({ logs: logOfSize(9000, 'first') })
    await clock.advance(0)
    const blocked = [
      observe(producer.send({ logs: logOfSize(1500, 'large') })),
      observe(producer.send({ logs: log('small') })),
    ]
    const closed = observe(producer.close())
    await settled()
    expect(blocked.map(({ error }) => error?.code)).toEqual(['ERR_LOGHUB_CLOSED', 'ERR_LOGHUB_CLOSED'])
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect([closed.state, sentLogs(sink.seen)]).toEqual(['resolved', [['first']]])
    expect(producer.metrics().memory).toMatchObject({ usedBytes: 0, blockedSends: 0, blockedBytes: 0 })
  })

  test('retries that wait are made at once, and later ones without a long back-off', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, baseRetryBackoffMs: 1000 })
    sink.otherwise = sinkError('back-off')
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(3000)
    const before = sink.seen.length
    sink.steps.push(sinkError('back-off'), 'ok')
    const closed = observe(producer.close())
    await settled()
    expect(sink.seen.length).toBe(before + 1)
    await clock.advance(1000)
    expect([sent.state, closed.result]).toEqual(['resolved', { delivered: 1, failed: 0, abandoned: 0, spooled: 0 }])
  })

  test('retries go on until the deadline of close, whatever `retries` says', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, retries: 2 })
    sink.otherwise = sinkError('back-off', { retryAfterMs: 60_000 })
    const sent = observe(producer.send({ logs: log(1) }))
    const closed = observe(producer.close({ timeoutMs: 10_000 }))
    await clock.advance(5000)
    expect(sink.seen.length).toBeGreaterThan(5)
    sink.otherwise = 'ok'
    await clock.advance(1000)
    expect([sent.state, closed.result]).toEqual(['resolved', { delivered: 1, failed: 0, abandoned: 0, spooled: 0 }])
  })

  test('what fails for a reason of its own is reported as failed', async () => {
    const { producer } = startProducer({}, [sinkError('final')])
    producer.trySend({ logs: [log(1), log(2)] })
    expect(await producer.close()).toEqual({ delivered: 0, failed: 2, abandoned: 0, spooled: 0 })
  })
})

describe('at the deadline of close', () => {
  test('what has no verdict fails as closed, never later than that, and the request under way is aborted', async () => {
    const { producer, clock, sink } = startProducer({ lanes: 1, lingerMs: 0 }, ['ok', 'hang'])
    for (const topic of ['delivered', 'in flight', 'queued']) producer.trySend({ topic, logs: log(topic) })
    await clock.advance(0)
    const sends = ['late', 'later'].map((topic) => observe(producer.send({ topic, logs: log(topic) })))
    const closed = observe(producer.close({ timeoutMs: 500 }))
    await clock.advance(499)
    expect(closed.state).toBe('pending')
    await clock.advance(1)
    expect(closed).toMatchObject({ state: 'resolved', result: { delivered: 0, failed: 0, abandoned: 4, spooled: 0 } })
    for (const { error } of sends)
      expect(error).toMatchObject({ code: 'ERR_LOGHUB_CLOSED', result: { attemptCount: 0 } })
    expect([sink.inFlight, sink.seen.length, sink.isClosed, clock.timerCount]).toEqual([0, 2, true, 0])
    expect(producer.metrics()).toMatchObject({
      logs: { accepted: 5, delivered: 1, failed: 4, inMemory: 0 },
      memory: { usedBytes: 0 },
    })
  })

  test('an answer that comes too late is ignored: the verdict stands, memory is not given back twice', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0 })
    let answer = (_: { requestId: string }) => {}
    sink.otherwise = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    let calls = 0
    const sent = observe(producer.send({ logs: log(1) }))
    producer.send({ logs: log(2) }, () => calls++)
    await clock.advance(0)
    const report = producer.close({ timeoutMs: 10 })
    await clock.advance(10)
    expect(await report).toEqual({ delivered: 0, failed: 0, abandoned: 2, spooled: 0 })
    const before = producer.metrics()
    answer({ requestId: 'too late' })
    await settled()
    expect([sent.error?.code, calls]).toEqual(['ERR_LOGHUB_CLOSED', 1])
    expect(sent.error).toMatchObject({ result: { attempts: [], attemptCount: 0, requestId: '' } })
    expect(producer.metrics().logs).toEqual(before.logs)
    expect(producer.metrics().memory).toEqual(before.memory)
  })

  test('a late failure is not tried again', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0 })
    let fail = (_: Error) => {}
    sink.otherwise = () =>
      new Promise((_, reject) => {
        fail = reject
      })
    producer.trySend({ logs: log(1) })
    await clock.advance(0)
    const report = producer.close({ timeoutMs: 10 })
    await clock.advance(10)
    await report
    fail(sinkError('back-off'))
    await clock.advance(100_000)
    expect([sink.seen.length, clock.timerCount]).toEqual([1, 0])
  })

  test('a timeout of 0 gives up at once what has no verdict, and settles all of it', async () => {
    const { producer, sink } = startProducer()
    sink.otherwise = 'hang'
    const sends = Array.from({ length: 100 }, (_, n) => observe(producer.send({ topic: `${n % 7}`, logs: log(n) })))
    expect(await producer.close({ timeoutMs: 0 })).toEqual({ delivered: 0, failed: 0, abandoned: 100, spooled: 0 })
    for (const { error } of sends) expect(error?.code).toBe('ERR_LOGHUB_CLOSED')
    expect(producer.metrics().memory.usedBytes).toBe(0)
  })

  test('the callbacks of what was given up have all run when close resolves', async () => {
    const { producer, sink } = startProducer({ batchCountThreshold: 40_960 })
    sink.otherwise = 'hang'
    let calls = 0
    for (let n = 0; n < 20_000; n++) producer.send({ logs: log(n) }, () => calls++)
    await producer.close({ timeoutMs: 0 })
    expect(calls).toBe(20_000)
  })

  test('of 30 days a system timer is not asked for more than it can hold', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0, deliveryTimeoutMs: 1e12 })
    sink.otherwise = 'hang'
    producer.trySend({ logs: log(1) })
    const closed = observe(producer.close({ timeoutMs: 30 * 24 * 3600 * 1000 }))
    expect(clock.nextDueMs).toBeLessThan(2 ** 31)
    await clock.advance(30 * 24 * 3600 * 1000)
    expect(closed.state).toBe('resolved')
  })
})
