import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { DrainSignal } from '../../../src/producer/accept/drain-signal.ts'
import { settled } from '../../support/manual-clock.ts'
import { log, logOfSize, observe, startProducer } from '../../support/test-producer.ts'

async function fullProducer() {
  const set = startProducer({ totalSizeInBytes: 10_000, lingerMs: 0, maxBlockMs: -1 }, ['hang', 'hang'])
  const drains: number[] = []
  set.producer.on('drain', () => drains.push(set.producer.metrics().memory.usedBytes))
  for (const topic of ['a', 'b']) set.producer.trySend({ topic, logs: logOfSize(4500) })
  await set.clock.advance(0)
  const free = async (request: number) => {
    set.sink.seen[request]?.answer.resolve({ requestId: 'done' })
    await settled()
  }
  return { ...set, drains, free }
}

describe('trySend', () => {
  test('gives true and takes the log where there is room, and false and takes nothing where there is none', async () => {
    const { producer } = await fullProducer()
    const before = producer.metrics()
    expect(producer.trySend({ logs: logOfSize(2000) }, () => expect.unreachable())).toBe(false)
    expect(producer.metrics().logs).toEqual(before.logs)
    expect(producer.trySend({ logs: log(1) })).toBe(true)
  })

  test('gives true for what waiting cannot help, and tells the callback why', async () => {
    const { producer } = startProducer({ totalSizeInBytes: 10_000 })
    const codes: unknown[] = []
    const tell = (error: { code: string } | null) => {
      codes.push(error?.code)
    }
    expect(producer.trySend({ logs: [] }, tell)).toBe(true)
    expect(producer.trySend({ project: 'unknown', logs: log(1) }, tell)).toBe(true)
    expect(producer.trySend({ logs: logOfSize(20_000) }, tell)).toBe(true)
    expect(codes).toEqual([])
    await settled()
    expect(codes).toEqual(['ERR_LOGHUB_INVALID_LOG', 'ERR_LOGHUB_PROJECT_UNKNOWN', 'ERR_LOGHUB_LOG_TOO_LARGE'])
    await producer.close()
    expect(producer.trySend({ logs: log(1) }, tell)).toBe(true)
    await settled()
    expect(codes.at(-1)).toBe('ERR_LOGHUB_CLOSED')
  })
})

describe('drain', () => {
  test('follows a trySend that found no room, once three quarters or less are in use', async () => {
    const { producer, drains, free } = await fullProducer()
    producer.trySend({ logs: logOfSize(2000) })
    await settled()
    expect(drains).toEqual([])
    await free(0)
    expect(drains.length).toBe(1)
    expect(drains[0]).toBeLessThanOrEqual(7500)
    await free(1)
    expect(drains.length).toBe(1)
  })

  test('does not come when nobody was refused', async () => {
    const { drains, free } = await fullProducer()
    await free(0)
    await free(1)
    expect(drains).toEqual([])
  })

  test('comes again for the next refusal, also one inside the listener', async () => {
    const { producer, clock, sink, drains, free } = await fullProducer()
    sink.otherwise = 'hang'
    const accepted: number[] = []
    producer.on('drain', () => {
      accepted.push(0)
      while (producer.trySend({ logs: logOfSize(1000) })) accepted.push((accepted.pop() as number) + 1)
    })
    producer.trySend({ logs: logOfSize(2000) })
    await free(0)
    await clock.advance(0)
    await free(1)
    expect(drains.length).toBe(2)
    expect(accepted).toEqual([5, 5])
  })

  test('does not come any more once the producer closes', async () => {
    const { producer, drains } = await fullProducer()
    producer.trySend({ logs: logOfSize(2000) })
    await producer.close({ timeoutMs: 0 })
    expect([drains, producer.metrics().memory.usedBytes]).toEqual([[], 0])
  })

  test('finds the books in order: accepted = delivered + failed + in memory', async () => {
    const { producer, free } = await fullProducer()
    const books: unknown[] = []
    producer.on('drain', () => {
      const { accepted, delivered, failed, inMemory } = producer.metrics().logs
      books.push([accepted, delivered + failed + inMemory])
    })
    producer.trySend({ logs: logOfSize(2000) })
    await free(0)
    expect(books).toEqual([[2, 2]])
  })

  test('never runs inside the send that led to it', async () => {
    const { producer, clock } = startProducer({
      totalSizeInBytes: 10_000,
      lingerMs: 10,
      deliveryTimeoutMs: 11,
      maxOpenBatches: 1,
    })
    let isSending = false
    producer.on('drain', () => expect(isSending).toBe(false))
    producer.trySend({ topic: 'late', logs: logOfSize(9000) })
    expect(producer.trySend({ logs: logOfSize(3000) })).toBe(false)
    await clock.advance(20)
    isSending = true
    producer.trySend({ topic: 'next', logs: log(1) })
    isSending = false
    await settled()
    expect(producer.metrics().callbackErrors).toBe(0)
  })
})

describe('ready', () => {
  test('is over at once where there is room', async () => {
    const { producer } = startProducer()
    await producer.ready()
  })

  test('of a project waits for no other one', async () => {
    const options = { totalSizeInBytes: 10_000, maxProjectShare: 0.5, lingerMs: 0 }
    const { producer, clock, sink } = startProducer(options, ['hang', 'hang'])
    for (const project of ['dead', 'live']) producer.putProject({ project })
    for (const project of ['dead', 'live']) producer.trySend({ project, logstore: 's', logs: logOfSize(4500) })
    for (const project of ['dead', 'live']) {
      expect(producer.trySend({ project, logstore: 's', logs: logOfSize(2000) })).toBe(false)
    }
    await clock.advance(0)
    const ended: string[] = []
    const waits = ['live', 'dead'].map((project) => producer.ready({ project }).then(() => ended.push(project)))
    const request = sink.seen.find(({ request }) => request.project === 'live')
    request?.answer.resolve({ requestId: 'done' })
    await settled()
    expect(ended).toEqual(['live'])
    await producer.ready({ project: 'live' })
    await expect(producer.ready({ project: 1 as never })).rejects.toMatchObject({ code: 'ERR_LOGHUB_OPTION' })
    const refused = expect(waits[1]).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
    await producer.close({ timeoutMs: 0 })
    await refused
  })

  test('waits for room after a refusal', async () => {
    const { producer, free } = await fullProducer()
    producer.trySend({ logs: logOfSize(2000) })
    const ready = observe(producer.ready())
    await settled()
    expect(ready.state).toBe('pending')
    await free(0)
    expect(ready.state).toBe('resolved')
  })

  test('waits for room while sends wait for it', async () => {
    const { producer, clock, free } = await fullProducer()
    void producer.send({ logs: logOfSize(2000) })
    const ready = observe(producer.ready())
    await settled()
    expect(ready.state).toBe('pending')
    await free(0)
    await free(1)
    await clock.advance(0)
    expect(ready.state).toBe('resolved')
  })

  test('is over when the budget grows', async () => {
    const { producer } = await fullProducer()
    producer.trySend({ logs: logOfSize(2000) })
    const ready = observe(producer.ready())
    producer.update({ totalSizeInBytes: 1_000_000 })
    await settled()
    expect(ready.state).toBe('resolved')
  })

  test('is ended by its signal, whose reason is the cause of the error', async () => {
    const { producer } = await fullProducer()
    producer.trySend({ logs: logOfSize(2000) })
    const controller = new AbortController()
    const ready = producer.ready({ signal: controller.signal })
    controller.abort(new Error('no more patience'))
    await expect(ready).rejects.toMatchObject({ code: 'ERR_LOGHUB_ABORTED', cause: { message: 'no more patience' } })
    await expect(producer.ready({ signal: controller.signal })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_ABORTED',
      cause: { message: 'no more patience' },
    })
  })

  test('is refused when the producer closes or is closed', async () => {
    const { producer } = await fullProducer()
    producer.trySend({ logs: logOfSize(2000) })
    const ready = producer.ready()
    void producer.close({ timeoutMs: 0 })
    await expect(ready).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
    await expect(producer.ready()).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
  })
})

test('ready() waits after a send that was refused for want of room, as after a trySend', async () => {
  const { producer, free } = await fullProducer()
  const refused = observe(producer.send({ logs: logOfSize(2000), overflow: 'reject' }))
  const ready = observe(producer.ready())
  await settled()
  expect([refused.error?.code, ready.state]).toEqual(['ERR_LOGHUB_BUFFER_FULL', 'pending'])
  await free(0)
  expect(ready.state).toBe('resolved')
})

test('a project that has its share is not woken by the room of another', async () => {
  const { producer, clock, sink } = startProducer({ totalSizeInBytes: 20_000, lingerMs: 0, maxProjectShare: 0.5 })
  producer.putProject({ project: 'other' })
  sink.otherwise = 'hang'
  let drains = 0
  producer.on('drain', () => drains++)
  producer.trySend({ logs: logOfSize(9000) })
  for (let n = 0; n < 5; n++) producer.trySend({ project: 'other', topic: `${n}`, logs: logOfSize(500) })
  await clock.advance(0)
  expect(producer.trySend({ logs: logOfSize(5000) })).toBe(false)
  for (const { answer } of sink.seen.slice(1)) answer.resolve({ requestId: 'other' })
  await settled()
  expect(drains).toBe(0)
  sink.seen[0]?.answer.resolve({ requestId: 'own' })
  await settled()
  expect(drains).toBe(1)
})

test('a signal that is aborted already refuses the send, also where there is room', async () => {
  const { producer } = startProducer()
  const send = observe(producer.send({ logs: log(1), signal: AbortSignal.abort() }))
  await settled()
  expect([send.error?.code, producer.metrics().logs.accepted]).toEqual(['ERR_LOGHUB_ABORTED', 0])
})

test('callers that wait on one signal share one listener of it', async () => {
  const drain = new DrainSignal(() => {})
  const controller = new AbortController()
  const waits = Array.from({ length: 100 }, () => drain.wait(undefined, controller.signal))
  expect(getEventListeners(controller.signal, 'abort').length).toBe(1)
  controller.abort()
  const ends = await Promise.allSettled(waits)
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true)
  expect(getEventListeners(controller.signal, 'abort').length).toBe(0)
})
