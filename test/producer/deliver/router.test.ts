import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { Producer, type ProducerConfig, type RouterFunction } from '../../../src/index.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

let sink: ScriptedSink

beforeEach(() => {
  sink = new ScriptedSink()
})

function start(config: ProducerConfig): Producer {
  const producer = new Producer({
    ...{ project: 'p', logstore: 'l', sink, clock: new ManualClock(), compression: 'none' as const },
    ...{ batchCountThreshold: 1, lanes: 4, logger: silentLogger },
    ...config,
  })
  onTestFinished(async () => {
    const closed = producer.close({ timeoutMs: 0 })
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'late' })
    await closed
  })
  return producer
}

/** One after the other: each finds all lanes idle. */
async function sendEach(producer: Producer, sizes: readonly number[], destination: object = {}): Promise<void> {
  for (const size of sizes) {
    producer.send({ ...destination, logs: { contents: { text: 'x'.repeat(size) } } }, () => {})
    await settled()
  }
}

const lanesUsed = () => sink.seen.map(({ request }) => request.lane)

test('least-loaded gives the next batch to the idle lane that has sent the fewest bytes', async () => {
  const producer = start({ router: 'least-loaded', lanes: 3 })
  await sendEach(producer, [3_000, 1_000, 10, 2_000, 10])
  expect(lanesUsed()).toEqual([0, 1, 2, 2, 1])
})

test('round-robin gives it to the next idle lane in turn', async () => {
  const producer = start({ router: 'round-robin', lanes: 3 })
  await sendEach(producer, [1_000, 1, 1, 1, 1])
  expect(lanesUsed()).toEqual([0, 1, 2, 0, 1])
})

test('round-robin passes over lanes that are at work', async () => {
  const producer = start({ router: 'round-robin', lanes: 3 })
  sink.steps.push('ok', 'hang')
  await sendEach(producer, [1, 1, 1, 1, 1, 1])
  expect(lanesUsed()).toEqual([0, 1, 2, 0, 2, 0])
})

describe('key-hash', () => {
  test('gives all batches of a group to one lane, and different groups to different lanes', async () => {
    const producer = start({ router: 'key-hash' })
    const lanesOfTopic = new Map<string, Set<number>>()
    for (let topic = 0; topic < 40; topic++) {
      const before = sink.seen.length
      await sendEach(producer, [1, 1, 1], { topic: String(topic) })
      lanesOfTopic.set(String(topic), new Set(lanesUsed().slice(before)))
    }
    expect([...lanesOfTopic.values()].every((lanes) => lanes.size === 1)).toBe(true)
    expect(new Set(lanesUsed())).toEqual(new Set([0, 1, 2, 3]))
  })

  test('the fields of a group do not run into each other', async () => {
    const producer = start({ router: 'key-hash', lanes: 256 })
    await sendEach(producer, [1], { topic: 'ab', source: 'c' })
    await sendEach(producer, [1], { topic: 'a', source: 'bc' })
    const [first, second] = lanesUsed()
    expect(first).not.toBe(second)
  })
})

describe('a function of the user', () => {
  test('is told the group, the size of the batch, and the load of each lane', async () => {
    const told: Parameters<RouterFunction>[] = []
    const producer = start({
      lanes: 2,
      router: (batch, lanes) => {
        told.push([batch, lanes])
        return 1
      },
    })
    await sendEach(producer, [5, 5], { topic: 't', source: 's', shardHash: 'h' })
    const [batch] = told[0] as Parameters<RouterFunction>
    expect(batch).toMatchObject({ project: 'p', logstore: 'l', topic: 't', source: 's', logCount: 1 })
    expect(batch.shardHash).toHaveLength(32)
    const sentBytes = sink.seen[0]?.bytes.length as number
    expect(batch.rawSizeInBytes).toBe(sentBytes)
    expect(told[1]?.[1]).toEqual([
      { index: 0, batches: 0, sentBytes: 0 },
      { index: 1, batches: 0, sentBytes },
    ])
    expect(lanesUsed()).toEqual([1, 1])
  })

  test('holds a batch back for its lane, though others are idle', async () => {
    const producer = start({ router: ({ topic }) => (topic === 'pinned' ? 0 : undefined) })
    sink.steps.push('hang')
    await sendEach(producer, [1, 1], { topic: 'pinned' })
    await sendEach(producer, [1], { topic: 'free' })
    expect(lanesUsed()).toEqual([0, 1])
    sink.seen[0]?.answer.resolve({ requestId: 'r' })
    await settled()
    expect(lanesUsed()).toEqual([0, 1, 0])
  })

  test.each([
    ['a negative number', -1],
    ['a number beyond the lanes', 99],
    ['a fraction', 0.5],
    ['NaN', Number.NaN],
    ['a text', 'x' as never],
  ])('that gives %s has picked none: any idle lane takes the batch', async (_what, index) => {
    const producer = start({ router: () => index })
    await sendEach(producer, [1, 1])
    expect(producer.metrics().logs.delivered).toBe(2)
  })

  test('that throws has picked none, and is counted and told as a callback that failed', async () => {
    const errors: Error[] = []
    const producer = start({
      router: () => {
        throw new Error('lost')
      },
    })
    producer.on('callbackError', ({ error }) => errors.push(error))
    await sendEach(producer, [1, 1])
    expect(producer.metrics()).toMatchObject({ logs: { delivered: 2 }, callbackErrors: 2 })
    expect(errors.map(({ message }) => message)).toEqual(['lost', 'lost'])
  })

  test('what waits in the line of a lane that goes is given to the lanes that stay, and nothing is lost', async () => {
    const producer = start({ router: (_batch, lanes) => lanes.length - 1 })
    sink.steps.push('hang')
    await sendEach(producer, [1, 1, 1, 1, 1])
    expect(producer.metrics().lanes[3]).toMatchObject({ busy: true, waiting: 4 })
    producer.update({ lanes: 1 })
    await settled()
    expect(lanesUsed()).toEqual([3, 0, 0, 0, 0])
    expect(producer.metrics()).toMatchObject({
      logs: { delivered: 4, inMemory: 1 },
      batches: { queued: 0, inFlight: 1 },
    })
    sink.seen[0]?.answer.resolve({ requestId: 'r' })
    await settled()
    expect(producer.metrics().logs).toMatchObject({ delivered: 5, inMemory: 0 })
  })

  test("a lane that goes while its line waits for its project's share is not taken for one at work", async () => {
    const pins = [2, 3]
    const producer = start({ router: () => pins.shift(), maxProjectShare: 0.25 })
    producer.putProject({ project: 'other' })
    sink.steps.push('hang')
    await sendEach(producer, [1, 1])
    expect(producer.metrics().lanes[3]).toMatchObject({ busy: false, waiting: 1 })
    producer.update({ lanes: 1 })
    sink.seen[0]?.answer.resolve({ requestId: 'r' })
    await settled()
    expect(producer.metrics()).toMatchObject({ logs: { delivered: 2 }, batches: { queued: 0, inFlight: 0 } })
  })
})
