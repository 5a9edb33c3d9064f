import { describe, expect, expectTypeOf, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import type { ProducerEvents } from '../../src/producer/observe/events.ts'
import type { Producer } from '../../src/producer/producer.ts'
import type { ProducerLike } from '../../src/producer/producer-like.ts'
import { settled } from '../support/manual-clock.ts'
import { log, startProducer } from '../support/test-producer.ts'

describe('listening to a producer', () => {
  test.each(['on', 'once', 'off', 'listenerCount', 'removeAllListeners'] as const)(
    '%s refuses a name that no event has, and tells the nearest',
    (method) => {
      const { producer } = startProducer()
      expect(() => producer[method]('sucess' as 'success', () => {})).toThrow("did you mean 'success'?")
    },
  )

  test('the error of a misspelt event names the nearest one, or all of them', () => {
    const { producer } = startProducer()
    const on = (event: unknown) => producer.on(event as keyof ProducerEvents, () => {})
    expect(() => on('sucess')).toThrow("there is no event 'sucess'; did you mean 'success'?")
    expect(() => on('xyzzyxyzzyx')).toThrow('the events are success, failure, drop, dropFromDisk')
    expect(() => on(undefined)).toThrow('there is no event undefined')
    expect(() => producer.on('success', undefined as never)).toThrow('a listener must be a function, got undefined')
  })

  test('listeners are counted, and taken away by event or all together', () => {
    const { producer } = startProducer()
    producer.on('success', () => {}).once('success', () => {})
    producer.on('failure', () => {})
    const counts = () => [producer.listenerCount('success'), producer.listenerCount('failure')]
    expect(counts()).toEqual([2, 1])
    expect(producer.removeAllListeners('success')).toBe(producer)
    expect(counts()).toEqual([0, 1])
    producer.removeAllListeners()
    expect(counts()).toEqual([0, 0])
  })

  test('a producer nobody listens to says its losses, also after all listeners were taken away', async () => {
    const said: string[] = []
    const { producer } = startProducer({ logger: { ...silentLogger, error: (message) => said.push(message) } })
    producer.removeAllListeners()
    void producer.send({ logs: [] })
    await settled()
    expect(said).toEqual([expect.stringContaining('1 log was not accepted')])
  })
})

describe('an aborted signal', () => {
  const reason = new Error('shutting down')
  const coded = { code: 'ERR_LOGHUB_ABORTED', cause: reason }

  test.each(['flush', 'ready'] as const)('given to %s rejects with a code, and the reason as cause', async (method) => {
    const { producer } = startProducer()
    await expect(producer[method]({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject(coded)
  })

  test('ends a flush that waits, and cancels nothing', async () => {
    const { producer, sink } = startProducer({}, ['hang'])
    const sent = producer.send({ logs: log(1) })
    const controller = new AbortController()
    const flushed = producer.flush({ signal: controller.signal })
    controller.abort(reason)
    await expect(flushed).rejects.toMatchObject(coded)
    await settled()
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    expect(await sent).toMatchObject({ successful: true })
  })

  test('ends a ready that waits', async () => {
    const { producer, sink } = startProducer({ totalSizeInBytes: 200 })
    sink.otherwise = 'hang'
    while (producer.trySend({ logs: log(1) })) await settled()
    const controller = new AbortController()
    const ready = producer.ready({ signal: controller.signal })
    await settled()
    controller.abort(reason)
    await expect(ready).rejects.toMatchObject(coded)
  })
})

test('an application that is given a producer can be tested with a plain object', () => {
  expectTypeOf<Producer>().toExtend<ProducerLike>()
  const lines: unknown[] = []
  const mock: Pick<ProducerLike, 'trySend' | 'writer'> = {
    trySend: ({ logs }) => lines.push(logs) > 0,
    writer: () => ({
      send: (async (contents: unknown) => lines.push(contents)) as never,
      trySend: (contents) => lines.push(contents) > 0,
    }),
  }
  mock.writer().trySend({ a: 1 })
  expect(lines).toEqual([{ a: 1 }])
})
