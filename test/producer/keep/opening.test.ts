import { beforeAll, describe, expect, test } from 'vitest'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, observe } from '../../support/test-producer.ts'
import { Bench, balance } from './support.ts'

// What a producer loads when it first wants a spool is there: virtual time does not wait for it.
beforeAll(() => import('../../../src/spool/index.ts'))

/** Nothing can be written. */
function fillDisk(bench: Bench): void {
  bench.files.fault = (operation) => (operation === 'write' || operation === 'create' ? 'ENOSPC' : undefined)
}

/** Nothing can be read, nor written. */
function breakDisk(bench: Bench): void {
  bench.files.fault = () => 'EIO'
}

function freeDisk(bench: Bench): void {
  bench.files.fault = () => undefined
}

/** What waits to be durable waits while the disk cannot be used, and no longer. */
async function letsDurableWait(disable: (bench: Bench) => void): Promise<void> {
  const bench = new Bench()
  disable(bench)
  bench.sink.otherwise = 'hang'
  const life = bench.begin({ mode: 'on-failure' }, { lingerMs: 0 })
  const sent = observe(life.producer.send({ logs: log(1), resolveOn: 'durable' }))
  const flushed = observe(life.producer.flush({ until: 'durable' }))
  await bench.clock.advance(2000)
  expect([sent.state, flushed.state]).toEqual(['pending', 'pending'])
  freeDisk(bench)
  await bench.clock.advance(1000)
  expect([sent.state, flushed.state]).toEqual(['resolved', 'resolved'])
  expect(life.producer.metrics().logs).toMatchObject({ inMemory: 0, onDisk: 1 })
  for (const { answer } of bench.sink.seen) answer.resolve({ requestId: 'r' })
  await settled()
  expect(balance(life)).toBe(0)
  await life.producer.close()
}

describe('a producer that starts on a full disk', () => {
  test('sends from memory, and writes to its spool by itself once there is room', async () => {
    const bench = new Bench()
    fillDisk(bench)
    const life = bench.begin({ mode: 'always' }, { lingerMs: 0 })
    const errors: string[] = []
    life.producer.on('spoolError', ({ error }) => errors.push(error.code))
    const sent = observe(life.producer.send({ logs: log(1), resolveOn: 'durable' }))
    await bench.clock.advance(10)
    expect(sent.state).toBe('resolved')
    expect(sent.result?.durableAt).toBeUndefined()
    expect(errors).toEqual(['ERR_LOGHUB_SPOOL_FULL'])
    freeDisk(bench)
    await bench.clock.advance(1000)
    const next = observe(life.producer.send({ logs: log(2), resolveOn: 'durable' }))
    await bench.clock.advance(10)
    expect(next.result?.durableAt).toBeGreaterThan(0)
    expect(errors).toHaveLength(1)
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('sends what was on disk from before, and its own logs after it where the router keeps order', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const config = { lingerMs: 0, router: 'key-hash' } as const
    const first = await bench.start({ mode: 'always' }, config)
    for (const n of [1, 2, 3]) {
      first.producer.trySend({ logs: log(n) })
      await bench.clock.advance(10)
    }
    bench.kill(first)
    const before = bench.sent.length
    fillDisk(bench)
    bench.sink.otherwise = 'ok'
    const second = bench.begin({ mode: 'always' }, config)
    const sent = observe(second.producer.send({ logs: log(4) }))
    await bench.clock.advance(1000)
    expect(bench.sent.slice(before)).toEqual([['1'], ['2'], ['3'], ['4']])
    expect(sent.state).toBe('resolved')
    expect(second.producer.metrics().logs).toMatchObject({ recovered: 3, delivered: 4, onDisk: 0, inMemory: 0 })
    expect(balance(second)).toBe(0)
    // What could not be noted is noted when there is room: nothing is sent again.
    freeDisk(bench)
    await bench.clock.advance(20_000)
    bench.kill(second)
    const third = await bench.start({ mode: 'always' }, config)
    await bench.clock.advance(1000)
    expect(third.producer.metrics().logs).toMatchObject({ recovered: 0, damaged: 0 })
    await third.producer.close()
  })

  test('counts nothing as lost that it sent and could not note before it was killed', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const first = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    first.producer.trySend({ logs: log(1) })
    await bench.clock.advance(10)
    const closing = first.producer.close({ timeoutMs: 0 })
    await bench.clock.advance(1000)
    expect((await closing).spooled).toBe(1)
    fillDisk(bench)
    bench.sink.otherwise = 'ok'
    const second = bench.begin()
    await bench.clock.advance(20_000)
    expect(second.producer.metrics().logs).toMatchObject({ recovered: 1, delivered: 1, onDisk: 0 })
    bench.kill(second)
    // Once more on a disk that is full.
    fillDisk(bench)
    const third = bench.begin()
    await bench.clock.advance(1000)
    expect(third.producer.metrics().logs).toMatchObject({ recovered: 0, damaged: 0 })
    bench.kill(third)
    const fourth = await bench.start()
    await bench.clock.advance(1000)
    expect(fourth.producer.metrics().logs).toMatchObject({ recovered: 0, damaged: 0 })
    await fourth.producer.close()
    expect(bench.files.paths.filter((path) => /segment|settled|retired/.test(path))).toEqual([])
  })

  test('leaves a slot to the process that reads it, although that has no card in it', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const dead = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    dead.producer.trySend({ logs: log(1) })
    await bench.clock.advance(10)
    bench.kill(dead)
    fillDisk(bench)
    const lives = [bench.begin(), bench.begin(), bench.begin()]
    await bench.clock.advance(1000)
    expect(lives.flatMap(({ told }) => told)).toEqual([['recovered', 1]])
    freeDisk(bench)
    const late = await bench.start()
    await bench.clock.advance(20_000)
    expect(late.told).toEqual([])
    for (const { producer } of [...lives, late]) expect(producer.metrics().logs.recovered).toBeLessThanOrEqual(1)
    for (const life of [...lives, late]) bench.kill(life)
  })

  test('has what waits to be durable wait on: a batch in memory goes to disk as soon as there is room', async () => {
    await letsDurableWait(fillDisk)
  })

  test('closes in time where the disk stays full: the rest fails, and nothing says that it was kept', async () => {
    const bench = new Bench()
    fillDisk(bench)
    bench.sink.otherwise = sinkError('back-off')
    const life = bench.begin({ mode: 'always' }, { lingerMs: 0 })
    const sent = observe(life.producer.send({ logs: log(1), resolveOn: 'durable' }))
    await bench.clock.advance(10)
    const closing = life.producer.close({ timeoutMs: 100 })
    await bench.clock.advance(200)
    expect(await closing).toMatchObject({ spooled: 0, abandoned: 1 })
    expect(sent.error?.code).toBe('ERR_LOGHUB_CLOSED')
    expect(balance(life)).toBe(0)
  })
})

describe('a producer whose spool cannot be read at first', () => {
  test('tries with a growing pause of 30 seconds at most, told each time, with no timer that keeps the process', async () => {
    const bench = new Bench()
    breakDisk(bench)
    const life = bench.begin()
    const toldAt: number[] = []
    life.producer.on('spoolError', () => toldAt.push(bench.clock.monotonicMs() / 1000))
    await bench.clock.advance(130_000)
    expect(toldAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121])
    expect(bench.clock.timerCount).toBe(0)
    await life.producer.close()
    expect(bench.clock.backgroundTimerCount).toBe(0)
  })

  test('sends what was on disk from before, once that can be read', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const first = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    first.producer.trySend({ logs: log(1) })
    await bench.clock.advance(10)
    bench.kill(first)
    bench.sink.otherwise = 'ok'
    breakDisk(bench)
    const second = bench.begin()
    await bench.clock.advance(20_000)
    expect(second.told).toEqual([])
    freeDisk(bench)
    await bench.clock.advance(30_000)
    expect(second.told).toEqual([['recovered', 1]])
    expect(second.producer.metrics().logs).toMatchObject({ recovered: 1, delivered: 1, onDisk: 0 })
    await second.producer.close()
  })

  test('has what waits to be durable wait on: a batch in memory goes to disk as soon as that is open', async () => {
    await letsDurableWait(breakDisk)
  })

  test('does not wait for the pause when batches would be lost: at the deadline of close it tries at once', async () => {
    const bench = new Bench()
    breakDisk(bench)
    bench.sink.otherwise = sinkError('back-off')
    const life = bench.begin({ mode: 'on-close' }, { lingerMs: 0 })
    await bench.clock.advance(70_000)
    const sent = observe(life.producer.send({ logs: log(1) }))
    await bench.clock.advance(1)
    freeDisk(bench)
    const closing = life.producer.close({ timeoutMs: 100 })
    await bench.clock.advance(200)
    expect(await closing).toMatchObject({ spooled: 1, abandoned: 0 })
    expect(sent.error?.code).toBe('ERR_LOGHUB_SPOOLED')
    expect(balance(life)).toBe(0)
  })

  test('closes in time where that stays so: the rest fails, and nothing says that it was kept', async () => {
    const bench = new Bench()
    breakDisk(bench)
    bench.sink.otherwise = sinkError('back-off')
    const life = bench.begin({ mode: 'always' }, { lingerMs: 0 })
    const sent = observe(life.producer.send({ logs: log(1), resolveOn: 'durable' }))
    await bench.clock.advance(10)
    const closing = life.producer.close({ timeoutMs: 100 })
    await bench.clock.advance(200)
    expect(await closing).toMatchObject({ spooled: 0, abandoned: 1 })
    expect(sent.error?.code).toBe('ERR_LOGHUB_CLOSED')
    expect(balance(life)).toBe(0)
  })
})

test('a slot that is given and held by another producer is taken when that one is gone', async () => {
  const bench = new Bench()
  const first = await bench.start({ slot: 3 })
  const second = bench.begin({ slot: 3 })
  const errors: string[] = []
  second.producer.on('spoolError', ({ error }) => errors.push(error.code))
  await bench.clock.advance(2000)
  expect(new Set(errors)).toEqual(new Set(['ERR_LOGHUB_SPOOL_LOCKED']))
  await first.producer.close()
  await bench.clock.advance(30_000)
  expect(second.producer.metrics().spool).toBeDefined()
  await second.producer.close()
})
