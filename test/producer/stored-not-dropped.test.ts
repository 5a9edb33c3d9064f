import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import type { Clock } from '../../src/core/clock.ts'
import { decodeLogGroup } from '../../src/sls/wire/decode-log-group.ts'
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

test('a clock whose user sends at any visit: what is dropped for that is not sent', async () => {
  for (let visit = 0; visit < 60; visit++) {
    const manual = new ManualClock()
    let visits = Number.NEGATIVE_INFINITY
    const visited = <T>(value: T): T => {
      if (visits++ === visit) for (const topic of ['third', 'fourth']) send(topic)
      return value
    }
    const clock: Clock = {
      now: () => visited(manual.now()),
      monotonicMs: () => visited(manual.monotonicMs()),
      setTimer: (...timer) => visited(manual.setTimer(...timer)),
    }
    const { producer, sink } = startProducer({ ...config, clock })
    const dropped: string[] = []
    const send = (topic: string) =>
      void producer.send({ topic, logs: logOfSize(2_000) }, (error) => {
        if (error?.code === 'ERR_LOGHUB_DROPPED') dropped.push(topic)
      })
    visits = 0
    for (const topic of ['first', 'second']) send(topic)
    await settled()
    const ended = [...sink.seen.map(({ bytes }) => decodeLogGroup(bytes).topic), ...dropped]
    const sent = visits > visit ? ['first', 'fourth', 'second', 'third'] : ['first', 'second']
    expect(ended.sort(), `visit ${visit}`).toEqual(sent)
  }
})
