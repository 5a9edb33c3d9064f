import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { Producer, type ProducerConfig, type ProducerError, type RouterFunction } from '../../../src/index.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedSink, type SinkStep } from '../../support/scripted-sink.ts'

type Told = [name: string, code: string]

/** A producer whose router does something to it while it routes: `meddle` is told how often the router was called before. */
function setUp(
  meddle: (producer: Producer, call: number) => void,
  config: ProducerConfig = {},
  steps: SinkStep[] = [],
) {
  const sink = new ScriptedSink(steps)
  const clock = new ManualClock()
  const told: Told[] = []
  const broken: unknown[] = []
  let calls = 0
  const router: RouterFunction = (_batch, lanes) => {
    meddle(producer, calls++)
    const { accepted, delivered, failed, dropped, inMemory } = producer.metrics().logs
    if (accepted !== delivered + failed + dropped + inMemory) broken.push(producer.metrics().logs)
    return lanes.length - 1
  }
  const producer = new Producer({
    ...{ project: 'p', logstore: 'l', sink, clock, compression: 'none', logger: silentLogger, router },
    ...{ batchCountThreshold: 1, lingerMs: 0, lanes: 4 },
    ...config,
  })
  onTestFinished(async () => {
    const closed = producer.close({ timeoutMs: 0 })
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'late' })
    await closed
  })
  const send = (name: string, request: { topic?: string; overflow?: 'drop-oldest'; padding?: number } = {}) => {
    const { padding = 0, ...rest } = request
    const callback = (error: ProducerError | null) => told.push([name, error?.code ?? 'delivered'])
    producer.send({ ...rest, logs: { contents: { name, padding: 'x'.repeat(padding) } } }, callback)
  }
  const stored = () =>
    sink.seen.flatMap(({ bytes }) => decodeLogGroup(bytes).logs.map(({ contents }) => contents[0]?.[1]))
  const end = async () => {
    await clock.advance(200_000)
    expect(broken).toEqual([])
    expect(producer.metrics()).toMatchObject({
      logs: { inMemory: 0 },
      memory: { usedBytes: 0 },
      batches: { open: 0, queued: 0 },
      callbackErrors: 0,
    })
    expect(clock.timerCount).toBe(0)
  }
  return { producer, sink, clock, send, told, stored, end }
}

describe('a router that', () => {
  test('sends to the group that it routes, and to another, changes neither the batch nor its order', async () => {
    const run = setUp((_producer, call) => {
      if (call > 3) return
      run.send(`inner ${call}`)
      run.send(`other ${call}`, { topic: 'other' })
    })
    run.send('outer 1')
    run.send('outer 2')
    await run.end()
    const own = run.stored().filter((name) => !name?.startsWith('other'))
    expect(own).toEqual(['outer 1', 'inner 0', 'inner 1', 'inner 2', 'inner 3', 'outer 2'])
    expect(run.told.map(([name]) => name).sort()).toEqual(run.stored().sort())
    expect(run.told.every(([, code]) => code === 'delivered')).toBe(true)
  })

  test('takes away the lane that it names leaves the batch to one that stays', async () => {
    const run = setUp((producer, call) => producer.update({ lanes: call % 2 === 0 ? 1 : 4 }), {}, ['hang'])
    for (let n = 0; n < 8; n++) run.send(String(n))
    await run.clock.advance(0)
    for (const { answer } of run.sink.seen) answer.resolve({ requestId: 'r' })
    await run.end()
    expect(run.told.map(([name]) => name).sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
    expect(run.stored()).toHaveLength(8)
  })

  test('makes the budget smaller than what is in use keeps all that was accepted', async () => {
    const run = setUp((producer) => producer.update({ totalSizeInBytes: 1 }), { totalSizeInBytes: 50_000 })
    for (let n = 0; n < 5; n++) run.send(String(n), { padding: 1_000, topic: String(n) })
    await run.end()
    expect(run.told.filter(([, code]) => code === 'delivered').map(([name]) => name)).toContain('0')
    expect(run.told).toHaveLength(5)
    expect(run.told.every(([, code]) => code === 'delivered' || code === 'ERR_LOGHUB_LOG_TOO_LARGE')).toBe(true)
  })

  test('drops the batch that it routes sends nothing of it, and it has one verdict', async () => {
    const run = setUp(
      (_producer, call) => {
        if (call === 0) run.send('newer', { padding: 700, overflow: 'drop-oldest' })
      },
      { totalSizeInBytes: 1_200 },
    )
    run.send('older', { padding: 700 })
    await run.end()
    expect(run.stored()).toEqual(['newer'])
    expect(run.told).toEqual([
      ['older', 'ERR_LOGHUB_DROPPED'],
      ['newer', 'delivered'],
    ])
  })

  test('drops the batch that it routes leaves nothing of it in the queue', async () => {
    const meddle = (_producer: Producer, call: number) => {
      if (call === 1) run.send('newer', { padding: 700, overflow: 'drop-oldest' })
    }
    const run = setUp(meddle, { totalSizeInBytes: 1_500, lanes: 1 }, ['hang'])
    run.send('first')
    await run.clock.advance(0)
    run.send('older', { padding: 700 })
    expect(run.producer.metrics().batches).toMatchObject({ queued: 1, inFlight: 1 })
    run.sink.seen[0]?.answer.resolve({ requestId: 'r' })
    await run.end()
    expect(run.stored()).toEqual(['first', 'newer'])
  })

  test('closes the producer: what was accepted is still sent, and what comes later is refused', async () => {
    let closed: Promise<unknown> | undefined
    const run = setUp((producer) => {
      closed ??= producer.close()
    })
    run.send('accepted')
    run.send('late')
    await run.end()
    expect(await closed).toMatchObject({ delivered: 1, failed: 0, abandoned: 0 })
    expect(run.told.sort()).toEqual([
      ['accepted', 'delivered'],
      ['late', 'ERR_LOGHUB_CLOSED'],
    ])
  })

  test('closes the producer at once gives up what it routes, once', async () => {
    let closed: Promise<unknown> | undefined
    const run = setUp(
      (producer) => {
        closed ??= producer.close({ timeoutMs: 0 })
      },
      {},
      ['hang'],
    )
    run.send('one')
    await run.clock.advance(0)
    for (const { answer } of run.sink.seen) answer.resolve({ requestId: 'late' })
    await run.end()
    expect(await closed).toMatchObject({ delivered: 0, abandoned: 1 })
    expect(run.told).toEqual([['one', 'ERR_LOGHUB_CLOSED']])
  })

  test('removes the project of the batch: the batch goes its way, and later sends are refused', async () => {
    const run = setUp((producer) => void producer.removeProject('p'))
    run.send('accepted')
    run.send('late')
    await run.end()
    expect(run.told.sort()).toEqual([
      ['accepted', 'delivered'],
      ['late', 'ERR_LOGHUB_PROJECT_UNKNOWN'],
    ])
  })

  test('flushes and waits for room finds both well', async () => {
    const flushes: Promise<void>[] = []
    const run = setUp((producer) => void flushes.push(producer.flush(), producer.ready()))
    for (let n = 0; n < 3; n++) run.send(String(n))
    await run.end()
    await Promise.all(flushes)
    expect(run.told).toHaveLength(3)
  })
})
