import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { MinHeap } from '../../../src/core/heap.ts'
import type { GroupKey } from '../../../src/producer/batch/group-key.ts'
import type { ProducerBatch } from '../../../src/producer/batch/producer-batch.ts'
import { CircuitBreakers } from '../../../src/producer/deliver/circuit-breakers.ts'
import type { RetryReason } from '../../../src/producer/deliver/retry-policy.ts'
import { batchOf } from '../../support/batches.ts'
import { ManualClock } from '../../support/manual-clock.ts'

let clock: ManualClock
let released: ProducerBatch[]
let breakers: CircuitBreakers

beforeEach(() => {
  clock = new ManualClock()
  released = []
  breakers = new CircuitBreakers(clock, (batch) => released.push(batch))
})

/** The next attempt fails after `delayMs` of back-off. */
function fail(batch: ProducerBatch, delayMs: number, reason: RetryReason = 'back-off'): void {
  breakers.retrying(batch, reason, clock.monotonicMs() + delayMs)
}

function pause(delayMs = 100, key: Partial<GroupKey> = {}): ProducerBatch[] {
  const batches = Array.from({ length: 5 }, () => batchOf(key))
  for (const batch of batches) fail(batch, delayMs)
  return batches
}

async function pass(ms: number): Promise<void> {
  await clock.advance(ms)
  breakers.moveDue(clock.monotonicMs())
}

test('where nothing fails, everything passes and no breaker is made', () => {
  const batch = batchOf()
  expect(breakers.admit(batch)).toBe(true)
  breakers.delivered(batch)
  breakers.ended(batchOf())
  expect(breakers.size).toBe(0)
  expect(breakers.nextDueMs).toBe(Number.POSITIVE_INFINITY)
})

test('five failures in a row hold the batches of that logstore alone', () => {
  const key = { project: 'project', logstore: 'down' }
  for (let failure = 1; failure <= 4; failure++) fail(batchOf(key), 100)
  expect(breakers.admit(batchOf(key))).toBe(true)
  fail(batchOf(key), 100)
  expect(breakers.admit(batchOf({ ...key, topic: 'another group' }))).toBe(false)
  expect(breakers.admit(batchOf({ ...key, logstore: 'up' }))).toBe(true)
  expect(breakers.admit(batchOf({ ...key, project: 'another' }))).toBe(true)
  expect(breakers.metrics).toEqual({ open: 1, heldBatches: 1, heldLogs: 0 })
})

test('a success in between starts the count again', () => {
  for (let failure = 1; failure <= 4; failure++) fail(batchOf(), 100)
  breakers.delivered(batchOf())
  for (let failure = 1; failure <= 4; failure++) fail(batchOf(), 100)
  expect(breakers.admit(batchOf())).toBe(true)
})

test.each<RetryReason>(['credentials', 'clock', 'stale-connection'])(
  'failures of the kind %s never pause',
  (reason) => {
    for (let failure = 1; failure <= 20; failure++) fail(batchOf(), 100, reason)
    expect(breakers.admit(batchOf())).toBe(true)
    expect(breakers.size).toBe(0)
  },
)

describe('after the pause', () => {
  test('one batch goes as a probe, the oldest, and the rest when it is delivered, oldest first', async () => {
    pause(100)
    const [youngest, oldest, middle] = [batchOf({}, 30), batchOf({}, 10), batchOf({}, 20)]
    for (const batch of [youngest, oldest, middle]) expect(breakers.admit(batch)).toBe(false)
    expect(breakers.nextDueMs).toBe(100)
    await pass(99)
    expect(released).toEqual([])
    await pass(1)
    expect(released).toEqual([oldest])
    expect(breakers.admit(oldest)).toBe(true)
    expect(breakers.admit(batchOf())).toBe(false)
    breakers.delivered(oldest)
    expect(released.slice(1).map((batch) => batch.openedAtMs)).toEqual([0, 20, 30])
    expect(breakers.size).toBe(0)
  })

  test('with nothing held, the first batch that comes is the probe', async () => {
    const [failed] = pause(100)
    await pass(100)
    expect(breakers.nextDueMs).toBe(Number.POSITIVE_INFINITY)
    expect(breakers.admit(failed as ProducerBatch)).toBe(true)
    expect(breakers.admit(batchOf())).toBe(false)
  })

  test('a batch that comes before the pause is noticed to be over is the probe only if none is older', async () => {
    pause(100)
    const older = batchOf({}, 10)
    breakers.admit(older)
    await clock.advance(100)
    const newer = batchOf({}, 20)
    expect(breakers.admit(newer)).toBe(false)
    expect(released).toEqual([older])
  })

  test('while others are held, the next probe goes after two seconds at the latest, however long the back-off', async () => {
    pause(100)
    const [first, second, third] = [batchOf({}, 10), batchOf({}, 20), batchOf({}, 30)]
    for (const batch of [first, second, third]) breakers.admit(batch)
    await pass(100)
    fail(first, 50_000)
    await pass(1999)
    expect(released).toEqual([first])
    await pass(1)
    expect(released).toEqual([first, second])
    fail(second, 50_000, 'quota')
    await pass(49_999)
    expect(released).toEqual([first, second])
    await pass(1)
    expect(released).toEqual([first, second, third])
  })

  test('a probe that fails pauses again, until its own next attempt', async () => {
    pause(100)
    const batch = batchOf()
    breakers.admit(batch)
    await pass(100)
    fail(batch, 700)
    expect(breakers.nextDueMs).toBe(800)
    const waiting = batchOf()
    expect(breakers.admit(waiting)).toBe(false)
    await pass(699)
    expect(released).toEqual([batch])
    await pass(1)
    expect(released).toEqual([batch, waiting])
  })

  test('a probe that ends in any other way makes room for the next', async () => {
    pause(100)
    const [first, second, third] = [batchOf(), batchOf(), batchOf()]
    for (const batch of [first, second, third]) breakers.admit(batch)
    await pass(100)
    first.takeRest('failed')
    breakers.ended(first)
    expect(released).toEqual([first, second])
    breakers.ended(second)
    expect(released).toEqual([first, second, third])
  })

  test('batches that ended while they were held are passed over', async () => {
    pause(100)
    const [expired, forgotten, alive, dropped] = [batchOf(), batchOf(), batchOf(), batchOf()]
    for (const batch of [expired, forgotten, alive, dropped]) breakers.admit(batch)
    for (const batch of [expired, forgotten, dropped]) batch.takeRest('failed')
    breakers.ended(expired)
    expect(breakers.metrics.heldBatches).toBe(3)
    await pass(100)
    expect(released).toEqual([alive])
    breakers.delivered(alive)
    expect(released).toEqual([alive])
    expect(breakers.size).toBe(0)
  })

  test('what was on its way when the pause began decides nothing', async () => {
    pause(100)
    const batch = batchOf()
    breakers.admit(batch)
    fail(batchOf(), 10)
    breakers.delivered(batchOf())
    expect(breakers.nextDueMs).toBe(100)
    await pass(100)
    fail(batchOf(), 500)
    breakers.delivered(batch)
    expect(breakers.size).toBe(0)
  })
})

describe('a quota answer', () => {
  test('pauses at once, as long as the longest answer says', () => {
    fail(batchOf(), 1000, 'quota')
    expect(breakers.admit(batchOf())).toBe(false)
    fail(batchOf(), 5000, 'quota')
    fail(batchOf(), 200, 'quota')
    expect(breakers.nextDueMs).toBe(5000)
  })

  test('is followed by a slow start: one batch at a time until three were delivered', async () => {
    fail(batchOf(), 1000, 'quota')
    const batches = Array.from({ length: 6 }, (_, age) => batchOf({}, age))
    for (const batch of batches) breakers.admit(batch)
    await pass(1000)
    for (let delivered = 0; delivered < 3; delivered++) {
      expect(released.length).toBe(delivered + 1)
      breakers.delivered(batches[delivered] as ProducerBatch)
    }
    expect(released).toEqual(batches)
    expect(breakers.size).toBe(0)
  })

  test('to a probe starts the slow start again', async () => {
    fail(batchOf(), 1000, 'quota')
    const batches = Array.from({ length: 6 }, (_, age) => batchOf({}, age))
    for (const batch of batches) breakers.admit(batch)
    await pass(1000)
    breakers.delivered(batches[0] as ProducerBatch)
    fail(batches[1] as ProducerBatch, 1000, 'quota')
    await pass(1000)
    for (const batch of batches.slice(2, 4)) breakers.delivered(batch)
    expect(released).toEqual(batches.slice(0, 5))
    breakers.delivered(batches[4] as ProducerBatch)
    expect(released).toEqual(batches)
  })
})

test('a breaker goes with the last batch that failed, however many logstores there are', () => {
  const batches = Array.from({ length: 1000 }, (_, index) => batchOf({ logstore: `${index}` }))
  for (const batch of batches) fail(batch, 100)
  const paused = pause(100, { logstore: 'down' })
  expect(breakers.size).toBe(1001)
  for (const batch of [...batches, ...paused]) breakers.ended(batch)
  expect(breakers.size).toBe(0)
})

test('when the producer closes, everything held goes and nothing is held any more', () => {
  pause(100)
  const [later, earlier] = [batchOf({}, 2), batchOf({}, 1)]
  breakers.admit(later)
  breakers.admit(earlier)
  breakers.letAll()
  expect(released).toEqual([earlier, later])
  pause(100)
  expect(breakers.admit(batchOf())).toBe(true)
  expect(breakers.nextDueMs).toBe(Number.POSITIVE_INFINITY)
})

test('thousands of held batches that end one upon the other do not exhaust the stack', async () => {
  const endless = new CircuitBreakers(clock, (batch) => {
    batch.takeRest('failed')
    endless.ended(batch)
  })
  const failed = Array.from({ length: 5 }, () => batchOf())
  for (const batch of failed) endless.retrying(batch, 'back-off', 100)
  for (let i = 0; i < 5000; i++) endless.admit(batchOf())
  await clock.advance(100)
  endless.moveDue(100)
  for (const batch of failed) endless.ended(batch)
  expect(endless.size).toBe(0)
})

const failure = fc.record({
  reason: fc.constantFrom<RetryReason>('back-off', 'quota', 'credentials', 'clock'),
  delayMs: fc.integer({ min: 0, max: 1000 }),
})

test('a batch that is alone is sent exactly when its back-off says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(failure, { maxLength: 12 }), async (failures) => {
      const time = new ManualClock()
      const alone = new CircuitBreakers(time, () => expect.unreachable('nothing was held'))
      const batch = batchOf()
      for (const { reason, delayMs } of failures) {
        expect(alone.admit(batch)).toBe(true)
        alone.retrying(batch, reason, time.monotonicMs() + delayMs)
        await time.advance(delayMs)
        alone.moveDue(time.monotonicMs())
      }
      expect(alone.admit(batch)).toBe(true)
      alone.delivered(batch)
      expect(alone.size).toBe(0)
    }),
    { numRuns: 30 },
  )
})

interface Attempt {
  readonly batch: ProducerBatch
  readonly atMs: number
}

test('whatever happens, every batch gets its verdict, and no breaker is left', async () => {
  const step = fc.record({
    verdict: fc.constantFrom<'ok' | 'ended' | RetryReason>('ok', 'ended', 'back-off', 'back-off', 'back-off', 'quota'),
    delayMs: fc.integer({ min: 1, max: 50 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.array(step, { maxLength: 60 }), async (count, steps) => {
      const time = new ManualClock()
      const lanes: ProducerBatch[] = []
      const verdicts = new Set<ProducerBatch>()
      const random = new CircuitBreakers(time, (batch) => submit(batch))
      const submit = (batch: ProducerBatch) => random.admit(batch) && lanes.push(batch)
      const retries = new MinHeap<Attempt>(({ atMs }) => atMs)
      for (let i = 0; i < count; i++) submit(batchOf({ logstore: `${i % 2}` }, i))
      while (verdicts.size < count) {
        const batch = lanes.shift()
        if (batch === undefined) {
          const nextMs = Math.min(random.nextDueMs, retries.peek()?.atMs ?? Number.POSITIVE_INFINITY)
          expect(nextMs).toBeLessThan(Number.POSITIVE_INFINITY)
          await time.advance(nextMs - time.monotonicMs())
          while ((retries.peek()?.atMs ?? Number.POSITIVE_INFINITY) <= nextMs) submit((retries.pop() as Attempt).batch)
          random.moveDue(nextMs)
          continue
        }
        const { verdict, delayMs } = steps.shift() ?? { verdict: 'ok', delayMs: 0 }
        if (verdict === 'ok' || verdict === 'ended') {
          verdicts.add(batch)
          batch.takeRest(verdict === 'ok' ? 'delivered' : 'failed')
          if (verdict === 'ok') random.delivered(batch)
          else random.ended(batch)
          continue
        }
        retries.push({ batch, atMs: time.monotonicMs() + delayMs })
        random.retrying(batch, verdict, time.monotonicMs() + delayMs)
      }
      expect(random.size).toBe(0)
    }),
    { numRuns: 50 },
  )
})
