import { describe, expect, test } from 'vitest'
import { IncompleteBatches } from '../../../src/producer/accumulate/incomplete-batches.ts'
import { LogAccumulator } from '../../../src/producer/accumulate/log-accumulator.ts'
import type { ProducerBatch } from '../../../src/producer/batch/producer-batch.ts'
import type { LiveOptions } from '../../../src/producer/options.ts'
import { withDefaults } from '../../../src/producer/resolve-options.ts'
import { limits } from '../../../src/sls/limits.ts'
import type { Log } from '../../../src/sls/wire/log.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { log, logOfSize } from '../../support/test-producer.ts'

function setUp(options: Parameters<typeof withDefaults>[0] = {}) {
  const clock = new ManualClock()
  const live: LiveOptions = { current: withDefaults(options) }
  const sealed: ProducerBatch[] = []
  const incomplete = new IncompleteBatches(() => {})
  const accumulator = new LogAccumulator({
    options: live,
    clock,
    incomplete,
    opened: () => {},
    sealed: (batch) => sealed.push(batch),
  })
  const encoder = new LogEncoder()
  const append = (topic: string, ...logs: Log[]) => {
    encoder.encodeAll(logs, clock.now())
    accumulator.append({ ...key, topic }, encoder, undefined, 0)
    accumulator.handOver()
  }
  const verdicts = () => sealed.map(({ sealed, logCount, key }) => [sealed.sealReason, key.topic, logCount])
  return { clock, accumulator, incomplete, append, sealed, verdicts }
}

const key = { project: 'p', logstore: 'l', topic: '', source: 's', shardHash: undefined }

describe('a batch is sealed', () => {
  test('by its encoded bytes, after the log that reaches the threshold', () => {
    const { append, verdicts, sealed } = setUp({ batchSizeThresholdInBytes: 1000 })
    for (let n = 0; n < 10; n++) append('t', logOfSize(200))
    expect(verdicts().map(([reason]) => reason)).toEqual(verdicts().map(() => 'size'))
    for (const batch of sealed) expect(batch.partSizeInBytes).toBeGreaterThanOrEqual(1000)
    expect(sealed[0]?.partSizeInBytes).toBeLessThan(1300)
  })

  test('by its logs', () => {
    const { append, verdicts, accumulator } = setUp({ batchCountThreshold: 3 })
    for (let n = 0; n < 7; n++) append('t', log(n))
    expect(verdicts()).toEqual([
      ['count', 't', 3],
      ['count', 't', 3],
    ])
    expect(accumulator.openCount).toBe(1)
  })

  test('by its age, the oldest first, and those not yet old enough stay', async () => {
    const { clock, accumulator, append, verdicts } = setUp({ lingerMs: 100 })
    append('old', log(1))
    await clock.advance(50)
    append('young', log(2))
    expect(accumulator.nextDueMs).toBe(100)
    accumulator.moveDue(100)
    expect(verdicts()).toEqual([['linger', 'old', 1]])
    expect(accumulator.nextDueMs).toBe(150)
  })

  test('when the next logs have no room in its request, which then go into a new one, together', () => {
    const { append, verdicts } = setUp({ batchSizeThresholdInBytes: limits.requestInBytes })
    append('t', logOfSize(5 * 1024 * 1024))
    append('t', logOfSize(2 * 1024 * 1024), logOfSize(2 * 1024 * 1024))
    expect(verdicts()).toEqual([['no-room', 't', 1]])
  })

  test('when the number of logs leaves no room', () => {
    const many = Array.from({ length: 30_000 }, (_, n) => log(n))
    const { append, verdicts } = setUp({
      batchCountThreshold: 40_960,
      batchSizeThresholdInBytes: limits.requestInBytes,
    })
    append('t', ...many)
    append('t', ...many)
    expect(verdicts()).toEqual([['no-room', 't', 30_000]])
  })

  test('when the table is full: the oldest makes room', () => {
    const { append, verdicts, accumulator } = setUp({ maxOpenBatches: 2 })
    for (const topic of ['a', 'b', 'a', 'c', 'd']) append(topic, log(topic))
    expect(verdicts()).toEqual([
      ['table-full', 'a', 2],
      ['table-full', 'b', 1],
    ])
    expect(accumulator.openCount).toBe(2)
  })

  test('before its delivery deadline, whatever linger says', () => {
    const { accumulator, append } = setUp({ lingerMs: 5000, deliveryTimeoutMs: 1000 })
    append('t', log(1))
    expect(accumulator.nextDueMs).toBe(1000)
  })

  test('all of them at once on demand, in the order of age, and none empty', () => {
    const { accumulator, append, verdicts } = setUp()
    accumulator.sealAll('flush')
    for (const topic of ['a', 'b', 'c']) append(topic, log(topic))
    accumulator.sealAll('close')
    accumulator.sealAll('close')
    expect(verdicts()).toEqual([
      ['close', 'a', 1],
      ['close', 'b', 1],
      ['close', 'c', 1],
    ])
  })
})

describe('a list', () => {
  test('stays together in one batch where one request can hold it, over the thresholds too', () => {
    const { append, verdicts } = setUp({ batchCountThreshold: 10, batchSizeThresholdInBytes: 500 })
    append('t', ...Array.from({ length: 100 }, (_, n) => log(n)))
    expect(verdicts()).toEqual([['size', 't', 100]])
  })

  test('larger than a request is cut into as few as hold it, in order', () => {
    const { append, accumulator, sealed } = setUp()
    const mebibyte = 1024 * 1024
    append('t', ...Array.from({ length: 10 }, () => logOfSize(mebibyte)))
    accumulator.sealAll('close')
    expect(sealed.map(({ logCount }) => logCount)).toEqual([8, 2])
    for (const { partSizeInBytes } of sealed) expect(partSizeInBytes).toBeLessThanOrEqual(limits.requestInBytes + 100)
  })
})

describe('the table of groups', () => {
  test('holds a group only while its batch is open: 100,000 topics that come once leave nothing', () => {
    const { append, accumulator, incomplete, sealed } = setUp({ maxOpenBatches: 100 })
    for (let n = 0; n < 100_000; n++) {
      append(`topic-${n}`, log(n))
      for (const batch of sealed.splice(0)) incomplete.completed(batch)
    }
    expect([accumulator.openCount, incomplete.size]).toEqual([100, 100])
    accumulator.sealAll('flush')
    for (const batch of sealed.splice(0)) incomplete.completed(batch)
    expect([accumulator.openCount, incomplete.size, accumulator.nextDueMs]).toEqual([0, 0, Number.POSITIVE_INFINITY])
  })

  test('a group that comes back starts a new batch with a linger of its own', async () => {
    const { clock, append, accumulator, verdicts } = setUp({ lingerMs: 100, batchCountThreshold: 2 })
    append('t', log(1), log(2))
    await clock.advance(60)
    append('t', log(3))
    expect(verdicts()).toEqual([['count', 't', 2]])
    expect(accumulator.nextDueMs).toBe(160)
  })

  test('logs that differ in any field of the group never share a batch', () => {
    const { accumulator, incomplete } = setUp()
    const encoder = new LogEncoder()
    const keys = [key, { ...key, project: 'q' }, { ...key, logstore: 'm' }, { ...key, topic: 'x' }]
    for (const each of [...keys, { ...key, source: 'z' }, { ...key, shardHash: '00' }, { ...key }]) {
      encoder.encode({ n: '1' }, 0)
      accumulator.append(each, encoder, undefined, 0)
    }
    accumulator.sealAll('flush')
    expect([...incomplete].map(({ logCount }) => logCount)).toEqual([2, 1, 1, 1, 1, 1])
  })
})

describe('the sealed group', () => {
  test('ends with topic, source, the tags of the producer and its pack id', () => {
    const { append, accumulator, sealed } = setUp({ tags: { env: 'test' } })
    append('topic-1', log(1))
    accumulator.sealAll('close')
    const [batch] = sealed
    expect(batch?.sealed.packId).toMatch(/^[0-9A-F]{16}-0$/)
    const text = batch?.raw.toString('latin1') ?? ''
    for (const part of ['topic-1', 'env', 'test', '__pack_id__', batch?.sealed.packId ?? ''])
      expect(text).toContain(part)
  })

  test('numbers its batches without gaps, logstore by logstore, in the order of sealing', () => {
    const { append, accumulator, sealed } = setUp({ batchCountThreshold: 1 })
    for (let n = 0; n < 5; n++) append(`topic-${n % 2}`, log(n))
    accumulator.sealAll('close')
    expect(sealed.map(({ sealed }) => sealed.packId.split('-')[1])).toEqual(['0', '1', '2', '3', '4'])
  })
})
