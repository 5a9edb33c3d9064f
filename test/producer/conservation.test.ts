import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import type { ProducerError } from '../../src/core/errors.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { type ScriptEffect, startEmulator } from '../../src/emulator/index.ts'
import { EVENT_NAMES } from '../../src/producer/observe/events.ts'
import type { ProducerConfig } from '../../src/producer/options.ts'
import { Producer } from '../../src/producer/producer.ts'
import { SendError } from '../../src/producer/sends/send-error.ts'
import type { FailureClass, Receipt, Sink, SinkRequest } from '../../src/sls/sink.ts'
import { decodeLogGroup } from '../../src/sls/wire/decode-log-group.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { sinkError } from '../support/scripted-sink.ts'
import { log } from '../support/test-producer.ts'

/** mulberry32: the same run for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

const CHANNELS = ['sealed', 'attempt', 'settled'].map((name) => `loghub-producer:batch:${name}`)

/** Accepted = delivered + failed + dropped + in memory: read at every event, callback and request, and on every channel. */
class Law {
  readings = 0
  readonly #broken: unknown[] = []
  #producer: Producer | undefined
  readonly read = (): void => {
    if (this.#producer === undefined) return
    this.readings++
    const { accepted, delivered, failed, dropped, inMemory } = this.#producer.metrics().logs
    if (accepted !== delivered + failed + dropped + inMemory) {
      this.#broken.push({ accepted, delivered, failed, dropped, inMemory })
    }
  }

  watch(producer: Producer): void {
    this.#producer = producer
    for (const event of EVENT_NAMES) producer.on(event, this.read)
    for (const channel of CHANNELS) subscribe(channel, this.read)
  }

  /** Nothing is read any more, and whatever was read was true. */
  end(): void {
    for (const channel of CHANNELS) unsubscribe(channel, this.read)
    this.#producer = undefined
    expect(this.#broken).toEqual([])
  }
}

/** Stores what it is sent, or not; answers truly, or not; at once, later or never. */
class UnreliableSink implements Sink {
  readonly stored: string[] = []
  /** Logs that are stored though their answer was lost: only they may be stored twice. */
  readonly doubtful = new Set<string>()
  readonly #clock: ManualClock
  readonly #random: () => number
  readonly #faultRate: number
  readonly #law: Law

  constructor(clock: ManualClock, random: () => number, faultRate: number, law: Law) {
    this.#law = law
    this.#clock = clock
    this.#random = random
    this.#faultRate = faultRate
  }

  async send({ payload, timeoutMs }: SinkRequest, signal: AbortSignal): Promise<Receipt> {
    this.#law.read()
    const logs = decodeLogGroup(payload.bytes).logs.map(({ contents }) => contents[0]?.[1] as string)
    if (this.#random() >= this.#faultRate) {
      await this.#wait(this.#random() * 200, timeoutMs, signal)
      this.stored.push(...logs)
      return { requestId: 'stored' }
    }
    const fault = pick(this.#random, ['refused', 'lost answer', 'hang', 'defect'])
    if (fault === 'hang') await this.#wait(Number.POSITIVE_INFINITY, timeoutMs, signal)
    if (fault === 'defect') throw new TypeError('a defect')
    if (fault === 'lost answer') {
      this.stored.push(...logs)
      for (const each of logs) this.doubtful.add(each)
      throw sinkError('back-off', { message: 'connection reset' })
    }
    const classes: FailureClass[] = ['back-off', 'quota', 'credentials', 'clock', 'too-large', 'content', 'final']
    throw sinkError(pick(this.#random, classes), { staleConnection: this.#random() < 0.1 })
  }

  async close(): Promise<void> {}

  #wait(delayMs: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(sinkError('final', { message: 'aborted' }))
      signal.addEventListener('abort', abort, { once: true })
      if (delayMs < timeoutMs) this.#clock.setTimer(resolve, delayMs)
      else this.#clock.setTimer(() => reject(sinkError('back-off', { message: 'timed out' })), timeoutMs)
    })
  }
}

/** What became of each log, counted so that a second verdict would show. */
class Verdicts {
  readonly delivered = new Map<string, number>()
  readonly failed = new Map<string, number>()
  readonly refused = new Map<string, number>()
  sent = 0
  readonly #law: Law

  constructor(law: Law) {
    this.#law = law
  }

  take(names: readonly string[], error: ProducerError | null): void {
    this.#law.read()
    // Where an error names the logs that were refused, all others of the send are stored.
    const bad = error instanceof SendError ? error.refusedLogs.map(({ index }) => index) : []
    for (const [index, name] of names.entries()) {
      const isGood = error === null || (bad.length > 0 && !bad.includes(index))
      const book = isGood ? this.delivered : error instanceof SendError ? this.failed : this.refused
      book.set(name, (book.get(name) ?? 0) + 1)
    }
  }

  get total(): number {
    const books = [this.delivered, this.failed, this.refused]
    return books.flatMap((book) => [...book.values()]).reduce((sum, count) => sum + count, 0)
  }
}

/** One of the ways to send, with one log or a few. */
function sendSome(producer: Producer, verdicts: Verdicts, random: () => number): void {
  const names = Array.from(
    { length: random() < 0.8 ? 1 : 1 + Math.floor(random() * 20) },
    () => `log ${verdicts.sent++}`,
  )
  const padding = 'x'.repeat(Math.floor(random() * 400))
  const logs = names.map((name) => log(name, { padding }))
  const request = { topic: pick(random, ['a', 'b', 'c']), logs, maxBlockMs: pick(random, [-1, 0, 50, 5000]) }
  const settle = (error: ProducerError | null) => verdicts.take(names, error)
  const way = random()
  if (way < 0.4) {
    producer.send(request).then(
      () => settle(null),
      (error) => settle(error),
    )
  } else if (way < 0.8) producer.send(request, settle)
  else if (!producer.trySend(request, settle)) verdicts.sent -= names.length
}

/** Each log has one verdict; what was delivered is stored; only a log whose answer was lost is stored twice. */
function check(
  producer: Producer,
  verdicts: Verdicts,
  stored: readonly string[],
  mayBeStoredTwice: (name: string) => boolean,
) {
  const { logs, memory } = producer.metrics()
  expect(verdicts.total).toBe(verdicts.sent)
  for (const book of [verdicts.delivered, verdicts.failed, verdicts.refused]) {
    for (const count of book.values()) if (count !== 1) expect.fail('a send has two verdicts')
  }
  // A list that failed for several reasons is one failed send, and some of its logs may be stored.
  expect(logs.delivered).toBeGreaterThanOrEqual(verdicts.delivered.size)
  expect(logs.delivered + logs.failed).toBe(verdicts.delivered.size + verdicts.failed.size)
  expect(logs.inMemory).toBe(0)
  expect([logs.accepted, logs.refused]).toEqual([logs.delivered + logs.failed, verdicts.refused.size])
  expect(memory).toMatchObject({ usedBytes: 0, blockedSends: 0, blockedBytes: 0 })
  const times = new Map<string, number>()
  for (const name of stored) times.set(name, (times.get(name) ?? 0) + 1)
  for (const name of verdicts.delivered.keys())
    if (!times.has(name)) expect.fail(`${name} was delivered and is not stored`)
  for (const name of verdicts.refused.keys()) if (times.has(name)) expect.fail(`${name} was refused and is stored`)
  for (const [name, count] of times) if (count > 1 && !mayBeStoredTwice(name)) expect.fail(`${name} is stored twice`)
}

function anyOptions(random: () => number): ProducerConfig {
  return {
    ...{
      totalSizeInBytes: pick(random, [8000, 50_000, 1_000_000]),
      batchSizeThresholdInBytes: pick(random, [1, 500, 5000]),
    },
    ...{ batchCountThreshold: pick(random, [1, 10, 1000]), lingerMs: pick(random, [0, 20, 300]) },
    ...{ lanes: pick(random, [1, 2, 8]), retries: pick(random, [0, 2, 10]), maxRetryBackoffMs: 1000 },
    ...{ deliveryTimeoutMs: pick(random, [400, 5000]), requestTimeoutMs: pick(random, [100, 1000]) },
    ...{ maxOpenBatches: pick(random, [1, 2, 1000]), maxBlockedSends: pick(random, [0, 5, 1000]) },
  }
}

const seeds = Array.from({ length: 120 }, (_, seed) => seed)

test('over 120 random runs with faults every log has exactly one verdict and all memory comes back', async () => {
  let delivered = 0
  let failed = 0
  let readings = 0
  for (const seed of seeds) {
    const law = new Law()
    const random = randomOf(seed)
    const clock = new ManualClock()
    const sink = new UnreliableSink(clock, random, pick(random, [0, 0.2, 0.6]), law)
    const producer = new Producer({
      ...{ project: 'proj', logstore: 'logs', compression: 'none', logger: silentLogger, clock, sink, random },
      ...anyOptions(random),
      deadLetter: law.read,
    })
    law.watch(producer)
    const verdicts = new Verdicts(law)
    for (let round = 0; round < 12; round++) {
      for (let n = Math.floor(random() * 25); n > 0; n--) sendSome(producer, verdicts, random)
      const { accepted, delivered, failed, inMemory } = producer.metrics().logs
      expect(accepted).toBe(delivered + failed + inMemory)
      if (random() < 0.1) void producer.flush().catch(() => {})
      if (random() < 0.1)
        producer.update({ totalSizeInBytes: pick(random, [8000, 50_000]), lanes: pick(random, [1, 8]) })
      await clock.advance(random() * 200)
    }
    const closed = producer.close({ timeoutMs: pick(random, [0, 50, 100_000]) })
    await clock.advance(100_000)
    const { delivered: last, failed: late, abandoned } = await closed
    expect(last + late + abandoned).toBeLessThanOrEqual(producer.metrics().logs.accepted)
    await clock.advance(100_000)
    check(producer, verdicts, sink.stored, (name) => sink.doubtful.has(name))
    expect(clock.timerCount).toBe(0)
    law.end()
    readings += law.readings
    delivered += verdicts.delivered.size
    failed += verdicts.failed.size
  }
  // The runs are worth something only where both happen.
  expect([delivered > 5_000, failed > 2_500]).toEqual([true, true])
  expect(readings).toBeGreaterThan(30_000)
}, 60_000)

test.each([1, 2, 3, 4])('the same over real sockets, run %d', async (seed) => {
  const random = randomOf(seed)
  const law = new Law()
  await using emulator = await startEmulator({ autoCreate: true })
  const faults: ScriptEffect[] = [
    { status: 503, errorCode: 'ServerBusy' },
    { status: 403, errorCode: 'WriteQuotaExceed' },
    { status: 401, errorCode: 'SignatureNotMatch' },
    { status: 404, errorCode: 'LogStoreNotExist' },
    { status: 502, body: '<html>bad gateway</html>' },
    { reset: 'before' },
    { reset: 'after' },
    { withoutRequestId: true },
    { truncateAnswer: true },
  ]
  emulator.script({ then: () => (random() < 0.4 ? pick(random, faults) : undefined) })
  const producer = new Producer({
    ...{ endpoint: emulator.url, project: 'proj', logstore: 'logs', logger: silentLogger, random },
    credentials: () => {
      law.read()
      return { accessKeyId: 'id', accessKeySecret: 'secret' }
    },
    deadLetter: law.read,
    ...{ batchCountThreshold: 10, lingerMs: 5, retries: 4, baseRetryBackoffMs: 2, maxRetryBackoffMs: 10, lanes: 4 },
    compression: pick(random, ['lz4', 'deflate']),
  })
  law.watch(producer)
  const verdicts = new Verdicts(law)
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 20; n++) sendSome(producer, verdicts, random)
    if (round % 5 === 4) await producer.flush()
  }
  await producer.close()
  law.end()
  const stored = emulator.logs({ project: 'proj', logstore: 'logs' }).map(({ contents }) => contents[0]?.[1] as string)
  check(producer, verdicts, stored, () => true)
  expect(verdicts.delivered.size).toBeGreaterThan(200)
})
