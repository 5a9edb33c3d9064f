import { describe, expect, test } from 'vitest'
import { settled } from '../support/manual-clock.ts'
import { sinkError } from '../support/scripted-sink.ts'
import { log, logOfSize, observe, sentLogs, startProducer } from '../support/test-producer.ts'

describe('flush', () => {
  test('sends what is open at once and waits for its verdict and its callbacks', async () => {
    const { producer, sink } = startProducer({}, ['hang'])
    let calls = 0
    producer.send({ logs: log(1) }, () => calls++)
    const flushed = observe(producer.flush())
    await settled()
    expect([sentLogs(sink.seen), flushed.state]).toEqual([[['1']], 'pending'])
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect([flushed.state, calls, producer.metrics().batches.sealedByReason]).toEqual(['resolved', 1, { flush: 1 }])
  })

  test('of nothing is done at once and sends nothing', async () => {
    const { producer, sink, clock } = startProducer()
    await producer.flush()
    expect([sink.seen.length, clock.timerCount]).toEqual([0, 0])
  })

  test('ends though others keep sending', async () => {
    const { producer, clock, sink } = startProducer({ lanes: 4 }, ['hang', 'hang'])
    producer.trySend({ logs: log('before') })
    const flushed = observe(producer.flush())
    await settled()
    for (let n = 0; n < 50; n++) {
      producer.trySend({ logs: log(`after ${n}`) })
      await clock.advance(100)
    }
    expect(flushed.state).toBe('pending')
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect([flushed.state, producer.metrics().logs.inMemory > 0]).toEqual(['resolved', true])
  })

  test('resolves where a delivery failed: the verdict is with the send', async () => {
    const { producer } = startProducer({}, [sinkError('final')])
    const sent = observe(producer.send({ logs: log(1) }))
    await producer.flush()
    expect(sent.state).toBe('rejected')
  })

  test('waits for retries', async () => {
    const { producer, clock } = startProducer({}, [sinkError('back-off'), sinkError('back-off')])
    producer.trySend({ logs: log(1) })
    const flushed = observe(producer.flush())
    await settled()
    expect(flushed.state).toBe('pending')
    await clock.advance(1000)
    expect([flushed.state, producer.metrics().logs.delivered]).toEqual(['resolved', 1])
  })

  test('waits for sends that wait for memory as well', async () => {
    const { producer, clock, sink } = startProducer({ totalSizeInBytes: 10_000, maxBlockMs: -1, lingerMs: 60_000 }, [
      'hang',
    ])
    producer.trySend({ logs: logOfSize(9000, 'first') })
    const blocked = observe(producer.send({ logs: logOfSize(1500, 'blocked') }))
    const flushed = observe(producer.flush())
    await clock.advance(10)
    expect([flushed.state, blocked.state]).toEqual(['pending', 'pending'])
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect([flushed.state, blocked.state, sentLogs(sink.seen)]).toEqual([
      'resolved',
      'resolved',
      [['first'], ['blocked']],
    ])
  })

  test('gives up waiting when its time is over, says what is left, and cancels nothing', async () => {
    const { producer, clock, sink } = startProducer({}, ['hang'])
    const sent = observe(producer.send({ logs: [log(1), log(2)] }))
    const flushed = observe(producer.flush({ timeoutMs: 100 }))
    await clock.advance(100)
    expect(flushed).toMatchObject({ state: 'rejected', error: { code: 'ERR_LOGHUB_TIMEOUT', retriable: true } })
    expect(flushed.error?.message).toContain('2 logs have no verdict after 100 ms')
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect(sent.state).toBe('resolved')
    expect(clock.timerCount).toBe(0)
  })

  test('is ended by its signal, whose reason is the cause of the error', async () => {
    const { producer } = startProducer({}, ['hang'])
    producer.trySend({ logs: log(1) })
    const controller = new AbortController()
    const flushed = producer.flush({ signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(flushed).rejects.toMatchObject({ code: 'ERR_LOGHUB_ABORTED', cause: { message: 'enough' } })
  })

  test.each([-1, Number.NaN, 'soon'])('with a timeout of %o is refused', async (timeoutMs) => {
    const { producer } = startProducer()
    await expect(producer.flush({ timeoutMs: timeoutMs as number })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_OPTION',
    })
  })

  test('from a callback does not wait for itself', async () => {
    const { producer, clock } = startProducer({ lingerMs: 0 })
    let isFlushed = false
    producer.send({ logs: log(1) }, async () => {
      producer.trySend({ logs: log(2) })
      await producer.flush()
      isFlushed = true
    })
    await clock.advance(10)
    expect([isFlushed, producer.metrics().logs.delivered]).toEqual([true, 2])
  })

  test('during and after close waits for the same verdicts', async () => {
    const { producer, sink } = startProducer({}, ['hang'])
    producer.trySend({ logs: log(1) })
    const closed = observe(producer.close())
    const flushed = observe(producer.flush())
    await settled()
    expect(flushed.state).toBe('pending')
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect([flushed.state, closed.state]).toEqual(['resolved', 'resolved'])
    await producer.flush()
  })

  test('by many at once ends for each', async () => {
    const { producer } = startProducer()
    for (let n = 0; n < 10; n++) producer.trySend({ logs: log(n) })
    await Promise.all(Array.from({ length: 100 }, () => producer.flush()))
    expect(producer.metrics().batches.delivered).toBe(1)
  })
})
