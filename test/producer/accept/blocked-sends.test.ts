import { describe, expect, test, vi } from 'vitest'
import { settled } from '../../support/manual-clock.ts'
import { log, logOfSize, observe, sentLogs, startProducer } from '../../support/test-producer.ts'

/** A producer whose memory is all in one request that hangs. */
async function fullProducer(config: Parameters<typeof startProducer>[0] = {}) {
  const set = startProducer({ totalSizeInBytes: 10_000, lingerMs: 0, ...config }, ['hang'])
  const first = observe(set.producer.send({ logs: logOfSize(9000, 'first') }))
  await set.clock.advance(0)
  const free = async () => {
    set.sink.seen[0]?.answer.resolve({ requestId: 'at last' })
    await settled()
  }
  return { ...set, first, free }
}

describe('a send that finds no room', () => {
  test('waits and is accepted when there is room again', async () => {
    const { producer, clock, sink, free } = await fullProducer()
    const blocked = observe(producer.send({ logs: logOfSize(2000, 'blocked') }))
    await clock.advance(1000)
    expect(blocked.state).toBe('pending')
    expect(producer.metrics().memory).toMatchObject({ blockedSends: 1 })
    await free()
    await clock.advance(0)
    expect(blocked.state).toBe('resolved')
    expect(sentLogs(sink.seen)).toEqual([['first'], ['blocked']])
    expect(producer.metrics().memory).toMatchObject({ blockedSends: 0, blockedBytes: 0, usedBytes: 0 })
  })

  test('was encoded at once: changing the log afterwards changes nothing', async () => {
    const { producer, clock, sink, free } = await fullProducer()
    const contents = { n: 'as sent', padding: 'x'.repeat(2000) }
    void producer.send({ logs: { contents } })
    contents.n = 'changed'
    await free()
    await clock.advance(0)
    expect(sentLogs(sink.seen)[1]).toEqual(['as sent'])
  })

  test('with what is no signal is refused, and leaves nothing behind that a flush would wait for', async () => {
    const { producer, clock, free } = await fullProducer()
    for (const signal of [{}, { aborted: false }, { aborted: false, addEventListener() {} }, 5, null]) {
      const refused = observe(producer.send({ logs: logOfSize(2000), signal: signal as unknown as AbortSignal }))
      await settled()
      expect(refused.error).toMatchObject({ code: 'ERR_LOGHUB_OPTION' })
    }
    const addEventListener = () => {
      throw new Error('hostile')
    }
    const hostile = { aborted: false, addEventListener, removeEventListener() {} } as unknown as AbortSignal
    const refused = observe(producer.send({ logs: logOfSize(2000), signal: hostile }))
    await settled()
    expect(refused.state).toBe('rejected')
    expect(producer.metrics().memory).toMatchObject({ blockedSends: 0, blockedBytes: 0 })
    const flushed = observe(producer.flush())
    await free()
    await clock.advance(0)
    expect(flushed.state).toBe('resolved')
  })

  test('waits under a signal of another make than Node’s', async () => {
    const { producer } = await fullProducer()
    let abort = () => {}
    const addEventListener = (_event: string, listener: () => void) => {
      abort = listener
    }
    const foreign = { aborted: false, addEventListener, removeEventListener() {} } as unknown as AbortSignal
    const blocked = observe(producer.send({ logs: logOfSize(2000), signal: foreign }))
    await settled()
    expect(blocked.state).toBe('pending')
    abort()
    await settled()
    expect(blocked.error).toMatchObject({ code: 'ERR_LOGHUB_ABORTED' })
  })

  test('does not let smaller ones overtake it', async () => {
    const { producer, clock, sink, free } = await fullProducer()
    void producer.send({ logs: logOfSize(1500, 'large') })
    void producer.send({ logs: log('small') })
    expect(producer.trySend({ logs: log('tried') })).toBe(false)
    await free()
    await clock.advance(0)
    expect(sentLogs(sink.seen)).toEqual([['first'], ['large', 'small']])
  })

  test('is not overtaken by a later one of its group for which the open batch has room', async () => {
    const { producer, clock, sink } = startProducer({ totalSizeInBytes: 100_000, lingerMs: 1000 })
    for (const [bytes, n] of [[1500, 1] as const, [300, 2] as const]) void producer.send({ logs: logOfSize(bytes, n) })
    const { usedBytes } = producer.metrics().memory
    expect(producer.trySend({ logs: log(3) })).toBe(true)
    expect(producer.metrics().memory).toMatchObject({ usedBytes })
    void producer.send({ logs: logOfSize(98_000, 'waits') })
    expect(producer.trySend({ logs: log('tried') })).toBe(false)
    for (let second = 0; second < 2; second++) await clock.advance(1000)
    expect(sentLogs(sink.seen)).toEqual([['1', '2', '3'], ['waits']])
  })

  test('is refused when maxBlockMs has passed, with advice, and nothing is lost of the others', async () => {
    const { producer, clock, free, first } = await fullProducer({ maxBlockMs: 500 })
    const blocked = observe(producer.send({ logs: logOfSize(1500) }))
    const patient = observe(producer.send({ logs: log('patient'), maxBlockMs: 5000 }))
    await clock.advance(499)
    expect(blocked.state).toBe('pending')
    await clock.advance(1)
    expect(blocked).toMatchObject({ state: 'rejected', error: { code: 'ERR_LOGHUB_BUFFER_FULL', retriable: true } })
    expect(blocked.error?.message).toMatch(/maxBlockMs.*10000 bytes.*totalSizeInBytes/)
    await free()
    await clock.advance(0)
    expect([patient.state, first.state]).toEqual(['resolved', 'resolved'])
  })

  test('may be the one that held up the others: when it gives up they move on', async () => {
    const { producer, clock } = await fullProducer()
    const large = observe(producer.send({ logs: logOfSize(1500), maxBlockMs: 100 }))
    const small = producer.send({ logs: log('small'), maxBlockMs: -1 })
    await clock.advance(100)
    await small
    expect(large.error?.code).toBe('ERR_LOGHUB_BUFFER_FULL')
  })

  test('with maxBlockMs 0 is refused at once', async () => {
    const { producer } = await fullProducer({ maxBlockMs: 0 })
    await expect(producer.send({ logs: logOfSize(2000) })).rejects.toMatchObject({ code: 'ERR_LOGHUB_BUFFER_FULL' })
    expect(producer.metrics().memory.blockedSends).toBe(0)
  })

  test('with maxBlockMs -1 waits for as long as it takes, and holds no timer for it', async () => {
    const { producer, clock, free } = await fullProducer({ maxBlockMs: -1, deliveryTimeoutMs: 1e9 })
    const timers = clock.timerCount
    const blocked = observe(producer.send({ logs: logOfSize(2000) }))
    expect(clock.timerCount).toBe(timers)
    await clock.advance(100_000_000)
    expect(blocked.state).toBe('pending')
    await free()
    await clock.advance(0)
    expect(blocked.state).toBe('resolved')
  })

  test("is refused at once where overflow is 'reject', of the producer or of the send", async () => {
    const { producer } = await fullProducer({ overflow: 'reject' })
    const refused = producer.send({ logs: logOfSize(2000) })
    await expect(refused).rejects.toMatchObject({ code: 'ERR_LOGHUB_BUFFER_FULL' })
    expect(observe(producer.send({ logs: logOfSize(2000), overflow: 'block' })).state).toBe('pending')
    expect(producer.metrics().memory.blockedSends).toBe(1)
  })

  test('is given up by its signal, before it waits as well', async () => {
    const { producer, clock, sink, free } = await fullProducer()
    const controller = new AbortController()
    const blocked = observe(producer.send({ logs: logOfSize(1100), signal: controller.signal }))
    const behind = observe(producer.send({ logs: logOfSize(800, 'behind') }))
    controller.abort(new Error('changed my mind'))
    await settled()
    expect(blocked).toMatchObject({ state: 'rejected', error: { code: 'ERR_LOGHUB_ABORTED' } })
    expect(blocked.error?.cause).toMatchObject({ message: 'changed my mind' })
    const late = observe(producer.send({ logs: logOfSize(2000), signal: controller.signal }))
    await settled()
    expect(late.error?.code).toBe('ERR_LOGHUB_ABORTED')
    await free()
    await clock.advance(0)
    expect(behind.state).toBe('resolved')
    expect(sentLogs(sink.seen)).toEqual([['first'], ['behind']])
  })

  test('a signal that comes after the logs were accepted cancels nothing', async () => {
    const { producer, clock, free } = await fullProducer()
    const controller = new AbortController()
    const blocked = observe(producer.send({ logs: logOfSize(2000), signal: controller.signal }))
    await free()
    controller.abort()
    await clock.advance(0)
    expect(blocked.state).toBe('resolved')
  })

  test('one signal may serve very many sends without a warning', async () => {
    const { producer } = await fullProducer()
    const warned = vi.fn()
    process.on('warning', warned)
    const { signal } = new AbortController()
    void producer.send({ logs: logOfSize(1000), signal })
    for (let n = 0; n < 12; n++) producer.send({ logs: log(n), signal }, () => {})
    expect(producer.metrics().memory.blockedSends).toBeGreaterThan(10)
    await settled()
    process.off('warning', warned)
    expect(warned).not.toHaveBeenCalled()
  })
})

describe('how many may wait', () => {
  test('is bounded by maxBlockedSends', async () => {
    const { producer } = await fullProducer({ maxBlockedSends: 3 })
    const sizes = [1000, 100, 100, 100, 100]
    const sends = sizes.map((size) => observe(producer.send({ logs: logOfSize(size) })))
    await settled()
    expect(sends.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending', 'rejected', 'rejected'])
    expect(sends[4]?.error?.message).toContain('as many sends wait')
  })

  test('is bounded by a quarter of the budget in bytes', async () => {
    const { producer } = await fullProducer()
    const sends = Array.from({ length: 4 }, () => observe(producer.send({ logs: logOfSize(1000) })))
    await settled()
    expect(sends.map(({ state }) => state)).toEqual(['pending', 'rejected', 'rejected', 'rejected'].with(1, 'pending'))
    const { blockedBytes, totalBytes } = producer.metrics().memory
    expect(blockedBytes).toBeLessThanOrEqual(totalBytes / 4)
    expect(sends.filter(({ state }) => state === 'pending').length).toBe(producer.metrics().memory.blockedSends)
    expect(sends.at(-1)?.error?.code).toBe('ERR_LOGHUB_BUFFER_FULL')
  })

  test.each([{ maxBlockedSends: 0 }, {}])('one may always wait, however large it is: %o', async (config) => {
    const { producer, clock, free } = await fullProducer(config)
    const large = observe(producer.send({ logs: logOfSize(9500) }))
    const second = observe(producer.send({ logs: logOfSize(9500) }))
    await settled()
    expect([large.state, second.state]).toEqual(['pending', 'rejected'])
    await free()
    await clock.advance(0)
    expect(large.state).toBe('resolved')
  })
})

describe('when only open batches hold the memory', () => {
  test('a send that waits has them sealed early, instead of waiting out their linger', async () => {
    const { producer, clock, sink } = startProducer({ totalSizeInBytes: 10_000, lingerMs: 60_000, maxBlockMs: -1 })
    void producer.send({ logs: logOfSize(9000, 'open') })
    const blocked = observe(producer.send({ logs: logOfSize(2000, 'blocked') }))
    await clock.advance(0)
    expect(sentLogs(sink.seen)).toEqual([['open']])
    expect(producer.metrics().batches).toMatchObject({ open: 1, sealedByReason: { memory: 1 } })
    await clock.advance(60_000)
    expect(blocked.state).toBe('resolved')
  })

  test('while something is on its way nothing is sealed early', async () => {
    const { producer, clock } = await fullProducer({ lingerMs: 60_000, batchSizeThresholdInBytes: 5000 })
    void producer.send({ topic: 'open', logs: log(1) })
    void producer.send({ logs: logOfSize(2000, 'blocked') })
    await clock.advance(10)
    expect(producer.metrics().batches).toMatchObject({ open: 1, sealedByReason: { size: 1 } })
  })
})
