import { expect, test } from 'vitest'
import { Deferred } from '../../../src/core/deferred.ts'
import type { LineOrigins } from '../../../src/producer/sends/origin.ts'
import { settled } from '../../support/manual-clock.ts'
import { log, observe } from '../../support/test-producer.ts'
import { Bench, balance } from './support.ts'

const origin = (from: number, to: number, name = 'file') => ({ name, from, to })

function linesOf(count: number) {
  const buffer = Buffer.from('x\n'.repeat(count))
  const starts = Array.from({ length: count }, (_, n) => n * 2)
  return { buffer, starts, ends: starts.map((start) => start + 1), count, timeMs: 1_700_000_000_000 }
}

test('after a crash it is told where what is on disk comes from, stretches of one source as one, and only once', async () => {
  const bench = new Bench()
  bench.sink.otherwise = 'hang'
  const first = await bench.start({ mode: 'always' }, { lingerMs: 5 })
  first.producer.trySend({ logs: [log(1), log(2)], origin: origin(0, 20) }, () => {})
  first.producer.trySend({ logs: log(3), origin: origin(20, 30) }, () => {})
  first.producer.trySend({ logs: log(4), origin: origin(7, 9, 'other') })
  let covered = 100
  const origins: LineOrigins = {
    upTo: (line) => origin(covered, 100 + line, 'lines'),
    taken: (told) => {
      covered = told?.to ?? covered
    },
  }
  expect(first.producer.writer().appendLines(linesOf(10), () => {}, origins)).toBe(10)
  await bench.clock.advance(10)
  bench.kill(first)
  const second = await bench.start({ mode: 'always' })
  const claimed = await second.producer.claimOrigins(async () => {})
  expect(claimed).toEqual([origin(0, 30), origin(7, 9, 'other'), origin(100, 110, 'lines')])
  expect(await second.producer.claimOrigins(async () => {})).toEqual([])
})

test('what is delivered stays on disk until its source has noted it: after a crash it is sent again as a copy', async () => {
  const bench = new Bench()
  const first = await bench.start({ mode: 'always' }, { lingerMs: 0 })
  const noted = new Deferred<void>()
  await first.producer.claimOrigins(() => noted.promise)
  const sent = observe(first.producer.send({ logs: log(1), origin: origin(0, 10) }))
  await bench.clock.advance(5)
  expect(sent.state).toBe('resolved')
  expect(first.producer.metrics().logs).toMatchObject({ delivered: 1, onDisk: 0 })
  expect(balance(first)).toBe(0)
  bench.kill(first)
  const second = await bench.start({ mode: 'always' })
  await second.producer.claimOrigins(async () => {})
  await bench.clock.advance(100)
  expect(bench.sent).toEqual([['1'], ['1']])
  expect(new Set(bench.packIds).size).toBe(1)
  bench.kill(second)
  const third = await bench.start({ mode: 'always' })
  await bench.clock.advance(100)
  expect(bench.sent).toHaveLength(2)
  expect(await third.producer.claimOrigins(async () => {})).toEqual([])
})

test('a source that cannot note it holds nothing on disk', async () => {
  const bench = new Bench()
  const first = await bench.start({ mode: 'always' }, { lingerMs: 0 })
  await first.producer.claimOrigins(() => Promise.reject(new Error('the disk is full')))
  first.producer.trySend({ logs: log(1), origin: origin(0, 10) })
  await bench.clock.advance(5)
  await settled()
  bench.kill(first)
  const second = await bench.start({ mode: 'always' })
  expect(await second.producer.claimOrigins(async () => {})).toEqual([])
})

test('lines are told as soon as they are on disk, where the producer resolves on that', async () => {
  const bench = new Bench()
  bench.sink.otherwise = 'hang'
  const life = await bench.start({ mode: 'always' }, { lingerMs: 0, resolveOn: 'durable' })
  const told: unknown[] = []
  life.producer.writer().appendLines(linesOf(3), (error, result, first, count) => {
    told.push([error, result?.durableAt !== undefined, first, count])
  })
  await bench.clock.advance(5)
  expect(told).toEqual([[null, true, 0, 3]])
  expect(life.producer.metrics().logs).toMatchObject({ delivered: 0, onDisk: 3 })
})
