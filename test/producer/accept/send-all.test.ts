import { describe, expect, test } from 'vitest'
import type { ProducerError } from '../../../src/core/errors.ts'
import type { Contents, Log } from '../../../src/sls/wire/log.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe, sentLogs, startProducer } from '../../support/test-producer.ts'

type Item = Contents | Log

async function* slowly<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await settled()
    yield item
  }
}

describe('sendAll', () => {
  test.each([
    ['an array', (items: Item[]) => items],
    ['an async generator', (items: Item[]) => slowly(items)],
  ])('sends what %s gives, in order, and resolves when each log has its verdict', async (_, iterableOf) => {
    const { producer, sink, clock } = startProducer()
    const report = observe(producer.sendAll(iterableOf([{ n: '1' }, log(2), { n: '3' }]), { topic: 'import' }))
    await clock.advance(1000)
    await settled()
    expect(report.state).toBe('pending')
    await clock.advance(1000)
    expect(report.result).toEqual({ sent: 3, delivered: 3, failed: 0, firstError: undefined })
    expect(sentLogs(sink.seen)).toEqual([['1', '2', '3']])
  })

  test('holds no more than memory allows, however long the iterable is', async () => {
    const { producer, clock, sink } = startProducer({ totalSizeInBytes: 10_000, lingerMs: 0 })
    sink.otherwise = 'hang'
    let read = 0
    function* endless() {
      for (; read < 200; read++) yield logOfSize(1000)
    }
    const report = observe(producer.sendAll(endless()))
    await settled()
    expect(read).toBeLessThan(15)
    sink.otherwise = 'ok'
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'late' })
    for (let turn = 0; turn < 100 && report.state === 'pending'; turn++) await clock.advance(1)
    expect(report.result).toMatchObject({ sent: 200, delivered: 200 })
    expect(producer.metrics().memory.highWaterBytes).toBeLessThanOrEqual(10_000)
  })

  test('goes on after logs that are not delivered, tells each of them, and counts them', async () => {
    const { producer, clock } = startProducer({ lingerMs: 0, batchCountThreshold: 1, lanes: 1 }, [sinkError('final')])
    const told: ProducerError[] = []
    const logs = [{ n: '1' }, { '': 'bad' }, { n: '3' }]
    const report = observe(producer.sendAll(logs, {}, { onError: (error) => told.push(error) }))
    await clock.advance(10)
    expect(report.result).toMatchObject({ sent: 3, delivered: 1, failed: 2 })
    expect(told.map(({ code }) => code).sort()).toEqual(['ERR_LOGHUB_INVALID_LOG', 'ERR_LOGHUB_SEND'])
  })

  test('rejects with what the iterable throws, after what was read has its verdict', async () => {
    const { producer, clock, sink } = startProducer({ lingerMs: 0 })
    function* broken() {
      yield { n: '1' }
      throw new Error('the file is gone')
    }
    const report = observe(producer.sendAll(broken()))
    await clock.advance(10)
    expect(report.error).toMatchObject({ message: 'the file is gone' })
    expect(sentLogs(sink.seen)).toEqual([['1']])
  })

  test('is ended by its signal, also while it waits for room', async () => {
    const { producer, clock, sink } = startProducer({ totalSizeInBytes: 3000, lingerMs: 0 })
    sink.otherwise = 'hang'
    const controller = new AbortController()
    const logs = Array.from({ length: 10 }, () => logOfSize(1000))
    const report = observe(producer.sendAll(logs, {}, { signal: controller.signal }))
    await clock.advance(10)
    controller.abort(new Error('enough'))
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'late' })
    await clock.advance(10)
    expect(report.error).toMatchObject({ code: 'ERR_LOGHUB_ABORTED', cause: { message: 'enough' } })
  })

  test('an iterable without end is ended by close', async () => {
    const { producer, clock } = startProducer({ lingerMs: 0 })
    function* endless() {
      for (let n = 0; ; n++) yield { n: String(n) }
    }
    const report = observe(producer.sendAll(endless()))
    await settled()
    const closed = producer.close()
    await clock.advance(1000)
    await closed
    await settled()
    expect(report.error).toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
  })

  test('rejects for a destination that cannot be, before anything is read', async () => {
    const { producer } = startProducer()
    const read = { [Symbol.iterator]: () => expect.fail('must not be read') }
    await expect(producer.sendAll(read, { project: 'unknown' })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_PROJECT_UNKNOWN',
    })
  })
})

test('a signal ends the wait for the next log of an iterable, and tells the iterable so', async () => {
  const { producer, clock } = startProducer({ lingerMs: 0 })
  const controller = new AbortController()
  let isReturned = false
  const hanging: AsyncIterable<Contents> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: async () => {
        isReturned = true
        return { done: true, value: undefined }
      },
    }),
  }
  const report = observe(producer.sendAll(hanging, {}, { signal: controller.signal }))
  await clock.advance(10)
  expect(report.state).toBe('pending')
  controller.abort(new Error('enough'))
  await clock.advance(10)
  expect(report).toMatchObject({
    state: 'rejected',
    error: { code: 'ERR_LOGHUB_ABORTED', cause: { message: 'enough' } },
  })
  expect(isReturned).toBe(true)
})

test('an onError that rejects is counted, and ends nothing', async () => {
  const { producer, clock } = startProducer({ lingerMs: 0 })
  const onError = async () => {
    throw new Error('mine')
  }
  const report = observe(producer.sendAll([{ n: '1' }, { '': 'bad' }, { n: '3' }], {}, { onError }))
  await clock.advance(10)
  expect(report.result).toMatchObject({ sent: 3, delivered: 2, failed: 1 })
  expect(producer.metrics().callbackErrors).toBe(1)
})
