import { beforeAll, describe, expect, test } from 'vitest'
import { sinkError } from '../../support/scripted-sink.ts'
import { logOfSize, observe } from '../../support/test-producer.ts'
import { Bench, balance, type Life } from './support.ts'

// What a producer loads when it first wants a spool is there: virtual time does not wait for it.
beforeAll(() => import('../../../src/spool/index.ts'))

const MIB = 1024 * 1024
const LOG_BYTES = 20_000
const config = { lingerMs: 0, totalSizeInBytes: 400_000, deliveryTimeoutMs: 600_000 } as const

interface Dropped {
  readonly logCount: number
  readonly reason: string
  readonly project: string
}

/** Each log is a batch. */
async function sendEach(bench: Bench, { producer }: Life, from: number, to: number, project = 'proj'): Promise<void> {
  for (let n = from; n <= to; n++) {
    producer.trySend({ project, logs: logOfSize(LOG_BYTES, n) })
    await bench.clock.advance(20)
  }
}

function dropsOf({ producer }: Life): Dropped[] {
  const drops: Dropped[] = []
  producer.on('dropFromDisk', (dropped) => drops.push(dropped))
  return drops
}

async function sentAfterwards(bench: Bench, life: Life): Promise<number[]> {
  const from = bench.sink.seen.length
  bench.sink.otherwise = 'ok'
  await bench.clock.advance(120_000)
  expect(life.producer.metrics().logs).toMatchObject({ inMemory: 0, onDisk: 0 })
  return bench.sent.slice(from).flat().map(Number)
}

describe('when the spool is full, the overflow policy decides', () => {
  test('drop-oldest: the oldest on disk makes room for what is newer, which is there when the service is back', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always', maxBytes: MIB }, { ...config, overflow: 'drop-oldest' })
    const drops = dropsOf(life)
    await sendEach(bench, life, 1, 100)
    const { logs, spool } = life.producer.metrics()
    expect(logs.accepted).toBe(100)
    expect(logs.droppedByReason).toEqual({ 'drop-oldest': logs.dropped })
    // No more than makes room: at most one file less than what fits.
    expect(logs.dropped).toBeLessThan(60)
    expect(logs.onDisk).toBeGreaterThan(40)
    expect(spool?.bytes).toBeLessThanOrEqual(MIB)
    expect(drops.reduce((sum, { logCount }) => sum + logCount, 0)).toBe(logs.dropped)
    expect(new Set(drops.map(({ reason }) => reason))).toEqual(new Set(['drop-oldest']))
    expect(balance(life)).toBe(0)
    const sent = new Set(await sentAfterwards(bench, life))
    const missing = Array.from({ length: 100 }, (_, n) => n + 1).filter((n) => !sent.has(n))
    // The oldest without a break, but for those in the file of the one that is under way.
    expect(missing).toEqual(Array.from({ length: logs.dropped }, (_, at) => (missing[0] as number) + at))
    expect(missing[0]).toBeLessThan(6)
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test.each(['block', 'reject'] as const)(
    '%s: nothing on disk is dropped, and newer batches stay in memory',
    async (overflow) => {
      const bench = new Bench()
      bench.sink.otherwise = sinkError('back-off')
      const life = await bench.start({ mode: 'always', maxBytes: MIB }, { ...config, overflow })
      const drops = dropsOf(life)
      await sendEach(bench, life, 1, 60)
      const { logs } = life.producer.metrics()
      expect(drops).toEqual([])
      expect(logs.onDisk).toBeGreaterThan(40)
      expect(logs.inMemory).toBeGreaterThan(5)
      const sent = await sentAfterwards(bench, life)
      expect(new Set(sent).size).toBe(60)
      expect(balance(life)).toBe(0)
      await life.producer.close()
    },
  )

  test('drop-oldest on a disk that is full by itself: the files that go make room for the note that they are gone', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start({ mode: 'always' }, { ...config, overflow: 'drop-oldest' })
    await sendEach(bench, life, 1, 20)
    const files = bench.files.paths.length
    // What is there takes all room.
    bench.files.fault = (operation) => {
      const isWrite = operation === 'write' || operation === 'create'
      return isWrite && bench.files.paths.filter((path) => path.endsWith('.segment')).length >= 4 ? 'ENOSPC' : undefined
    }
    await sendEach(bench, life, 21, 40)
    const { logs } = life.producer.metrics()
    expect(files).toBeGreaterThan(4)
    expect(logs.dropped).toBeGreaterThan(0)
    expect(logs.onDisk).toBeGreaterThan(5)
    expect(balance(life)).toBe(0)
    bench.files.fault = () => undefined
    await sentAfterwards(bench, life)
    await life.producer.close()
    const next = await bench.start()
    expect(next.producer.metrics().logs).toMatchObject({ recovered: 0, damaged: 0 })
    await next.producer.close()
  })

  test('drop-oldest takes from the project that needs room alone, and from nobody where that would make none', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const life = await bench.start(
      { mode: 'always', maxBytes: MIB, maxProjectShare: 0.9 },
      { ...config, totalSizeInBytes: 4_000_000, overflow: 'drop-oldest' },
    )
    life.producer.putProject({ project: 'other' })
    const drops = dropsOf(life)
    await sendEach(bench, life, 1, 30, 'other')
    await sendEach(bench, life, 31, 80)
    expect(drops.length).toBeGreaterThan(0)
    expect(new Set(drops.map(({ project }) => project))).toEqual(new Set(['proj']))
    expect(balance(life)).toBe(0)
    const sent = new Set(await sentAfterwards(bench, life))
    expect(Array.from({ length: 30 }, (_, n) => n + 1).filter((n) => !sent.has(n))).toEqual([])
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('drop-oldest at the deadline of close: what is newest is kept', async () => {
    const bench = new Bench()
    bench.sink.otherwise = sinkError('back-off')
    const first = await bench.start({ mode: 'always', maxBytes: MIB }, config)
    await sendEach(bench, first, 1, 60)
    bench.kill(first)
    const second = await bench.start({ mode: 'on-close', maxBytes: MIB }, { ...config, overflow: 'drop-oldest' })
    const sent = observe(second.producer.send({ logs: logOfSize(LOG_BYTES, 100) }))
    await bench.clock.advance(10)
    const closing = second.producer.close({ timeoutMs: 100 })
    await bench.clock.advance(1000)
    const report = await closing
    expect(report.abandoned).toBe(0)
    expect(sent.error?.code).toBe('ERR_LOGHUB_SPOOLED')
    expect(second.producer.metrics().logs.dropped).toBeGreaterThan(0)
    expect(balance(second)).toBe(0)
  })
})
