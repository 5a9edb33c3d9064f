import { expect, test } from 'vitest'
import type { ProducerConfig } from '../../../src/producer/options.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { log, observe, startProducer } from '../../support/test-producer.ts'

test('logs with other tags travel in other requests, whatever the order in which tags are named', async () => {
  const { producer, sink } = startProducer({ tags: { env: 'test', host: 'a' } })
  producer.trySend({ tags: { path: '/x', host: 'b' }, logs: log(1) })
  producer.trySend({ tags: { host: 'b', path: '/x' }, logs: log(2) })
  producer.writer({ tags: { path: '/y' } }).trySend({ n: '3' })
  producer.trySend({ tags: {}, logs: log(4) })
  producer.trySend({ logs: log(5) })
  await producer.close()
  const groups = sink.seen.map(({ request }) => decodeLogGroup(request.payload.bytes))
  const own = groups.map(({ tags }) => Object.fromEntries(tags.filter(([name]) => name !== '__pack_id__')))
  expect(own).toEqual([
    { env: 'test', host: 'b', path: '/x' },
    { env: 'test', host: 'a', path: '/y' },
    { env: 'test', host: 'a' },
  ])
  expect(groups.map(({ logs }) => logs.length)).toEqual([2, 1, 2])
})

test('each context has requests and a sequence of pack ids of its own', async () => {
  const { producer, sink } = startProducer({ batchCountThreshold: 1 })
  for (const context of ['/a', '/b', undefined, '/a', '/b', undefined]) producer.trySend({ context, logs: log(1) })
  await producer.close()
  const ids = sink.seen.map(({ request }) => Object.fromEntries(decodeLogGroup(request.payload.bytes).tags).__pack_id__)
  const [prefixes, numbers] = [0, 1].map((part) => ids.map((id) => id?.split('-')[part]))
  expect(new Set(prefixes).size).toBe(3)
  expect(numbers).toEqual(['0', '0', '0', '1', '1', '1'])
})

test.each([
  ['topic', { topic: 'x'.repeat(129) }],
  ['topic', { topic: '日'.repeat(43) }],
  ['source', { source: 'x'.repeat(1024 * 1024) }],
  ['tags', { tags: { '': 'no name' } }],
  ['tags', { tags: { __pack_id__: 'mine' } }],
  ['tags', { tags: { n: 1 } as never }],
  ['tags', { tags: { long: 'x'.repeat(70_000) } }],
  ['tags', { tags: ['a'] as never }],
  ['context', { context: 'x'.repeat(5000) }],
])('a %s that cannot be one is refused by name', async (name, destination) => {
  const { producer } = startProducer()
  const send = observe(producer.send({ ...destination, logs: log(1) }))
  await Promise.resolve()
  await Promise.resolve()
  expect(send.error).toMatchObject({
    code: 'ERR_LOGHUB_INVALID_LOG',
    message: expect.stringContaining(`${name} must be`),
  })
})

test.each<[string, ProducerConfig]>([
  ['tags', { tags: { '': 'x' } }],
  ['tags', { tags: { __pack_id__: 'x' } }],
  ['topic', { topic: 'x'.repeat(129) }],
  ['source', { source: 'x'.repeat(129) }],
])('%s of the producer are checked in the same way', (option, config) => {
  expect(() => new Producer(config)).toThrow(`${option}: must be`)
})

test('the largest topic and source that the service takes are sent as they are', async () => {
  const { producer, sink } = startProducer()
  const topic = `${'日'.repeat(42)}xx`
  producer.trySend({ topic, source: 's'.repeat(128), logs: log(1) })
  await producer.close()
  expect(decodeLogGroup(sink.seen[0]?.request.payload.bytes as Uint8Array)).toMatchObject({
    topic,
    source: 's'.repeat(128),
  })
})
