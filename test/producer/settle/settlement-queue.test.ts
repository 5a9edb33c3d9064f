import { describe, expect, test } from 'vitest'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe, startProducer } from '../../support/test-producer.ts'

describe('a verdict', () => {
  test('gives the memory back before the callbacks run: one may send again though all was in use', async () => {
    const { producer, clock } = startProducer({ totalSizeInBytes: 1000, lingerMs: 0, maxBlockMs: 0 })
    const used: number[] = []
    let again: unknown
    producer.send({ logs: logOfSize(900) }, () => {
      used.push(producer.metrics().memory.usedBytes)
      again = observe(producer.send({ logs: logOfSize(700) }))
    })
    await clock.advance(10)
    expect([used, again]).toMatchObject([[0], { state: 'resolved' }])
  })

  test('reaches every send of the batch once, in the order of append, with one result for all', async () => {
    const { producer, clock } = startProducer()
    const order: number[] = []
    const results = new Set<unknown>()
    for (let n = 0; n < 5000; n++) {
      producer.send({ logs: log(n) }, (error, result) => {
        expect(error).toBeNull()
        order.push(n)
        results.add(result)
      })
    }
    await clock.advance(2000)
    expect(order).toEqual(Array.from({ length: 5000 }, (_, n) => n))
    expect(results.size).toBe(2)
  })

  test('is in the counters before the callbacks run', async () => {
    const { producer, clock } = startProducer()
    const seen: unknown[] = []
    producer.send({ logs: [log(1), log(2)] }, () => {
      const { accepted, delivered, inMemory } = producer.metrics().logs
      seen.push([accepted, delivered, inMemory])
    })
    await clock.advance(2000)
    expect(seen).toEqual([[2, 2, 0]])
  })

  test('is an event, after the callbacks of the batch', async () => {
    const { producer, clock } = startProducer({ lingerMs: 0 }, [
      'ok',
      sinkError('final', { serverCode: 'ProjectForbidden' }),
    ])
    const order: unknown[] = []
    producer.on('success', ({ logCount, result }) => order.push(['success', logCount, result.requestId]))
    producer.on('failure', ({ logCount, error }) => order.push(['failure', logCount, error.serverCode]))
    producer.send({ logs: [log(1), log(2)] }, () => order.push('callback'))
    await clock.advance(10)
    producer.send({ logs: log(3) }, (error) => order.push(error?.code))
    await clock.advance(10)
    expect(order).toEqual([
      'callback',
      ['success', 2, 'request-1'],
      'ERR_LOGHUB_SEND',
      ['failure', 1, 'ProjectForbidden'],
    ])
  })
})

describe('foreign code', () => {
  const thrown: [string, () => unknown][] = [
    ['throws an Error', () => expectThrow(new Error('broken'))],
    ['throws a text', () => expectThrow('broken')],
    ['throws what cannot be shown', () => expectThrow(Object.create(null))],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['returns a thing whose then throws', () => ({ then: () => expectThrow(new Error('broken')) })],
  ]

  function expectThrow(value: unknown): never {
    throw value
  }

  test.each(thrown)('a callback that %s harms nobody, is counted and told', async (_, callback) => {
    const { producer, clock, warnings } = startProducer()
    const errors: string[] = []
    producer.on('callbackError', ({ error }) => errors.push(error.message))
    const before = observe(producer.send({ logs: log(1) }))
    producer.send({ logs: log(2) }, callback as () => void)
    const after = observe(producer.send({ logs: log(3) }))
    await clock.advance(2000)
    expect([before.state, after.state]).toEqual(['resolved', 'resolved'])
    expect([producer.metrics().callbackErrors, errors.length]).toEqual([1, 1])
    // Somebody listens, so the logger need not say it.
    expect(warnings).toEqual([])
  })

  test.each(thrown)('a listener that %s harms nobody, is counted and logged', async (_, listener) => {
    const { producer, clock, warnings } = startProducer()
    const heard: number[] = []
    producer.on('success', listener).on('success', ({ logCount }) => heard.push(logCount))
    producer.trySend({ logs: log(1) })
    await clock.advance(2000)
    expect([heard, producer.metrics().callbackErrors, warnings.length]).toEqual([[1], 1, 1])
  })

  test('a listener to callbackError that throws is counted, and not told of itself', async () => {
    const { producer, clock } = startProducer()
    producer.on('callbackError', () => expectThrow(new Error('again')))
    producer.send({ logs: log(1) }, () => expectThrow(new Error('first')))
    await clock.advance(2000)
    expect(producer.metrics().callbackErrors).toBe(2)
  })

  test('a logger that throws harms nobody, and close keeps its report', async () => {
    const broken = () => expectThrow(new Error('disk full'))
    const logger = { debug: broken, info: broken, warn: broken, error: broken }
    const { producer, clock } = startProducer({ logger })
    producer.send({ logs: log(1) }, () => expectThrow(new Error('first')))
    const after = observe(producer.send({ logs: log(2) }))
    void producer.send({ logs: [] })
    void producer.send({ logs: [] })
    await clock.advance(2000)
    expect([after.state, producer.metrics().callbackErrors]).toEqual(['resolved', 1])
    expect(await producer.close()).toEqual({ delivered: 0, failed: 0, abandoned: 0, spooled: 0 })
  })

  test('a callback of a refused send that throws harms nobody either', async () => {
    const { producer } = startProducer()
    producer.send({ logs: [] }, () => expectThrow(new Error('broken')))
    await settled()
    expect(producer.metrics().callbackErrors).toBe(1)
  })
})

describe('successes and failures', () => {
  test('are settled apart: very many callbacks of the one do not hold up the other', async () => {
    const { producer, clock } = startProducer({ batchCountThreshold: 40_960, batchSizeThresholdInBytes: 8_000_000 }, [
      'ok',
      sinkError('final'),
    ])
    const order: string[] = []
    let successes = 0
    for (let n = 0; n < 30_000; n++) producer.send({ topic: 'good', logs: log(n) }, () => successes++)
    producer.on('success', () => order.push('all successes'))
    producer.send({ topic: 'bad', logs: log('bad') }, () =>
      order.push(`failure after ${successes < 30_000 ? 'some' : 'all'}`),
    )
    await clock.advance(2000)
    expect(order).toEqual(['failure after some', 'all successes'])
  })

  test('many callbacks are spread over turns of the event loop, so that others run in between', async () => {
    const { producer, clock } = startProducer({ batchCountThreshold: 40_960 })
    let called = 0
    const seenBetween: number[] = []
    for (let n = 0; n < 20_000; n++) producer.send({ logs: log(n) }, () => called++)
    const watch = () => {
      if (called < 20_000) setImmediate(watch)
      if (called > 0) seenBetween.push(called)
    }
    setImmediate(watch)
    await clock.advance(2000)
    expect(called).toBe(20_000)
    expect(seenBetween.length).toBeGreaterThan(2)
  })
})

describe('a promise of a send', () => {
  test('that rejects and that nobody waits for raises nothing', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listen)
    const { producer, clock, sink } = startProducer({ lingerMs: 0 })
    sink.otherwise = sinkError('final')
    void producer.send({ logs: log(1) })
    void producer.send({ logs: [] })
    void producer.writer().send({ n: '2' })
    await clock.advance(10)
    await producer.close()
    void producer.send({ logs: log(3) })
    await settled()
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
    expect(producer.metrics().logs).toMatchObject({ failed: 2, refused: 2 })
  })

  test('can be waited for after it rejected', async () => {
    const { producer } = startProducer()
    const sent = producer.send({ logs: [] })
    await settled()
    await expect(sent).rejects.toMatchObject({ code: 'ERR_LOGHUB_INVALID_LOG' })
  })

  test('is not made for a send with a callback', () => {
    const { producer } = startProducer()
    expect(producer.send({ logs: log(1) }, () => {})).toBeUndefined()
  })
})
