import { expect, test } from 'vitest'
import type { DueSource } from '../../../src/core/due-source.ts'
import { Mover } from '../../../src/producer/accumulate/mover.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { log, sentLogs, startProducer } from '../../support/test-producer.ts'

class Deadlines implements DueSource {
  readonly moved: [due: number, at: number][] = []
  #dues: number[]

  constructor(...dues: number[]) {
    this.#dues = dues.sort((a, b) => a - b)
  }

  get nextDueMs(): number {
    return this.#dues[0] ?? Number.POSITIVE_INFINITY
  }

  moveDue(nowMs: number): void {
    for (const due of this.#dues.filter((due) => due <= nowMs)) this.moved.push([due, nowMs])
    this.#dues = this.#dues.filter((due) => due > nowMs)
  }
}

test('moves each thing when it is due, from all of its sources, on one timer', async () => {
  const clock = new ManualClock()
  const first = new Deadlines(30, 10, 20)
  const second = new Deadlines(15)
  new Mover(clock, [first, second]).reschedule()
  expect(clock.timerCount).toBe(1)
  await clock.advance(25)
  expect(first.moved).toEqual([
    [10, 10],
    [20, 20],
  ])
  expect(second.moved).toEqual([[15, 15]])
  expect(clock.timerCount).toBe(1)
  await clock.advance(5)
  expect(clock.timerCount).toBe(0)
})

test('an idle producer holds no timer, before its first log and after its last', async () => {
  const { producer, clock } = startProducer()
  expect(clock.timerCount).toBe(0)
  const sent = producer.send({ logs: log(1) })
  expect(clock.timerCount).toBe(1)
  await clock.advance(2000)
  await sent
  expect(clock.timerCount).toBe(0)
})

test('however many groups are open there is one timer', () => {
  const { producer, clock } = startProducer()
  for (let n = 0; n < 500; n++) producer.trySend({ topic: `topic-${n}`, logs: log(n) })
  expect(clock.timerCount).toBe(1)
})

test('each batch leaves when its own linger is over, counted from its first log', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 100 })
  producer.trySend({ topic: 'a', logs: log('a1') })
  await clock.advance(30)
  producer.trySend({ topic: 'b', logs: log('b1') })
  await clock.advance(30)
  producer.trySend({ topic: 'a', logs: log('a2') })
  await clock.advance(39)
  expect(sink.seen.length).toBe(0)
  await clock.advance(1)
  expect(sentLogs(sink.seen)).toEqual([['a1', 'a2']])
  await clock.advance(30)
  expect(sentLogs(sink.seen)).toEqual([['a1', 'a2'], ['b1']])
})

test.each([-3_600_000, 3_600_000, 400 * 24 * 3_600_000])(
  'a jump of the wall clock by %d ms changes no linger',
  async (jumpMs) => {
    const { producer, clock, sink } = startProducer({ lingerMs: 1000 })
    producer.trySend({ logs: log(1) })
    await clock.advance(500)
    clock.jump(jumpMs)
    await clock.advance(499)
    expect(sink.seen.length).toBe(0)
    await clock.advance(1)
    expect(sink.seen.length).toBe(1)
  },
)

test('a shorter linger, set while batches are open, holds for them at once', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 60_000 })
  producer.trySend({ logs: log(1) })
  await clock.advance(500)
  producer.update({ lingerMs: 600 })
  await clock.advance(99)
  expect(sink.seen.length).toBe(0)
  await clock.advance(1)
  expect(sink.seen.length).toBe(1)
})

test('a linger of 0 sends on the next turn', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 0 })
  producer.trySend({ logs: log(1) })
  producer.trySend({ logs: log(2) })
  expect(sink.seen.length).toBe(0)
  await clock.advance(0)
  expect(sentLogs(sink.seen)).toEqual([['1', '2']])
})
