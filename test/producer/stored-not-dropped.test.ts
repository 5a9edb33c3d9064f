import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import type { Clock } from '../../src/core/clock.ts'
import { ManualClock, settled } from '../support/manual-clock.ts'
import { sinkError } from '../support/scripted-sink.ts'
import { logOfSize, observe, startProducer } from '../support/test-producer.ts'

const config = { overflow: 'drop-oldest', batchCountThreshold: 1, lanes: 1, totalSizeInBytes: 5_000 } as const

test('what was stored is not dropped for newer logs, however early after its answer they come', async () => {
  const { producer, sink } = startProducer(config, ['hang'])
  const first = observe(producer.send({ logs: logOfSize(2_000) }))
  await settled()
  sink.seen[0]?.answer.resolve({ requestId: 'stored' })
  // In each of the turns in which the answer is on its way through the producer.
  for (let turn = 0; turn < 30; turn++) {
    await Promise.resolve()
    for (let n = 0; n < 3; n++) void producer.send({ logs: logOfSize(2_000) }, () => {})
  }
  await settled()
  expect(first.state).toBe('resolved')
})

test('a subscriber who sends when it hears of an attempt drops nothing that this attempt has stored', async () => {
  const { producer } = startProducer(config)
  const channel = 'loghub-producer:batch:attempt'
  const sendMore = () => {
    unsubscribe(channel, sendMore)
    for (let n = 0; n < 3; n++) void producer.send({ logs: logOfSize(2_000) }, () => {})
  }
  subscribe(channel, sendMore)
  const first = observe(producer.send({ logs: logOfSize(2_000) }))
  await settled()
  expect(first.state).toBe('resolved')
})

test.each(['final', 'delivered'] as const)(
  'a clock whose user sends while a batch is %s lets it have one verdict',
  async (ends) => {
    const manual = new ManualClock()
    const channel = 'loghub-producer:batch:attempt'
    let isArmed = false
    const clock: Clock = {
      now: () => manual.now(),
      setTimer: (...timer) => manual.setTimer(...timer),
      monotonicMs: () => {
        const wasArmed = isArmed
        isArmed = false
        if (wasArmed) for (let n = 0; n < 3; n++) void producer.send({ logs: logOfSize(2_000) }, () => {})
        return manual.monotonicMs()
      },
    }
    const { producer } = startProducer({ ...config, clock }, ends === 'final' ? [sinkError('final')] : [])
    const arm = () => {
      unsubscribe(channel, arm)
      isArmed = true
    }
    subscribe(channel, arm)
    let calls = 0
    producer.send({ logs: logOfSize(2_000) }, () => calls++)
    await settled()
    expect(calls).toBe(1)
    expect(producer.metrics().logs).toMatchObject({ inMemory: 0 })
  },
)
