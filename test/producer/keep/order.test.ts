import { beforeAll, describe, expect, test } from 'vitest'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe } from '../../support/test-producer.ts'
import { Bench, balance, type Life } from './support.ts'

// What a producer loads when it first wants a spool is there: virtual time does not wait for it.
beforeAll(() => import('../../../src/spool/index.ts'))

/** Each log is a batch. */
async function sendEach(bench: Bench, { producer }: Life, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) {
    producer.trySend({ logs: log(n) })
    await bench.clock.advance(3)
  }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `${from + n}`)

describe('with key-hash, the order of a group holds', () => {
  test('on a full disk: what cannot be written waits in memory until what is on disk is under way', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, router: 'key-hash' })
    await sendEach(bench, life, 1, 5)
    bench.files.fault = (operation) => (operation === 'write' ? 'ENOSPC' : undefined)
    await sendEach(bench, life, 6, 9)
    expect(life.producer.metrics().logs).toMatchObject({ onDisk: 5, inMemory: 4 })
    bench.sink.otherwise = 'ok'
    const from = bench.sink.seen.length
    await bench.clock.advance(60_000)
    expect(bench.sent.slice(from).flat()).toEqual(numbers(1, 9))
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('when the disk has room again: batches get there in the order of their group, and are read back in it', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, router: 'key-hash' })
    bench.files.fault = (operation) => (operation === 'write' ? 'ENOSPC' : undefined)
    await sendEach(bench, life, 1, 3)
    bench.files.fault = () => undefined
    // It does not overtake those that wait for room.
    await sendEach(bench, life, 4, 5)
    expect(life.producer.metrics().logs).toMatchObject({ onDisk: 0, inMemory: 5 })
    await bench.clock.advance(1000)
    expect(life.producer.metrics().logs).toMatchObject({ onDisk: 5, inMemory: 0 })
    bench.kill(life)
    bench.sink.otherwise = 'ok'
    const from = bench.sink.seen.length
    const next = await bench.start({ mode: 'always' }, { router: 'key-hash' })
    await bench.clock.advance(1000)
    expect(bench.sent.slice(from).flat()).toEqual(numbers(1, 5))
    await next.producer.close()
  })

  test.each(['overflow', 'on-failure', 'on-close'] as const)('in mode %s, over a restart as well', async (mode) => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const config = { lingerMs: 0, router: 'key-hash', deliveryTimeoutMs: 20_000 } as const
    const first = await bench.start({ mode }, config)
    await sendEach(bench, first, 1, 4)
    const closing = first.producer.close({ timeoutMs: 100 })
    await bench.clock.advance(200)
    expect(await closing).toMatchObject({ spooled: 4 })
    bench.sink.otherwise = 'ok'
    const from = bench.sink.seen.length
    const second = bench.begin({ mode }, config)
    // They come before it is known what is on disk.
    for (let n = 5; n <= 7; n++) second.producer.trySend({ logs: log(n) })
    await bench.clock.advance(2000)
    expect(bench.sent.slice(from).flat()).toEqual(numbers(1, 7))
    await second.producer.close()
  })

  test('when memory runs short: earlier batches of the group go to disk before later ones', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const life = await bench.start(
      { mode: 'overflow', spillAt: 0.5 },
      { lingerMs: 0, totalSizeInBytes: 20_000, batchSizeThresholdInBytes: 1000, router: 'key-hash' },
    )
    for (let n = 1; n <= 40; n++) {
      life.producer.trySend({ logs: logOfSize(900, n) })
      await bench.clock.advance(2)
    }
    expect(life.producer.metrics().logs.onDisk).toBeGreaterThan(20)
    bench.sink.otherwise = 'ok'
    for (const { answer } of bench.sink.seen) answer.resolve({ requestId: 'r' })
    await bench.clock.advance(10_000)
    expect(bench.sent.flat()).toEqual(numbers(1, 40))
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('and a send that waits for delivery behind a backlog is told of the delivery', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, router: 'key-hash' })
    await sendEach(bench, life, 1, 3)
    const sent = observe(life.producer.send({ logs: log(4) }))
    await bench.clock.advance(100)
    expect(sent.state).toBe('pending')
    bench.sink.otherwise = 'ok'
    await bench.clock.advance(60_000)
    expect(sent.state).toBe('resolved')
    expect(life.producer.metrics().logs).toMatchObject({ delivered: 4, onDisk: 0 })
    await life.producer.close()
  })
})

test('a batch whose time is up while it waits for a lane goes to disk, and is sent once', async () => {
  const bench = new Bench()
  bench.sink.otherwise = 'hang'
  const life = await bench.start({ mode: 'on-failure' }, { lingerMs: 0, lanes: 1, deliveryTimeoutMs: 5_000 })
  const sends = [1, 2, 3].map((n) => observe(life.producer.send({ logs: log(n), topic: `t${n}` })))
  await bench.clock.advance(10_000)
  expect(life.producer.metrics().logs).toMatchObject({ onDisk: 2, inMemory: 1 })
  bench.sink.otherwise = 'ok'
  bench.sink.seen[0]?.answer.resolve({ requestId: 'r' })
  await bench.clock.advance(60_000)
  expect(sends.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved'])
  expect(bench.sent.flat()).toEqual(['1', '2', '3'])
  expect(balance(life)).toBe(0)
  await life.producer.close()
})

describe('a batch on disk that the service refuses, though its content is well', () => {
  const revoked = () => sinkError('final', { status: 401, serverCode: 'Unauthorized', message: 'the key is revoked' })

  test('stays on disk, whoever waits for it: a log that was called durable shares its batch with one that waits on', async () => {
    const bench = new Bench()
    bench.sink.otherwise = revoked()
    const life = await bench.start({ mode: 'always' }, { lingerMs: 5 })
    const durable = observe(life.producer.send({ logs: log(1), resolveOn: 'durable' }))
    const delivered = observe(life.producer.send({ logs: log(2) }))
    await bench.clock.advance(100)
    expect(durable.state).toBe('resolved')
    expect(delivered.error).toMatchObject({ code: 'ERR_LOGHUB_SPOOLED', retriable: false, serverCode: 'Unauthorized' })
    expect(delivered.error?.message).toContain('the key is revoked')
    expect(life.told).toEqual([
      ['durable', 2],
      ['spooled', 1],
    ])
    expect(life.producer.metrics().logs).toMatchObject({ onDisk: 2, failed: 0 })
    expect(balance(life)).toBe(0)
    bench.sink.otherwise = 'ok'
    await bench.clock.advance(31_000)
    await settled()
    expect(life.producer.metrics().logs).toMatchObject({ delivered: 2, onDisk: 0 })
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('is sent by the next producer where the keys were mended with a restart', async () => {
    const bench = new Bench()
    bench.sink.otherwise = revoked()
    const first = await bench.start({ mode: 'always' }, { lingerMs: 5 })
    first.producer.trySend({ logs: log(1) })
    await bench.clock.advance(100)
    expect(await first.producer.close()).toMatchObject({ spooled: 1, failed: 0 })
    bench.sink.otherwise = 'ok'
    const second = await bench.start()
    await bench.clock.advance(100)
    expect(second.producer.metrics().logs).toMatchObject({ recovered: 1, delivered: 1 })
    await second.producer.close()
  })
})
