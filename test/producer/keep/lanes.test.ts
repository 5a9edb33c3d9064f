import { expect, test } from 'vitest'
import { Bench } from './support.ts'

const log = (n: number) => ({ contents: { n: String(n) } })

test('all lanes are for what is on disk while no fresh logs come, and a quarter of them while they do', async () => {
  const bench = new Bench()
  bench.sink.otherwise = 'hang'
  const config = { lingerMs: 0, lanes: 8 }
  const first = await bench.start({ mode: 'always' }, config)
  for (let n = 0; n < 30; n++) void first.producer.send({ topic: `t${n}`, logs: log(n), resolveOn: 'durable' })
  await bench.clock.advance(10)
  bench.kill(first)
  bench.sink.seen.length = 0
  const answer = (from: number, to: number) => {
    for (const { answer } of bench.sink.seen.slice(from, to)) answer.resolve({ requestId: 'r' })
  }

  const { producer } = await bench.start({ mode: 'always' }, config)
  await bench.clock.advance(0)
  expect(bench.sent.length).toBe(8)
  const fresh = producer.send({ logs: log(100) })
  await bench.clock.advance(10)
  answer(0, 8)
  await bench.clock.advance(0)
  expect(bench.sent.length).toBe(8 + 1 + 2)
  expect(bench.sent.slice(8).flat()).toContain('100')
  await bench.clock.advance(2_000)
  answer(8, 11)
  await fresh
  await bench.clock.advance(0)
  expect(bench.sent.length).toBe(11 + 8)
  bench.sink.otherwise = 'ok'
  answer(11, 19)
  await bench.clock.advance(60_000)
  expect(new Set(bench.sent.flat()).size).toBe(31)
  await producer.close()
})
