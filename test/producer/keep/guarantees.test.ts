import { beforeAll, describe, expect, test } from 'vitest'
import type { SpoolMode } from '../../../src/producer/keep/spool-config.ts'
import type { Remains } from '../../spool/support/faulty-files.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log } from '../../support/test-producer.ts'
import { Bench, balance, type Life } from './support.ts'

// Each row and column of the table "What survives what" in docs/spool.md; what needs a real process is in exit.test.ts.

// What a producer loads when it first wants a spool is there: virtual time does not wait for it.
beforeAll(() => import('../../../src/spool/index.ts'))

const MODES: readonly SpoolMode[] = ['always', 'overflow', 'on-failure', 'on-close']
const SENT = ['1', '2', '3', 'open']
const HOUR_MS = 3600_000

/** The service is down: three batches were tried, and one is still open. */
async function inTrouble(bench: Bench, mode: SpoolMode, spool = {}): Promise<Life> {
  bench.sink.otherwise = sinkError('back-off')
  const life = await bench.start({ mode, ...spool }, { lingerMs: 1000 })
  for (const n of SENT.slice(0, 3)) {
    life.producer.trySend({ logs: log(n), topic: `topic ${n}` })
  }
  await bench.clock.advance(1500)
  life.producer.trySend({ logs: log('open') })
  return life
}

/** Of what was sent, what the service does not have once the next producer has done its work. */
async function lostAfterwards(bench: Bench, from = bench.sink.seen.length): Promise<string[]> {
  bench.sink.otherwise = 'ok'
  const next = await bench.start()
  await bench.clock.advance(120_000)
  expect(next.producer.metrics().logs).toMatchObject({ inMemory: 0, onDisk: 0, damaged: 0 })
  expect(balance(next)).toBe(0)
  await next.producer.close()
  const stored = bench.sent.slice(from).flat()
  expect(new Set(stored).size).toBe(stored.length)
  return SENT.filter((n) => !stored.includes(n))
}

const openOnly = (mode: SpoolMode) => (mode === 'always' ? ['open'] : SENT)

describe.each(MODES)('with mode %s, what is lost by', (mode) => {
  test('close() that has time: nothing', async () => {
    const bench = new Bench()
    const life = await inTrouble(bench, mode)
    const closing = life.producer.close({ timeoutMs: 60_000 })
    await bench.clock.advance(1000)
    const from = bench.sink.seen.length
    bench.sink.otherwise = 'ok'
    await bench.clock.advance(10_000)
    const report = await closing
    expect(report).toMatchObject({ failed: 0, abandoned: 0 })
    // What was on disk alone is left to the next.
    expect(report.delivered + report.spooled).toBe(4)
    expect(balance(life)).toBe(0)
    expect(await lostAfterwards(bench, from)).toEqual([])
  })

  test('close() whose deadline passes: nothing', async () => {
    const bench = new Bench()
    const life = await inTrouble(bench, mode)
    const closing = life.producer.close({ timeoutMs: 500 })
    await bench.clock.advance(1000)
    expect(await closing).toMatchObject({ delivered: 0, failed: 0, abandoned: 0, spooled: 4 })
    expect(balance(life)).toBe(0)
    expect(await lostAfterwards(bench)).toEqual([])
  })

  test('kill -9: open batches, and with any mode but always what is in memory only', async () => {
    const bench = new Bench()
    const life = await inTrouble(bench, mode)
    bench.kill(life)
    expect(await lostAfterwards(bench)).toEqual(openOnly(mode))
  })

  test('power loss: the same with durability batch, and with interval once that is over', async () => {
    for (const durability of ['batch', 'interval'] as const) {
      const bench = new Bench()
      const life = await inTrouble(bench, mode, { durability })
      bench.losePower(life, 'nothing')
      expect(await lostAfterwards(bench), durability).toEqual(openOnly(mode))
    }
  })

  test('power loss with durability interval before that is over: besides, what was written since the last sync', async () => {
    for (const [syncIntervalMs, lost] of [
      [60_000, SENT],
      [500, openOnly(mode)],
    ] as const) {
      const bench = new Bench()
      const life = await inTrouble(bench, mode, { durability: 'interval', syncIntervalMs })
      bench.losePower(life, 'nothing')
      expect(await lostAfterwards(bench), `${syncIntervalMs} ms`).toEqual(lost)
    }
  })

  test('power loss with durability os: what the system had not written besides, and no more', async () => {
    const bench = new Bench()
    const life = await inTrouble(bench, mode, { durability: 'os' })
    bench.losePower(life, 'nothing')
    expect(await lostAfterwards(bench)).toEqual(SENT)
    const other = new Bench()
    other.losePower(await inTrouble(other, mode, { durability: 'os' }), 'all')
    expect(await lostAfterwards(other)).toEqual(openOnly(mode))
  })

  test('a full disk, and one that fails: nothing while memory lasts', async () => {
    for (const code of ['ENOSPC', 'EIO']) {
      const bench = new Bench()
      bench.files.fault = (operation) => (['write', 'create', 'sync'].includes(operation) ? code : undefined)
      bench.sink.otherwise = sinkError('back-off')
      const life = bench.begin({ mode }, { lingerMs: 1000 })
      for (const n of SENT) life.producer.trySend({ logs: log(n), topic: n })
      await bench.clock.advance(60_000)
      bench.sink.otherwise = 'ok'
      await bench.clock.advance(60_000)
      expect(life.producer.metrics().logs).toMatchObject({ delivered: 4, failed: 0, dropped: 0 })
      await life.producer.close()
    }
  })

  test.each([
    ['an hour', 1, 120_000],
    ['a day', 24, 1_800_000],
  ])('an outage of %s: nothing, but with on-close what is older than its delivery time', async (_, hours, everyMs) => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode }, { lingerMs: 0, deliveryTimeoutMs: 180_000 })
    const count = (hours * HOUR_MS) / everyMs
    for (let n = 1; n <= count; n++) {
      life.producer.trySend({ logs: log(n) })
      await bench.clock.advance(everyMs)
    }
    expect(life.producer.metrics().logs.delivered).toBe(0)
    bench.sink.otherwise = 'ok'
    await bench.clock.advance(600_000)
    const { logs, memory } = life.producer.metrics()
    const young = Math.ceil(180_000 / everyMs)
    if (mode !== 'on-close') expect(logs.failed).toBe(0)
    else expect(Math.abs(logs.failed - (count - young))).toBeLessThanOrEqual(1)
    expect(logs).toMatchObject({ delivered: count - logs.failed, dropped: 0, inMemory: 0, onDisk: 0 })
    expect(memory.usedBytes).toBe(0)
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })
})

describe('power loss, through a whole producer', () => {
  const remains: [string, Remains][] = [
    ['nothing of what was not synced', 'nothing'],
    ['a part of it, torn', { sectors: 3 }],
    ['any of it', { chance: every(2) }],
    ['any of it, otherwise', { chance: every(3) }],
  ]
  test.each(remains)(
    'leaves %s: all that was durable is sent by the next, in order, and nothing is made up',
    async (_, remains) => {
      const bench = new Bench()
      const durable: string[] = []
      for (let boot = 0; boot < 4; boot++) {
        bench.sink.otherwise = boot === 2 ? 'ok' : sinkError('back-off')
        const life = await bench.start({ mode: 'always' }, { lingerMs: 1, router: 'key-hash' })
        for (let n = 0; n < 12; n++) {
          const name = `${boot}-${n}`
          void life.producer.send({ logs: log(name), resolveOn: 'durable' }).then(() => durable.push(name))
          await bench.clock.advance(n % 3)
        }
        bench.losePower(life, remains)
      }
      const from = bench.sent.flat().length
      bench.sink.otherwise = 'ok'
      const last = await bench.start({}, { router: 'key-hash' })
      await bench.clock.advance(60_000)
      expect(last.producer.metrics().logs).toMatchObject({ damaged: 0, onDisk: 0, inMemory: 0 })
      const stored = bench.sent.flat()
      expect(durable.length).toBeGreaterThan(30)
      expect(durable.filter((name) => !stored.includes(name))).toEqual([])
      const replayed = stored.slice(from)
      const places = replayed.map((name) => Number(name.split('-')[0]) * 100 + Number(name.split('-')[1]))
      expect(places).toEqual([...places].sort((a, b) => a - b))
      await last.producer.close()
    },
  )
})

function every(nth: number): () => boolean {
  let at = 0
  return () => at++ % nth === 0
}
