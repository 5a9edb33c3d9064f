import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { Producer, type ProducerConfig } from '../../../src/index.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

let clock: ManualClock
let sink: ScriptedSink

beforeEach(() => {
  clock = new ManualClock()
  sink = new ScriptedSink([], 'hang')
})

function start(config: ProducerConfig): Producer {
  const producer = new Producer({
    ...{ project: 'p', logstore: 'l', sink, clock, compression: 'none' as const, batchCountThreshold: 1 },
    ...{ logger: silentLogger, requestTimeoutMs: 100_000 },
    ...config,
  })
  onTestFinished(async () => {
    const closed = producer.close({ timeoutMs: 0 })
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'late' })
    await closed
  })
  return producer
}

async function sendSome(producer: Producer, count: number, destination: object = {}): Promise<void> {
  for (let n = 0; n < count; n++) producer.send({ ...destination, logs: { contents: { n } } }, () => {})
  await settled()
}

async function answer(from: number, to = from + 1): Promise<void> {
  for (const { answer } of sink.seen.slice(from, to)) answer.resolve({ requestId: 'r' })
  await settled()
}

const lanesOf = (producer: Producer) => producer.metrics().lanes.map(({ index }) => index)

describe('the number of lanes', () => {
  test('is fixed where it is a number, whatever waits', async () => {
    const producer = start({ lanes: 3 })
    expect(lanesOf(producer)).toEqual([0, 1, 2])
    await sendSome(producer, 20)
    expect(lanesOf(producer)).toEqual([0, 1, 2])
    expect(sink.inFlight).toBe(3)
  })

  test('grows at once while work waits, up to the most allowed, and never beyond the work', async () => {
    const producer = start({ lanes: { min: 1, max: 4 } })
    expect(lanesOf(producer)).toEqual([0])
    await sendSome(producer, 1)
    expect(lanesOf(producer)).toEqual([0])
    await sendSome(producer, 1)
    expect(lanesOf(producer)).toEqual([0, 1])
    await sendSome(producer, 10)
    expect(lanesOf(producer)).toEqual([0, 1, 2, 3])
    expect(sink.inFlight).toBe(4)
  })

  test('shrinks when a batch ends and the last lanes have had nothing to do for 10 s, without a timer of its own', async () => {
    const producer = start({ lanes: { min: 1, max: 4 } })
    await sendSome(producer, 4)
    await answer(0, 4)
    expect(clock.timerCount).toBe(0)
    await clock.advance(9_999)
    await sendSome(producer, 1)
    await answer(4)
    expect(lanesOf(producer)).toEqual([0, 1, 2, 3])
    await clock.advance(10_001)
    expect(lanesOf(producer)).toHaveLength(4)
    await sendSome(producer, 1)
    await answer(5)
    expect(lanesOf(producer).length).toBeLessThan(4)
    expect(lanesOf(producer).length).toBeGreaterThanOrEqual(1)
  })

  test('never shrinks below the least allowed', async () => {
    const producer = start({ lanes: { min: 2, max: 4 } })
    await sendSome(producer, 4)
    await answer(0, 4)
    await clock.advance(60_000)
    await sendSome(producer, 1)
    await answer(4)
    expect(lanesOf(producer)).toEqual([0, 1])
  })

  test('can be changed while everything runs: new lanes take work at once, old ones end what they have', async () => {
    const producer = start({ lanes: 1 })
    await sendSome(producer, 20)
    expect(sink.inFlight).toBe(1)
    producer.update({ lanes: 8 })
    await settled()
    expect(sink.inFlight).toBe(8)
    producer.update({ lanes: 2 })
    await settled()
    expect(sink.inFlight).toBe(8)
    expect(producer.metrics().batches).toMatchObject({ inFlight: 8, queued: 12 })
    await answer(2, 8)
    // Six lanes are gone: none of them takes another batch.
    expect(sink.seen).toHaveLength(8)
    sink.otherwise = 'ok'
    await answer(0, 2)
    expect(producer.metrics().logs).toMatchObject({ delivered: 20, inMemory: 0 })
  })
})

test('no lane is idle while there is work: a lane that hangs holds up its own batch alone', async () => {
  const producer = start({ lanes: 2 })
  await sendSome(producer, 1)
  sink.otherwise = 'ok'
  await sendSome(producer, 100)
  expect(producer.metrics().logs).toMatchObject({ delivered: 100, inMemory: 1 })
  expect(sink.inFlight).toBe(1)
})

test('a batch that waits for its retry holds no lane', async () => {
  const producer = start({ lanes: 1, random: () => 0.99 })
  const { sinkError } = await import('../../support/scripted-sink.ts')
  sink.steps.push(sinkError('back-off'))
  sink.otherwise = 'ok'
  await sendSome(producer, 10)
  expect(producer.metrics()).toMatchObject({ logs: { delivered: 9 }, batches: { retrying: 1 } })
  await clock.advance(100)
  expect(producer.metrics().logs.delivered).toBe(10)
})

test('a project has its share of the lanes; the others are for the others', async () => {
  const producer = start({ lanes: 4, maxProjectShare: 0.5 })
  producer.putProject({ project: 'other' })
  await sendSome(producer, 10)
  expect(sink.inFlight).toBe(2)
  await sendSome(producer, 10, { project: 'other' })
  expect(sink.seen.map(({ request }) => request.project)).toEqual(['p', 'p', 'other', 'other'])
  producer.removeProject('other')
  await settled()
  expect(sink.inFlight).toBe(4)
})

test('the share of a project is one lane at least', async () => {
  const producer = start({ lanes: 1, maxProjectShare: 0.1 })
  producer.putProject({ project: 'other' })
  sink.otherwise = 'ok'
  await sendSome(producer, 5)
  await sendSome(producer, 5, { project: 'other' })
  expect(producer.metrics().logs.delivered).toBe(10)
})
