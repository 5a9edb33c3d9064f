import { beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { Producer, type ProducerConfig, type ProducerError } from '../../src/index.ts'
import { ManualClock, settled } from '../support/manual-clock.ts'
import { PickySink } from '../support/picky-sink.ts'
import { ScriptedSink } from '../support/scripted-sink.ts'
import { logOfSize, observe, startProducer } from '../support/test-producer.ts'

let clock: ManualClock

beforeEach(() => {
  clock = new ManualClock()
})

/** A log that holds exactly this much of the budget, with a callback: 96 bytes for it, the rest for the log itself. */
const LOG_IN_BYTES = 200
const contentsOf = (id: number) => ({ id: String(id).padStart(4, '0'), filler: 'x'.repeat(72) })

function start(config: ProducerConfig): Producer {
  return new Producer({
    clock,
    project: 'p',
    logstore: 'l',
    compression: 'none',
    lanes: 1,
    logger: silentLogger,
    totalSizeInBytes: 200 * LOG_IN_BYTES,
    ...config,
  })
}

interface Verdicts {
  readonly delivered: number[]
  readonly errors: Map<number, ProducerError>
}

function sendAll(producer: Producer, from: number, to: number, options = {}): Verdicts {
  const verdicts: Verdicts = { delivered: [], errors: new Map() }
  for (let id = from; id < to; id++) {
    producer.send({ logs: { contents: contentsOf(id) }, ...options }, (error) => {
      if (error === null) verdicts.delivered.push(id)
      else verdicts.errors.set(id, error)
    })
  }
  return verdicts
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const codesOf = ({ errors }: Verdicts) => [...new Set([...errors.values()].map(({ code }) => code))]

/** A sink that does nothing until it is started, and from then on takes everything that it is given. */
function stoppedSink(): { sink: ScriptedSink; startIt: () => void } {
  const sink = new ScriptedSink([], 'hang')
  return {
    sink,
    startIt: () => {
      sink.otherwise = 'ok'
      for (const { answer } of sink.seen) answer.resolve({ requestId: 'late' })
    },
  }
}

test('a log of the test holds what the test believes', () => {
  const producer = start({ sink: new ScriptedSink() })
  sendAll(producer, 0, 1)
  expect(producer.metrics().memory.usedBytes).toBe(LOG_IN_BYTES)
})

describe('reject', () => {
  test('200 sends fill the budget and the next 200 are refused at once; exactly the 200 are delivered', async () => {
    const producer = start({ sink: new ScriptedSink(), overflow: 'reject' })
    const first = sendAll(producer, 0, 200)
    const next = sendAll(producer, 200, 400)
    await settled()
    expect(codesOf(next)).toEqual(['ERR_LOGHUB_BUFFER_FULL'])
    expect(next.errors.size).toBe(200)
    await producer.close()
    expect(first.delivered).toEqual(range(0, 200))
    expect(producer.metrics().logs).toMatchObject({
      accepted: 200,
      delivered: 200,
      refused: 200,
      refusedByCode: { ERR_LOGHUB_BUFFER_FULL: 200 },
    })
  })

  test('the error says how much is in use, and that it may be tried again', async () => {
    const producer = start({ sink: new ScriptedSink(), overflow: 'reject' })
    sendAll(producer, 0, 200)
    const refusal = producer.send({ logs: { contents: contentsOf(200) } })
    await expect(refusal).rejects.toMatchObject({
      retriable: true,
      message: expect.stringContaining('40000 of 40000 bytes are in use'),
    })
    await producer.close()
  })
})

describe('block', () => {
  test('the 201st send waits until the sink starts, and is delivered after the others', async () => {
    const { sink, startIt } = stoppedSink()
    const producer = start({ sink, overflow: 'block', lingerMs: 0, deliveryTimeoutMs: 60_000 })
    const all = sendAll(producer, 0, 201)
    await clock.advance(3_000)
    expect(producer.metrics()).toMatchObject({ logs: { accepted: 200 }, memory: { blockedSends: 1 } })
    expect(all.delivered).toEqual([])
    startIt()
    await clock.advance(1)
    expect(all.delivered).toEqual(range(0, 201))
    expect(producer.metrics().memory).toMatchObject({ usedBytes: 0, blockedSends: 0 })
  })

  test('a send that waits longer than maxBlockMs is refused; one with -1 waits on', async () => {
    const producer = start({ sink: stoppedSink().sink, maxBlockMs: 1_000, lingerMs: 0, requestTimeoutMs: 100_000 })
    sendAll(producer, 0, 200)
    const [patient, bounded] = [sendAll(producer, 200, 201, { maxBlockMs: -1 }), sendAll(producer, 201, 202)]
    await clock.advance(999)
    expect(bounded.errors.size).toBe(0)
    await clock.advance(1)
    expect(codesOf(bounded)).toEqual(['ERR_LOGHUB_BUFFER_FULL'])
    await clock.advance(60_000)
    expect(patient.errors.size).toBe(0)
  })

  test('a send that waits while the budget becomes smaller than it goes when nothing else is held, and holds up nobody', async () => {
    const { sink, startIt } = stoppedSink()
    const producer = start({ sink, maxBlockMs: -1, lingerMs: 0 })
    sendAll(producer, 0, 200)
    const large = producer.send({ logs: range(0, 50).map((id) => ({ contents: contentsOf(id) })) })
    const small = sendAll(producer, 300, 301)
    producer.update({ totalSizeInBytes: 10 * LOG_IN_BYTES })
    startIt()
    await clock.advance(1)
    await expect(large).resolves.toMatchObject({ batchLogCount: 50 })
    expect(small.delivered).toEqual([300])
  })
})

describe('drop-oldest', () => {
  /** The newest of one batch each, so that a victim is one log. */
  const single = { overflow: 'drop-oldest', batchCountThreshold: 1, lingerMs: 0 } as const

  test('500 sends are all taken, and the newest 200 are delivered', async () => {
    const sink = new PickySink(() => undefined)
    const producer = start({ sink, ...single, batchCountThreshold: 4096 })
    // One group each: a batch is the unit of dropping.
    const verdicts: number[] = []
    for (const id of range(0, 500)) {
      producer.send({ topic: String(id), logs: { contents: contentsOf(id) } }, (error) => {
        if (error === null) verdicts.push(id)
        else expect(error.code).toBe('ERR_LOGHUB_DROPPED')
      })
    }
    await producer.close()
    expect(verdicts).toEqual(range(300, 500))
    expect(sink.values('id').map(Number)).toEqual(range(300, 500))
  })

  test('each victim is told, counted in logs and by its reason, and given as an event', async () => {
    const producer = start({ sink: new ScriptedSink(), ...single, batchCountThreshold: 10 })
    const drops: number[] = []
    producer.on('drop', ({ logCount, error }) => {
      expect(error.code).toBe('ERR_LOGHUB_DROPPED')
      drops.push(logCount)
    })
    const all = sendAll(producer, 0, 200)
    const next = sendAll(producer, 200, 230)
    await producer.close()
    expect([...all.errors.keys()]).toEqual(range(0, 30))
    expect(next.errors.size).toBe(0)
    expect(codesOf(all)).toEqual(['ERR_LOGHUB_DROPPED'])
    expect(drops).toEqual([10, 10, 10])
    expect(producer.metrics().logs).toMatchObject({
      accepted: 230,
      delivered: 200,
      failed: 0,
      dropped: 30,
      droppedByReason: { 'drop-oldest': 30 },
      refused: 0,
    })
  })

  test('what is on the wire is never dropped: with nothing else to drop the new log is refused', async () => {
    const { sink, startIt } = stoppedSink()
    const producer = start({ sink, ...single, batchCountThreshold: 200 })
    const first = sendAll(producer, 0, 200)
    await settled()
    const next = sendAll(producer, 200, 201)
    await settled()
    expect(codesOf(next)).toEqual(['ERR_LOGHUB_BUFFER_FULL'])
    startIt()
    await settled()
    expect(first.delivered).toEqual(range(0, 200))
  })

  test('a project drops its own logs, never those of another', async () => {
    const { sink } = stoppedSink()
    const producer = start({ sink, ...single })
    producer.putProject({ project: 'other' })
    const other = sendAll(producer, 0, 50, { project: 'other' })
    const own = sendAll(producer, 100, 350)
    await settled()
    expect(other.errors.size).toBe(0)
    // Half of the budget is its share; the first of its logs is on the wire or the next in line.
    expect(own.errors.size).toBe(150)
    expect(codesOf(own)).toEqual(['ERR_LOGHUB_DROPPED'])
    expect(producer.metrics().memory.usedBytes).toBe(150 * LOG_IN_BYTES)
    void producer.close({ timeoutMs: 0 })
  })

  test('the first drop is said at once, and then at most every 30 seconds, with the number since', async () => {
    const said: string[] = []
    const logger = { ...silentLogger, error: (message: string) => said.push(message) }
    const producer = start({ sink: stoppedSink().sink, ...single, logger, requestTimeoutMs: 200_000 })
    sendAll(producer, 0, 201)
    await settled()
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('1 log was dropped')
    for (let second = 1; second < 30; second++) {
      await clock.advance(1_000)
      sendAll(producer, 0, 10)
    }
    expect(said).toHaveLength(1)
    await clock.advance(1_000)
    expect(said).toHaveLength(2)
    expect(said[1]).toContain('290 logs were dropped')
    void producer.close({ timeoutMs: 0 })
  })

  test('dropped batches leave nothing behind: neither in a queue nor in the memory that their sends hold', async () => {
    const producer = start({ sink: stoppedSink().sink, ...single, requestTimeoutMs: 200_000 })
    sendAll(producer, 0, 1)
    await settled()
    sendAll(producer, 1, 5_000)
    await settled()
    const { batches, logs } = producer.metrics()
    expect(logs).toMatchObject({ accepted: 5_000, inMemory: 200, dropped: 4_800 })
    expect(batches).toMatchObject({ inFlight: 1, queued: 199 })
    void producer.close({ timeoutMs: 0 })
  })
})

describe('a send may override the policy of the producer', () => {
  test.each([
    ['block', 'reject'],
    ['drop-oldest', 'reject'],
  ] as const)('%s, and this send %s', async (overflow, own) => {
    const producer = start({ sink: new ScriptedSink(), overflow })
    sendAll(producer, 0, 200)
    const one = sendAll(producer, 200, 201, { overflow: own })
    await settled()
    expect(codesOf(one)).toEqual(['ERR_LOGHUB_BUFFER_FULL'])
    expect(producer.metrics().logs.dropped).toBe(0)
    await producer.close()
  })

  test('reject, and this send drops the oldest', async () => {
    const producer = start({ sink: new ScriptedSink(), overflow: 'reject', lingerMs: 0 })
    const first = sendAll(producer, 0, 200)
    const one = sendAll(producer, 200, 201, { overflow: 'drop-oldest' })
    await producer.close()
    expect(one.delivered).toEqual([200])
    expect(codesOf(first)).toEqual(['ERR_LOGHUB_DROPPED'])
  })
})

describe('a queue of two batches that overwrites', () => {
  test('of three logs the last two come out, in order', async () => {
    const sink = new PickySink(() => undefined)
    const producer = start({ sink, overflow: 'drop-oldest', lingerMs: 1_000, totalSizeInBytes: 2 * LOG_IN_BYTES })
    for (const id of [42, 43, 44]) producer.send({ topic: String(id), logs: { contents: contentsOf(id) } }, () => {})
    await producer.close()
    expect(sink.values('id').map(Number)).toEqual([43, 44])
  })

  test('one log larger than the room left takes the place of as many as it needs', async () => {
    const sink = new PickySink(() => undefined)
    const producer = start({ sink, overflow: 'drop-oldest', totalSizeInBytes: 4 * LOG_IN_BYTES })
    for (const id of range(1, 5)) producer.send({ topic: String(id), logs: { contents: contentsOf(id) } }, () => {})
    const large = { contents: { id: '0005', filler: 'x'.repeat(72 + LOG_IN_BYTES) } }
    producer.send({ topic: '5', logs: large }, () => {})
    await producer.close()
    expect(sink.values('id').map(Number)).toEqual([4, 5])
    expect(producer.metrics().logs).toMatchObject({ dropped: 3, delivered: 2 })
  })

  test('a try never drops: it says no', async () => {
    const producer = start({ sink: new ScriptedSink(), overflow: 'drop-oldest' })
    sendAll(producer, 0, 200)
    expect(producer.trySend({ logs: { contents: contentsOf(200) } })).toBe(false)
    expect(producer.metrics().logs.dropped).toBe(0)
    await producer.close()
  })
})

test('one signal for fifty sends that wait, and as many lanes, raises no warning of a leak', async () => {
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  const producer = start({ sink: new PickySink(() => undefined), lanes: 50, rateLimit: { requestsPerSecond: 1 } })
  const { signal } = new AbortController()
  for (const id of range(0, 100)) producer.send({ topic: String(id), logs: { contents: contentsOf(id) } }, () => {})
  void producer.flush()
  sendAll(producer, 100, 300, { signal })
  expect(producer.metrics().memory.blockedSends).toBe(50)
  void producer.close({ timeoutMs: 0 })
  await settled()
  process.off('warning', note)
  expect(warnings).toEqual([])
})

test('thousands of batches of one small log are charged for more than their logs: they would hold many times as much', async () => {
  const producer = start({ sink: stoppedSink().sink, overflow: 'reject', totalSizeInBytes: 4 * 1024 * 1024 })
  for (const id of range(0, 10_000)) producer.send({ topic: String(id), logs: { contents: contentsOf(id) } }, () => {})
  const { inMemory } = producer.metrics().logs
  // A thousand are let off: most producers have fewer, and see their logs counted to the byte.
  expect(inMemory).toBeGreaterThan(1_024)
  expect(inMemory).toBeLessThan(3_000)
  void producer.close({ timeoutMs: 0 })
  await settled()
  expect(producer.metrics().memory.usedBytes).toBe(0)
})

test('of few groups most batches get full however full the memory is, with senders that try and with senders that wait', async () => {
  const KIB = 1024
  const config = { totalSizeInBytes: 4096 * KIB, batchSizeThresholdInBytes: 128 * KIB, lanes: 1 }
  const { producer, sink } = startProducer(config, Array(1000).fill('hang'))
  const fill = () => {
    while (producer.trySend({ logs: logOfSize(1000) })) {}
  }
  fill()
  const blocked = Array.from({ length: 800 }, () => observe(producer.send({ logs: logOfSize(1000), maxBlockMs: -1 })))
  for (let answered = 0; blocked.some(({ state }) => state === 'pending') && answered < 100; answered++) {
    await settled()
    sink.seen[answered]?.answer.resolve({ requestId: 'done' })
    await settled()
  }
  const { size = 0, memory = 0 } = producer.metrics().batches.sealedByReason
  expect(size).toBeGreaterThan(25)
  expect(memory).toBeLessThan(8)
})
