import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { Producer, type ProducerConfig } from '../../../src/index.ts'
import { GroupOrder } from '../../../src/producer/deliver/group-order.ts'
import { batchOf } from '../../support/batches.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { ModelSink } from '../../support/model-sink.ts'

describe('one batch of a group goes at a time', () => {
  test('the next has its turn when the one before has its verdict', () => {
    const order = new GroupOrder()
    const [first, second] = [batchOf(), batchOf()]
    expect(order.enter(first)).toBe(true)
    expect(order.enter(second)).toBe(false)
    expect(order.waiting).toBe(1)
    expect(order.leave(first)).toBe(second)
    expect(order.leave(second)).toBeUndefined()
    expect(order.waiting).toBe(0)
  })

  test('it may enter again for its retry, and other groups know nothing of it', () => {
    const order = new GroupOrder()
    const [first, other] = [batchOf(), batchOf({ topic: 'other' })]
    order.enter(first)
    expect(order.enter(first)).toBe(true)
    expect(order.enter(other)).toBe(true)
  })

  test('what is given up while it waits leaves the line at once, and never has a turn', () => {
    const order = new GroupOrder()
    const [first, second, third] = [batchOf(), batchOf(), batchOf()]
    for (const batch of [first, second, third]) order.enter(batch)
    second.takeRest('failed')
    expect(order.leave(second)).toBeUndefined()
    expect(order.waiting).toBe(1)
    expect(order.leave(first)).toBe(third)
  })

  test('what was given up in the middle of the line is passed over', () => {
    const order = new GroupOrder()
    const batches = [batchOf(), batchOf(), batchOf(), batchOf()]
    for (const batch of batches) order.enter(batch)
    batches[2]?.takeRest('failed')
    order.leave(batches[2] as (typeof batches)[0])
    expect(order.leave(batches[0] as (typeof batches)[0])).toBe(batches[1])
    expect(order.leave(batches[1] as (typeof batches)[0])).toBe(batches[3])
    expect(order.waiting).toBe(0)
  })
})

let clock: ManualClock
let sink: ModelSink

beforeEach(() => {
  clock = new ManualClock()
  sink = new ModelSink(clock, ['p'])
})

function start(config: ProducerConfig): Producer {
  const producer = new Producer({
    ...{ project: 'p', logstore: 'l', sink, clock, compression: 'none' as const, batchCountThreshold: 1 },
    ...{ router: 'key-hash' as const, logger: silentLogger, random: () => 0.99 },
    ...config,
  })
  onTestFinished(async () => void (await producer.close({ timeoutMs: 0 })))
  return producer
}

let nextId = 0
function send(producer: Producer, topic: string, count: number): void {
  for (let n = 0; n < count; n++) producer.send({ topic, logs: { contents: { id: nextId++ } } }, () => {})
}

const storedOf = (topic: string) => sink.stored.get(JSON.stringify(['p', 'l', topic])) ?? []

test('the order of each group holds through a resize 1 -> 8 -> 2 while requests fail and hang', async () => {
  const producer = start({ lanes: 1, retries: 100, requestTimeoutMs: 5, baseRetryBackoffMs: 1, maxRetryBackoffMs: 2 })
  const topics = Array.from({ length: 20 }, (_, n) => `t${n}`)
  const round = async () => {
    for (const topic of topics) send(producer, topic, 5)
    for (let n = 0; n < 60; n++) sink.answers.push(n % 3 === 0 ? 'back-off' : n % 7 === 0 ? 'hang' : 'ok')
    await clock.advance(50)
  }
  await round()
  producer.update({ lanes: 8 })
  await round()
  producer.update({ lanes: 2 })
  await round()
  sink.answers.length = 0
  sink.releaseAll()
  await clock.advance(60_000)
  expect(producer.metrics().logs).toMatchObject({ delivered: 300, inMemory: 0 })
  expect(producer.metrics().requests.failed).toBeGreaterThan(20)
  for (const topic of topics) {
    expect(storedOf(topic)).toHaveLength(15)
    expect(storedOf(topic)).toEqual([...storedOf(topic)].sort((a, b) => a - b))
  }
})

test('a batch that waits for its retry holds back the later ones of its own group, and no others', async () => {
  const producer = start({ lanes: 2 })
  sink.answers.push('back-off')
  send(producer, 'sick', 1)
  await settled()
  send(producer, 'sick', 3)
  send(producer, 'well', 3)
  await settled()
  expect(storedOf('sick')).toEqual([])
  expect(storedOf('well')).toHaveLength(3)
  expect(producer.metrics().batches).toMatchObject({ retrying: 1, inLine: 3 })
  await clock.advance(100)
  expect(storedOf('sick')).toHaveLength(4)
  expect(producer.metrics().batches).toMatchObject({ retrying: 0, inLine: 0 })
})

test('without key-hash a group is sent side by side', async () => {
  const producer = start({ router: 'least-loaded', lanes: 4 })
  sink.answers.push('hang', 'hang', 'hang', 'hang')
  send(producer, 't', 4)
  await settled()
  expect(sink.inFlight).toBe(4)
})
