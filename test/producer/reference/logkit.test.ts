import { beforeAll, describe, expect, test } from 'vitest'
import { Machine, record, textsIn } from '../../spool/support/process.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe } from '../../support/test-producer.ts'
import { Bench, balance } from '../keep/support.ts'

// What the tests of logkit's disk queue and of its fault-tolerant sender say, of the spool and of a producer that has one.

// What a producer loads when it first wants a spool is there: virtual time does not wait for it.
beforeAll(() => import('../../../src/spool/index.ts'))

const letters = (text: string) => [...text]

describe('the disk queue of logkit', () => {
  test('what was put is there after a restart, as deep as it was, in its order', async () => {
    const machine = new Machine()
    const first = await machine.open()
    for (const letter of letters('abcdefg')) await first.spool.append(record(letter))
    await first.spool.close()
    const second = await machine.open()
    expect(second.spool.stats().unsettled.records).toBe(7)
    expect(await textsIn(second.spool)).toEqual(letters('abcdefg'))
    await second.spool.close()
  })

  test('it can be emptied, leaves no files, and works on', async () => {
    const machine = new Machine()
    const { spool } = await machine.open()
    const ids = []
    for (let n = 0; n < 100; n++) ids.push(await spool.append(record(`${n}`)))
    for (const id of ids) spool.settle(id, 'delivered')
    await machine.clock.advance(5_000)
    expect(machine.files.paths.filter((path) => path.endsWith('.segment'))).toEqual([])
    for (const letter of letters('xyz')) spool.release(await spool.append(record(letter)))
    expect(await textsIn(spool)).toEqual(letters('xyz'))
    await spool.close()
  })

  test('a file that is cut off loses what was in its rest, and nothing of the other files', async () => {
    const machine = new Machine()
    const text = (n: number) => `${n}`.padEnd(123, '.')
    const first = await machine.open({ segmentBytes: 1600 })
    for (let n = 0; n < 25; n++) await first.spool.append(record(text(n)))
    first.sockets.die()
    const files = machine.files.paths.filter((path) => path.endsWith('.segment'))
    expect(files.length).toBeGreaterThan(2)
    const second = files[1] as string
    machine.files.overwrite(second, machine.files.contentOf(second).subarray(0, 500))
    const { spool } = await machine.open()
    const left = (await textsIn(spool)).map((found) => Number(found.replaceAll('.', '')))
    expect(left).toEqual([...left].sort((a, b) => a - b))
    expect(left.length + spool.stats().lost.records).toBe(25)
    expect([left[0], left.at(-1)]).toEqual([0, 24])
    await spool.close()
  })

  test('four writers that are cut off by a close: as many are there as appends have succeeded', async () => {
    const machine = new Machine()
    const { spool } = await machine.open({ segmentBytes: 4096 })
    let succeeded = 0
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; n < 200; n++) {
        const isKept = await spool.append(record(`${writer}-${n}`)).then(
          () => true,
          () => false,
        )
        if (!isKept) return
        if (++succeeded === 100) void spool.close()
      }
    })
    await Promise.all(writers)
    await spool.close()
    const again = await machine.open()
    expect(succeeded).toBeGreaterThanOrEqual(100)
    expect(await textsIn(again.spool)).toHaveLength(succeeded)
    await again.spool.close()
  })

  test('its quota holds over a restart, and gives way when something is settled', async () => {
    const machine = new Machine()
    const options = { maxBytes: 3000, segmentBytes: 1000 }
    const fill = async (spool: Awaited<ReturnType<Machine['open']>>['spool']) => {
      for (let n = 0; ; n++) {
        try {
          spool.release(await spool.append(record('x'.repeat(500))))
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_LOGHUB_SPOOL_FULL', retriable: true })
          return n
        }
      }
    }
    const first = await machine.open(options)
    expect(await fill(first.spool)).toBeGreaterThan(2)
    await first.spool.close()
    const { spool } = await machine.open(options)
    expect(await fill(spool)).toBe(0)
    for (let taken = spool.take('g'); taken !== undefined; taken = spool.take('g')) spool.settle(taken.id, 'delivered')
    await machine.clock.advance(5_000)
    expect(await fill(spool)).toBeGreaterThan(2)
    await spool.close()
  })
})

describe('the fault-tolerant sender of logkit', () => {
  test('a small memory, a slow service and ten sends: ten logs arrive, each once', async () => {
    const bench = new Bench()
    bench.sink.otherwise = () => new Promise((resolve) => bench.clock.setTimer(() => resolve({ requestId: 'r' }), 1000))
    const life = await bench.start(
      { mode: 'overflow', spillAt: 0.3 },
      { lingerMs: 0, lanes: 1, totalSizeInBytes: 12_000, batchSizeThresholdInBytes: 3000 },
    )
    const sends: ReturnType<typeof observe>[] = []
    for (let n = 0; n < 10; n++) {
      sends.push(observe(life.producer.send({ logs: logOfSize(2500, n) })))
      await bench.clock.advance(300)
    }
    await bench.clock.advance(60_000)
    expect(sends.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'resolved'))
    expect(bench.sent.flat().sort()).toEqual(letters('0123456789'))
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })

  test('three lanes, a hundred sends of two logs, and a close: two hundred logs arrive', async () => {
    const bench = new Bench()
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, lanes: 3 })
    for (let n = 0; n < 100; n++) life.producer.trySend({ logs: [log(`${n}a`), log(`${n}b`)], topic: `${n % 7}` })
    await bench.clock.advance(100)
    expect(await life.producer.close()).toMatchObject({ failed: 0, abandoned: 0, spooled: 0 })
    expect(new Set(bench.sent.flat()).size).toBe(200)
    expect(bench.sent.flat()).toHaveLength(200)
  })

  test('one bad log of two: the other is stored, and nothing is left on disk', async () => {
    const bench = new Bench()
    bench.sink.otherwise = ({ payload }) => {
      if (Buffer.from(payload.bytes).includes('bad')) throw sinkError('content')
      return { requestId: 'r' }
    }
    const letters: number[] = []
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0, deadLetter: ({ index }) => letters.push(index) })
    life.producer.trySend({ logs: [log('good'), log('bad')] })
    await bench.clock.advance(5_000)
    expect(letters).toEqual([1])
    expect(life.producer.metrics().logs).toMatchObject({ delivered: 1, failed: 1, onDisk: 0 })
    expect(balance(life)).toBe(0)
    await life.producer.close()
  })
})
