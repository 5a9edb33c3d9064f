import { describe, expect, test } from 'vitest'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe } from '../../support/test-producer.ts'
import { Bench, balance } from './support.ts'

describe('mode always', () => {
  test('a batch is on disk before its first request, and gone from it once it is delivered', async () => {
    const bench = new Bench()
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    bench.sink.otherwise = 'hang'
    const sent = observe(life.producer.send({ logs: log(1) }))
    await bench.clock.advance(5)
    expect(life.producer.metrics().logs).toMatchObject({ accepted: 1, inMemory: 0, onDisk: 1 })
    expect(bench.sent).toEqual([['1']])
    bench.sink.seen[0]?.answer.resolve({ requestId: 'r' })
    await settled()
    expect(sent.state).toBe('resolved')
    expect(sent.result?.durableAt).toBeGreaterThan(0)
    expect(life.producer.metrics().logs).toMatchObject({ delivered: 1, onDisk: 0 })
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('what a killed process left is sent by the next, with the pack ids that it had', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const first = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    for (const n of [1, 2, 3]) {
      const durable = observe(first.producer.send({ logs: log(n), resolveOn: 'durable' }))
      await bench.clock.advance(5)
      expect(durable.state).toBe('resolved')
    }
    const before = [...bench.packIds]
    bench.kill(first)
    bench.sink.otherwise = 'ok'
    const second = await bench.start({ mode: 'always' })
    await bench.clock.advance(100)
    expect(second.told).toEqual([['recovered', 3]])
    expect(bench.sent.slice(before.length).flat().sort()).toEqual(['1', '2', '3'])
    expect(bench.packIds.slice(before.length).sort()).toEqual(before.sort())
    expect(second.producer.metrics().logs).toMatchObject({ recovered: 3, delivered: 3, onDisk: 0 })
    expect(balance(second)).toBe(0)
    await second.producer.close()
  })

  test('durable sends are told at once, delivered ones when they are delivered, in one batch', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const life = await bench.start({ mode: 'always' }, { lingerMs: 5 })
    const durable = observe(life.producer.send({ logs: log(1), resolveOn: 'durable' }))
    const delivered = observe(life.producer.send({ logs: log(2) }))
    await bench.clock.advance(10)
    expect([durable.state, delivered.state]).toEqual(['resolved', 'pending'])
    bench.sink.seen[0]?.answer.resolve({ requestId: 'r' })
    await settled()
    expect(delivered.state).toBe('resolved')
    await life.producer.close()
  })

  test('a batch on disk has no deadline: it is tried until it is stored, with its bytes out of memory', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, deliveryTimeoutMs: 10_000, retries: 2 })
    const sent = observe(life.producer.send({ logs: logOfSize(10_000) }))
    await bench.clock.advance(600_000)
    expect(sent.state).toBe('pending')
    expect(life.producer.metrics().memory.usedBytes).toBeLessThan(1000)
    bench.sink.otherwise = 'ok'
    await bench.clock.advance(120_000)
    expect(sent.state).toBe('resolved')
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('close leaves the rest on disk and says so; the next producer sends it', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const first = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    const sent = observe(first.producer.send({ logs: log(1) }))
    await bench.clock.advance(100)
    const closing = first.producer.close({ timeoutMs: 1000 })
    await bench.clock.advance(2000)
    expect(await closing).toMatchObject({ delivered: 0, failed: 0, abandoned: 0, spooled: 1 })
    expect(sent.error).toMatchObject({ code: 'ERR_LOGHUB_SPOOLED', retriable: false })
    expect(balance(first)).toBe(0)
    bench.sink.otherwise = 'ok'
    const second = await bench.start({ mode: 'on-close' })
    await bench.clock.advance(100)
    expect(second.producer.metrics().logs).toMatchObject({ recovered: 1, delivered: 1 })
    expect(await second.producer.close()).toMatchObject({ spooled: 0 })
  })

  test('a batch from disk with a log that the service refuses is cut: that log goes to the dead letter, each other is sent once', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const first = await bench.start({ mode: 'always' }, { lingerMs: 10 })
    for (let n = 1; n <= 7; n++) first.producer.trySend({ logs: log(n) })
    await bench.clock.advance(20)
    bench.kill(first)
    const isBad = (bytes: Uint8Array) => decodeLogGroup(bytes).logs.some(({ contents }) => contents[0]?.[1] === '5')
    bench.sink.otherwise = ({ payload }) => {
      if (isBad(payload.bytes)) throw sinkError('content')
      return { requestId: 'r' }
    }
    const letters: string[] = []
    const from = bench.sink.seen.length
    const second = await bench.start({}, { deadLetter: ({ log }) => letters.push(log.contents[0]?.[1] ?? '') })
    await bench.clock.advance(1000)
    expect(letters).toEqual(['5'])
    const stored = bench.sink.seen.slice(from).filter(({ bytes }) => !isBad(bytes))
    expect(stored.flatMap(({ bytes }) => decodeLogGroup(bytes).logs.map(({ contents }) => contents[0]?.[1]))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '6',
      '7',
    ])
    expect(second.producer.metrics().logs).toMatchObject({ recovered: 7, delivered: 6, failed: 1, onDisk: 0 })
    expect(balance(second)).toBe(0)
    await second.producer.close()
  })

  test('a full disk never reports success: the batch goes its way from memory, and to disk when there is room', async () => {
    const bench = new Bench()
    bench.files.fault = (operation, path) => (operation === 'write' && path.endsWith('.segment') ? 'ENOSPC' : undefined)
    bench.sink.otherwise = 'hang'
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    const errors: string[] = []
    life.producer.on('spoolError', ({ error }) => errors.push(error.code))
    const durable = observe(life.producer.send({ logs: log(1), resolveOn: 'durable' }))
    await bench.clock.advance(100)
    expect(durable.state).toBe('pending')
    expect(errors).toEqual(['ERR_LOGHUB_SPOOL_FULL'])
    expect(life.producer.metrics().logs).toMatchObject({ inMemory: 1, onDisk: 0 })
    bench.files.fault = () => undefined
    await bench.clock.advance(2000)
    expect(durable.state).toBe('resolved')
    expect(life.producer.metrics().logs).toMatchObject({ inMemory: 0, onDisk: 1 })
    for (const { answer } of bench.sink.seen) answer.resolve({ requestId: 'r' })
    await settled()
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('with key-hash the order of a group outlives the process', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const first = await bench.start({ mode: 'always' }, { lingerMs: 0, router: 'key-hash' })
    for (let n = 1; n <= 5; n++) {
      first.producer.trySend({ logs: log(n) })
      await bench.clock.advance(3)
    }
    bench.kill(first)
    bench.sink.otherwise = 'ok'
    const from = bench.sink.seen.length
    const second = await bench.start({ mode: 'always' }, { lingerMs: 0, router: 'key-hash' })
    for (let n = 6; n <= 9; n++) second.producer.trySend({ logs: log(n) })
    await bench.clock.advance(5000)
    expect(bench.sent.slice(from).flat()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(balance(second)).toBe(0)
    await second.producer.close()
  })
})

describe('mode on-failure', () => {
  test('keeps what could not be delivered in time, and delivers it when the destination is back', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'on-failure' }, { lingerMs: 0, deliveryTimeoutMs: 30_000 })
    const sent = observe(life.producer.send({ logs: log(1) }))
    await bench.clock.advance(1000)
    expect(life.producer.metrics().logs).toMatchObject({ inMemory: 1, onDisk: 0 })
    await bench.clock.advance(60_000)
    expect(life.producer.metrics().logs).toMatchObject({ inMemory: 0, onDisk: 1, failed: 0 })
    expect(sent.state).toBe('pending')
    bench.sink.otherwise = 'ok'
    await bench.clock.advance(120_000)
    expect(sent.state).toBe('resolved')
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('what the service refuses for good is not kept', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('final')
    const life = await bench.start({ mode: 'on-failure' }, { lingerMs: 0 })
    const sent = observe(life.producer.send({ logs: log(1) }))
    await bench.clock.advance(100)
    expect(sent.state).toBe('rejected')
    expect(life.producer.metrics().logs).toMatchObject({ failed: 1, onDisk: 0 })
    await life.producer.close()
  })
})

describe('mode on-close', () => {
  test('writes at the deadline of close, and nothing before', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const first = await bench.start({ mode: 'on-close' }, { lingerMs: 0 })
    const sent = observe(first.producer.send({ logs: log(1) }))
    await bench.clock.advance(100_000)
    expect(first.producer.metrics().logs).toMatchObject({ inMemory: 1, onDisk: 0 })
    const closing = first.producer.close({ timeoutMs: 100 })
    await bench.clock.advance(200)
    expect(await closing).toMatchObject({ spooled: 1, abandoned: 0 })
    expect(sent.error?.code).toBe('ERR_LOGHUB_SPOOLED')
    expect(balance(first)).toBe(0)
  })
})

describe('mode overflow', () => {
  test('moves the newest that wait to disk when memory runs short, and brings them back', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const life = await bench.start(
      { mode: 'overflow', spillAt: 0.5 },
      { lingerMs: 0, totalSizeInBytes: 20_000, lanes: 1, batchSizeThresholdInBytes: 1000 },
    )
    for (let n = 0; n < 40; n++) {
      life.producer.trySend({ logs: logOfSize(900, n) })
      await bench.clock.advance(2)
    }
    const { logs, memory } = life.producer.metrics()
    expect(logs.onDisk).toBeGreaterThan(20)
    expect(memory.usedBytes).toBeLessThan(14_000)
    expect(logs.accepted).toBe(40)
    expect(balance(life)).toBe(0)
    bench.sink.otherwise = 'ok'
    for (const { answer } of bench.sink.seen) answer.resolve({ requestId: 'r' })
    await bench.clock.advance(10_000)
    expect(new Set(bench.sent.flat()).size).toBe(40)
    expect(life.producer.metrics().logs).toMatchObject({ delivered: 40, onDisk: 0, inMemory: 0 })
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('the overflow policy spill makes room on disk in any mode', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const life = await bench.start(
      { mode: 'on-close', spillAt: 0.5 },
      { lingerMs: 0, totalSizeInBytes: 10_000, lanes: 1, batchSizeThresholdInBytes: 1000, overflow: 'spill' },
    )
    const sends: ReturnType<typeof observe>[] = []
    for (let n = 0; n < 20; n++) {
      sends.push(observe(life.producer.send({ logs: logOfSize(900, n) })))
      await bench.clock.advance(10)
    }
    expect(life.producer.metrics().logs.onDisk).toBeGreaterThan(5)
    bench.sink.otherwise = 'ok'
    for (const { answer } of bench.sink.seen) answer.resolve({ requestId: 'r' })
    await bench.clock.advance(100_000)
    expect(sends.every(({ state }) => state === 'resolved')).toBe(true)
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })
})
