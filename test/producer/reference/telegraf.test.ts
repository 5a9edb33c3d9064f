import { beforeAll, describe, expect, test } from 'vitest'
import { Machine, record, takeAll } from '../../spool/support/process.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe } from '../../support/test-producer.ts'
import { Bench, balance } from '../keep/support.ts'

// What the suite of Telegraf's disk buffer says, of the spool and of a producer that has one.

// What a producer loads when it first wants a spool is there: virtual time does not wait for it.
beforeAll(() => import('../../../src/spool/index.ts'))

describe('the disk buffer of Telegraf', () => {
  test('0 and 2 of five are accepted, then a restart, then the rest: each is there once', async () => {
    const machine = new Machine()
    const first = await machine.open()
    const ids: number[] = []
    for (let n = 0; n < 5; n++) ids.push(await first.spool.append(record(`${n}`)))
    for (const n of [0, 2]) first.spool.settle(ids[n] as number, 'delivered')
    await first.spool.close()
    const second = await machine.open()
    const rest = await takeAll(second.spool)
    expect(rest.map(({ text }) => text)).toEqual(['1', '3', '4'])
    for (const { id } of rest) second.spool.settle(id, 'delivered')
    await second.spool.close()
    const third = await machine.open()
    expect(await takeAll(third.spool)).toEqual([])
    expect(third.spool.stats()).toMatchObject({ recovered: { records: 0 }, lost: { records: 0 } })
    await third.spool.close()
  })

  test('the same through a producer: what the service has taken before the restart is not sent again', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const first = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 5 })
    for (let n = 0; n < 5; n++) {
      first.producer.trySend({ logs: log(n), topic: `t${n}` })
      await bench.clock.advance(2)
    }
    for (const { answer } of [0, 2].map((n) => bench.sink.seen[n] as (typeof bench.sink.seen)[number])) {
      answer.resolve({ requestId: 'r' })
    }
    await bench.clock.advance(10)
    const closing = first.producer.close({ timeoutMs: 0 })
    await bench.clock.advance(10)
    expect(await closing).toMatchObject({ spooled: 3 })
    bench.sink.otherwise = 'ok'
    const from = bench.sink.seen.length
    const second = await bench.start()
    await bench.clock.advance(1000)
    expect(bench.sent.slice(from).flat().sort()).toEqual(['1', '3', '4'])
    await second.producer.close()
  })

  test('from back to front: lengths 4, 3, 0', async () => {
    const { spool } = await new Machine().open()
    const ids: number[] = []
    for (let n = 0; n < 5; n++) ids.push(await spool.append(record(`${n}`)))
    const lengthAfter = (...accepted: number[]) => {
      for (const n of accepted) spool.settle(ids[n] as number, n === 4 ? 'failed' : 'delivered')
      return spool.stats().unsettled.records
    }
    expect([lengthAfter(4), lengthAfter(3), lengthAfter(0, 1, 2)]).toEqual([4, 3, 0])
    // What has ended changes nothing more.
    expect(lengthAfter(0, 1, 2, 3, 4)).toBe(0)
    expect(spool.stats().settled.records).toBe(5)
    await spool.close()
  })

  test('an outage: kept twice, then accepted, all ten are told of it', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    const sends = Array.from({ length: 10 }, (_, n) => observe(life.producer.send({ logs: log(n), topic: `${n}` })))
    await bench.clock.advance(1000)
    expect(sends.every(({ state }) => state === 'pending')).toBe(true)
    bench.sink.otherwise = 'ok'
    await bench.clock.advance(60_000)
    expect(sends.every(({ state }) => state === 'resolved')).toBe(true)
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('a full quota: block blocks, recovers, and nobody is told of success before', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start(
      { mode: 'always', maxBytes: 1024 * 1024 },
      { lingerMs: 0, totalSizeInBytes: 200_000, maxBlockMs: -1, deliveryTimeoutMs: 3600_000 },
    )
    const sends: ReturnType<typeof observe>[] = []
    while (life.producer.metrics().memory.blockedSends === 0 && sends.length < 200) {
      sends.push(observe(life.producer.send({ logs: logOfSize(20_000, sends.length), resolveOn: 'durable' })))
      await bench.clock.advance(10)
    }
    await bench.clock.advance(10_000)
    const { logs, memory } = life.producer.metrics()
    expect(memory.blockedSends).toBe(1)
    expect(logs.onDisk).toBeGreaterThan(40)
    expect(sends.filter(({ state }) => state === 'resolved')).toHaveLength(logs.onDisk)
    expect(sends.filter(({ state }) => state === 'rejected')).toEqual([])
    bench.sink.otherwise = 'ok'
    await bench.clock.advance(120_000)
    expect(sends.every(({ state }) => state === 'resolved')).toBe(true)
    expect(new Set(bench.sent.flat()).size).toBe(sends.length)
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })
})
