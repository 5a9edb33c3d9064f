import { expect, test } from 'vitest'
import type { ProducerError } from '../../../src/core/errors.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { settled } from '../../support/manual-clock.ts'
import { logOfSize, observe, sentLogs, startProducer } from '../../support/test-producer.ts'

test('sends one log after another to the destination that it was made for', async () => {
  const { producer, clock, sink } = startProducer()
  const writer = producer.writer({ topic: 'api', source: 'host-1' })
  const promise = observe(writer.send({ n: '1' }))
  const called: unknown[] = []
  void writer.send({ n: '2' }, (error) => called.push(error))
  void writer.send([['n', '3']], { time: 5000, nanoseconds: 7 }, (error) => called.push(error))
  expect(writer.trySend({ n: '4' }, (error) => called.push(error))).toBe(true)
  await clock.advance(2000)
  expect([promise.state, called]).toEqual(['resolved', [null, null, null]])
  expect(sentLogs(sink.seen)).toEqual([['1', '2', '3', '4']])
  const { topic, source, logs } = decodeLogGroup(sink.seen[0]?.bytes ?? Buffer.alloc(0))
  expect([topic, source, logs[2]?.time, logs[2]?.nanoseconds]).toEqual(['api', 'host-1', 5, 7])
})

test('tries to send a log of its own time', async () => {
  const { producer, clock, sink } = startProducer()
  const called: unknown[] = []
  producer.writer().trySend({ n: '1' }, { time: 5000, nanoseconds: 7 }, (error) => called.push(error))
  await clock.advance(2000)
  const [log] = decodeLogGroup(sink.seen[0]?.bytes ?? Buffer.alloc(0)).logs
  expect([log?.time, log?.nanoseconds, called]).toEqual([5, 7, [null]])
})

test('shares batches with sends to the same destination', async () => {
  const { producer, clock, sink } = startProducer()
  producer.writer({ topic: 'api' }).trySend({ n: '1' })
  producer.trySend({ topic: 'api', logs: { contents: { n: '2' } } })
  producer.writer({ topic: 'api' }).trySend({ n: '3' })
  await clock.advance(2000)
  expect(sentLogs(sink.seen)).toEqual([['1', '2', '3']])
})

test('is refused at once for a wrong destination', () => {
  const { producer } = startProducer()
  expect(() => producer.writer({ project: 'unknown' })).toThrow("project 'unknown' is not configured")
  expect(() => producer.writer({ logstore: 'a b' })).toThrow('logstore must be')
})

test('tells bad input, each send for itself, and trySend gives true for it', async () => {
  const { producer } = startProducer()
  const writer = producer.writer()
  const codes: unknown[] = []
  expect(writer.trySend({ '': 'no key' }, (error) => codes.push(error?.code))).toBe(true)
  await expect(writer.send({ '': 'no key' })).rejects.toMatchObject({ code: 'ERR_LOGHUB_INVALID_LOG' })
  await expect(writer.send({ n: '1' }, { time: Number.NaN })).rejects.toMatchObject({ code: 'ERR_LOGHUB_INVALID_LOG' })
  expect(codes).toEqual(['ERR_LOGHUB_INVALID_LOG'])
})

test('blocks, gives up and is refused as send does', async () => {
  const { producer, clock } = startProducer({ totalSizeInBytes: 1000, lingerMs: 0 }, ['hang'])
  const writer = producer.writer()
  producer.trySend({ logs: logOfSize(900) })
  expect(writer.trySend({ n: 'x'.repeat(200) })).toBe(false)
  const fields = { n: 'x'.repeat(100) }
  await expect(writer.send(fields, { overflow: 'reject' })).rejects.toMatchObject({ code: 'ERR_LOGHUB_BUFFER_FULL' })
  const blocked = observe(writer.send(fields, { maxBlockMs: 50 }))
  await clock.advance(49)
  expect(blocked.state).toBe('pending')
  await clock.advance(1)
  expect(blocked.error?.code).toBe('ERR_LOGHUB_BUFFER_FULL')
})

test('heeds that its project was removed, and put again', async () => {
  const { producer, clock } = startProducer()
  const writer = producer.writer()
  expect(producer.removeProject('proj')).toBe(true)
  await expect(writer.send({ n: '1' })).rejects.toMatchObject({ code: 'ERR_LOGHUB_PROJECT_UNKNOWN' })
  const codes: unknown[] = []
  expect(writer.trySend({ n: '2' }, (error) => codes.push(error?.code))).toBe(true)
  await settled()
  expect(codes).toEqual(['ERR_LOGHUB_PROJECT_UNKNOWN'])
  producer.putProject({ project: 'proj' })
  const sent = observe(writer.send({ n: '3' }))
  await clock.advance(2000)
  expect(sent.state).toBe('resolved')
})

test('a function in the place of the options is told to the callback behind it', async () => {
  const { producer } = startProducer()
  const told: (string | undefined)[] = []
  const tell = (error: ProducerError | null) => void told.push(error?.code)
  const never = (() => told.push('never')) as never
  producer.writer().trySend({ n: '1' }, never, tell)
  producer.writer().send({ n: '1' }, never, tell)
  await settled()
  expect(told).toEqual(['ERR_LOGHUB_INVALID_LOG', 'ERR_LOGHUB_INVALID_LOG'])
})
