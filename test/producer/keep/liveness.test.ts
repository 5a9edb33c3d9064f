import { beforeAll, describe, expect, test } from 'vitest'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, observe } from '../../support/test-producer.ts'
import { Bench, balance } from './support.ts'

// What is on disk is never left there for want of a reason to look at it.

beforeAll(() => import('../../../src/spool/index.ts'))

test('what is on disk for a project that is put later is sent as soon as it is there', async () => {
  const bench = new Bench()
  bench.sink.otherwise = sinkError('back-off')
  const first = await bench.start({ mode: 'always' }, { lingerMs: 0 })
  first.producer.putProject({ project: 'audit', endpoint: 'http://127.0.0.1:9' })
  first.producer.trySend({ project: 'audit', logs: log('for audit') })
  await bench.clock.advance(10)
  bench.kill(first)
  bench.sink.otherwise = 'ok'
  const from = bench.sent.length
  const second = await bench.start({ mode: 'always' })
  await bench.clock.advance(100_000)
  expect(bench.sent.slice(from)).toEqual([])
  second.producer.putProject({ project: 'audit', endpoint: 'http://127.0.0.1:9' })
  await bench.clock.advance(0)
  expect(bench.sent.slice(from)).toEqual([['for audit']])
  expect(balance(second)).toBe(0)
  await second.producer.close()
})

test('groups that nobody can send now do not keep the others waiting', async () => {
  const bench = new Bench()
  bench.sink.otherwise = 'hang'
  const first = await bench.start({ mode: 'always' }, { lingerMs: 0 })
  first.producer.putProject({ project: 'gone', endpoint: 'http://127.0.0.1:9' })
  for (let n = 0; n < 40; n++) {
    const project = n >= 10 && n < 25 ? 'gone' : 'proj'
    void observe(first.producer.send({ project, topic: `t${n}`, logs: log(n), resolveOn: 'durable' }))
    await bench.clock.advance(1)
  }
  bench.kill(first)
  bench.sink.otherwise = 'ok'
  const second = await bench.start({ mode: 'always' }, { lanes: 1 })
  await bench.clock.advance(1_000)
  expect(second.producer.metrics().logs).toMatchObject({ recovered: 40, delivered: 25, onDisk: 15 })
  await second.producer.close()
})

test('what is found damaged while old segments are merged is told and counted, and nobody waits for it', async () => {
  const bench = new Bench()
  bench.sink.otherwise = 'hang'
  // Short segments, one of each life: the next life merges them.
  for (let n = 0; n < 16; n++) {
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 1 })
    void observe(life.producer.send({ topic: `t${n}`, logs: log(n), resolveOn: 'durable' }))
    await bench.clock.advance(5)
    bench.kill(life)
  }
  const path = bench.files.paths.filter((each) => each.endsWith('.segment'))[5] as string
  const bytes = Buffer.from(bench.files.contentOf(path))
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  bench.files.overwrite(path, bytes)
  const last = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 1 })
  void last.producer.send({ logs: log('last') })
  await bench.clock.advance(5)
  const flushed = observe(last.producer.flush())
  bench.sink.otherwise = 'ok'
  for (const { answer } of bench.sink.seen) answer.resolve({ requestId: 'r' })
  await bench.clock.advance(10_000)
  expect(last.told.filter(([event]) => event === 'damaged')).toEqual([['damaged', 1]])
  expect(last.producer.metrics().logs).toMatchObject({
    accepted: 1,
    recovered: 16,
    delivered: 16,
    damaged: 1,
    onDisk: 0,
  })
  expect(balance(last)).toBe(0)
  expect(flushed.state).toBe('resolved')
  await last.producer.close()
})

test('what another process took over, taking this one for dead, is waited for no longer; what is on the wire goes on', async () => {
  const bench = new Bench()
  let card = ''
  bench.files.fault = (operation, path) => {
    if (operation === 'create' && path.endsWith('.draft')) card = path
    return undefined
  }
  bench.sink.otherwise = 'hang'
  const life = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 2, requestTimeoutMs: 600_000 })
  const sends = [1, 2, 3, 4].map((n) => observe(life.producer.send({ topic: `t${n}`, logs: log(n) })))
  await bench.clock.advance(10)
  // It does not get to show that it lives.
  const ownCard = card
  bench.files.fault = (operation, path) => (operation === 'write' && path === ownCard ? 'EIO' : undefined)
  bench.goElsewhere()
  const other = await bench.start({ mode: 'on-close' })
  await bench.clock.advance(100_000)
  expect(other.told).toEqual([['recovered', 4]])
  bench.files.fault = () => undefined
  const flushed = observe(life.producer.flush())
  const fresh = observe(life.producer.send({ topic: 'fresh', logs: log(5), resolveOn: 'durable' }))
  await bench.clock.advance(10)
  expect(fresh.state).toBe('resolved')
  expect(sends.map(({ state }) => state)).toEqual(['pending', 'pending', 'rejected', 'rejected'])
  expect(sends[2]?.error?.code).toBe('ERR_LOGHUB_SPOOLED')
  expect(balance(life)).toBe(0)
  bench.sink.otherwise = 'ok'
  for (const { answer } of bench.sink.seen) answer.resolve({ requestId: 'r' })
  await bench.clock.advance(60_000)
  expect(sends.slice(0, 2).map(({ state }) => state)).toEqual(['resolved', 'resolved'])
  expect(flushed.state).toBe('resolved')
  expect(life.producer.metrics().logs).toMatchObject({ failed: 0, damaged: 0, delivered: 3, inMemory: 0, onDisk: 2 })
  expect(balance(life)).toBe(0)
  expect(new Set(bench.sent.flat())).toEqual(new Set(['1', '2', '3', '4', '5']))
  await life.producer.close()
  await other.producer.close()
})

describe('the file that says who owns a slot', () => {
  test('costs nothing if it is deleted: what is on disk is counted once, sent once, and known to be gone', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 2 })
    const errors: string[] = []
    life.producer.on('spoolError', ({ error }) => errors.push(error.code))
    for (const n of [1, 2]) {
      void observe(life.producer.send({ topic: `t${n}`, logs: log(n), resolveOn: 'durable' }))
      await bench.clock.advance(3_000)
    }
    bench.files.delete('/spool/slot-0/owner.1')
    const fresh = observe(life.producer.send({ topic: 'fresh', logs: log(3), resolveOn: 'durable' }))
    await bench.clock.advance(10)
    expect(fresh.state).toBe('resolved')
    expect(life.producer.metrics().logs).toMatchObject({ accepted: 3, recovered: 0, onDisk: 3, damaged: 0 })
    bench.sink.otherwise = 'ok'
    bench.sink.seen.length = 0
    const flushed = observe(life.producer.flush())
    await bench.clock.advance(60_000)
    expect(flushed.state).toBe('resolved')
    expect(life.producer.metrics().logs).toMatchObject({ accepted: 3, delivered: 3, onDisk: 0, inMemory: 0 })
    expect(bench.sent.flat().sort()).toEqual(['1', '2', '3'])
    expect(errors).toEqual([])
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })
})

describe('a directory that is deleted while it is in use', () => {
  test('in part, with the file that says who owns it: what is left comes back, and nothing stays counted', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 2 })
    for (const n of [1, 2]) {
      void observe(life.producer.send({ topic: `t${n}`, logs: log(n), resolveOn: 'durable' }))
      await bench.clock.advance(3_000)
    }
    for (const name of ['owner.1', 'owner.1.sock', 'ledger']) bench.files.delete(`/spool/slot-0/${name}`)
    void observe(life.producer.send({ topic: 'fresh', logs: log(3), resolveOn: 'durable' }))
    await bench.clock.advance(10)
    expect(balance(life)).toBe(0)
    bench.sink.otherwise = 'ok'
    bench.sink.seen.length = 0
    const flushed = observe(life.producer.flush())
    await bench.clock.advance(60_000)
    expect(flushed.state).toBe('resolved')
    expect(life.producer.metrics().logs).toMatchObject({ accepted: 3, onDisk: 0, inMemory: 0 })
    expect([...new Set(bench.sent.flat())].sort()).toEqual(['1', '2', '3'])
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('is begun anew with what is in memory, and told', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 2 })
    const errors: string[] = []
    life.producer.on('spoolError', ({ error }) => errors.push(error.code))
    for (const n of [1, 2, 3]) life.producer.trySend({ topic: `t${n}`, logs: log(n) })
    await bench.clock.advance(10)
    bench.files.deleteAll()
    const fresh = observe(life.producer.send({ topic: 'fresh', logs: log(4), resolveOn: 'durable' }))
    await bench.clock.advance(10)
    expect(fresh.state).toBe('resolved')
    expect(errors).toEqual(['ERR_LOGHUB_SPOOL_CORRUPT'])
    expect(balance(life)).toBe(0)
    await bench.clock.advance(2_000)
    expect(life.producer.metrics().logs).toMatchObject({ accepted: 4, onDisk: 4, inMemory: 0, damaged: 0 })
    bench.kill(life)
    bench.sink.otherwise = 'ok'
    const next = await bench.start()
    await bench.clock.advance(1_000)
    expect(next.producer.metrics().logs).toMatchObject({ recovered: 4, delivered: 4, onDisk: 0 })
    await next.producer.close()
  })

  test('costs what was on disk alone: it is told, counted, and not waited for', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 2 })
    for (const n of [1, 2, 3]) {
      void observe(life.producer.send({ topic: `t${n}`, logs: log(n), resolveOn: 'durable' }))
      await bench.clock.advance(3_000)
    }
    bench.files.deleteAll()
    void observe(life.producer.send({ topic: 'fresh', logs: log(4), resolveOn: 'durable' }))
    await bench.clock.advance(10)
    expect(balance(life)).toBe(0)
    bench.sink.otherwise = 'ok'
    const flushed = observe(life.producer.flush())
    await bench.clock.advance(60_000)
    expect(flushed.state).toBe('resolved')
    expect(life.producer.metrics().logs).toMatchObject({
      accepted: 4,
      delivered: 1,
      damaged: 3,
      onDisk: 0,
      inMemory: 0,
    })
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })
})
