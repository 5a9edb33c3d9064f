import fc from 'fast-check'
import { expect, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import type { ProducerConfig, TunableOptions } from '../../src/index.ts'
import { type Mischief, PLACES } from '../support/hostile-user.ts'
import { type Command, ModelRun, type ModelSetup, type SendCommand } from '../support/model-run.ts'
import type { Answer } from '../support/model-sink.ts'

const sendCommand: fc.Arbitrary<SendCommand> = fc.record({
  form: fc.constantFrom('promise', 'callback', 'try', 'silent', 'writer'),
  project: fc.nat(2),
  topic: fc.nat(3),
  logs: fc.oneof(
    { weight: 3, arbitrary: fc.constant([false]) },
    { weight: 1, arbitrary: fc.constant([true]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.nat(7).map((n) => n === 0),
        { minLength: 1, maxLength: 12 },
      ),
    },
  ),
  padding: fc.oneof({ weight: 4, arbitrary: fc.nat(200) }, { weight: 1, arbitrary: fc.nat(4000) }),
  overflow: fc.constantFrom(undefined, undefined, 'block', 'reject', 'drop-oldest'),
  again: fc.nat(9).map((n) => n === 0),
})

const answer = fc.constantFrom<Answer>(
  ...(['ok', 'ok', 'hang', 'deaf', 'stale', 'throw', 'throw-at-once', 'stored-but-lost', 'too-large'] as const),
  ...(['back-off', 'back-off', 'quota', 'credentials', 'clock', 'final'] as const),
)

const tunables: { [Name in keyof TunableOptions]?: fc.Arbitrary<TunableOptions[Name]> } = {
  totalSizeInBytes: fc.integer({ min: 3_000, max: 30_000 }),
  maxBlockMs: fc.constantFrom(-1, 0, 500, 60_000),
  maxBlockedSends: fc.constantFrom(0, 3, 100),
  maxProjectShare: fc.constantFrom(0.3, 0.5, 1),
  overflow: fc.constantFrom('block', 'reject', 'drop-oldest'),
  batchSizeThresholdInBytes: fc.integer({ min: 1, max: 3_000 }),
  batchCountThreshold: fc.integer({ min: 1, max: 20 }),
  lingerMs: fc.constantFrom(0, 100, 2_000),
  maxOpenBatches: fc.integer({ min: 1, max: 8 }),
  lanes: fc.constantFrom(1, 2, 8, { min: 1, max: 4 }),
  rateLimit: fc.constantFrom(undefined, undefined, { bytesPerSecond: 2_000 }, { requestsPerSecond: 5 }),
  retries: fc.constantFrom(0, 1, 10),
  deliveryTimeoutMs: fc.constantFrom(3_000, 30_000, 180_000),
  requestTimeoutMs: fc.constantFrom(1_000, 15_000),
  maxReservedAttempts: fc.constantFrom(1, 11),
}

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      send: sendCommand,
      times: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('sendAll' as const),
      sendAll: fc.record({
        project: fc.nat(2),
        topic: fc.nat(1),
        count: fc.nat(12),
        padding: fc.nat(1_000),
        isAsync: fc.boolean(),
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answers' as const),
      answers: fc.array(answer, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 50, 500, 2_000, 20_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'flush' as const, 'abort' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('update' as const), change: fc.record(tunables, { requiredKeys: [] }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('put' as const, 'put' as const, 'remove' as const),
      project: fc.nat(2),
    }),
  },
)

const closing: fc.Arbitrary<Command[]> = fc.array(
  fc.record({ do: fc.constant('close' as const), timeoutMs: fc.constantFrom(0, 500, 60_000, undefined) }),
  { maxLength: 1 },
)

const config: fc.Arbitrary<ProducerConfig> = fc
  .record({
    router: fc.constantFrom('least-loaded', 'round-robin', 'key-hash', 'key-hash', 'custom'),
    ...tunables,
  })
  .map(
    ({ router, ...rest }) =>
      ({
        ...rest,
        router: router === 'custom' ? (_batch, lanes) => (lanes.length > 2 ? 99 : lanes.length - 1) : router,
        logger: silentLogger,
        random: () => 0.5,
      }) as ProducerConfig,
  )

const mischief: fc.Arbitrary<Mischief<Command>> = fc.record({
  place: fc.constantFrom(...PLACES),
  after: fc.oneof({ weight: 2, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(40) }),
  act: fc.oneof(
    { weight: 6, arbitrary: command },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), timeoutMs: fc.constantFrom(0, 60_000) }) },
    { weight: 3, arbitrary: fc.constantFrom('throw' as const, 'reject' as const) },
  ),
})

/** For long runs by hand: a run is about 10 ms. */
const runs = Number(process.env.LOGHUB_MODEL_RUNS ?? 150)
const seed = process.env.LOGHUB_MODEL_SEED

async function check(run: (setup: ModelSetup, commands: Command[]) => Promise<void>, most: number): Promise<void> {
  const scenario = fc.record({
    config,
    mischief: fc.array(mischief, { minLength: Math.min(1, most), maxLength: most }),
    listensToAll: fc.boolean(),
    before: fc.array(command, { maxLength: 40 }),
    closing,
    after: fc.array(command, { maxLength: 6 }),
  })
  const property = fc.asyncProperty(scenario, ({ before, closing, after, ...setup }) =>
    run(setup, [...before, ...closing, ...after]),
  )
  await fc.assert(property, {
    numRuns: runs,
    timeout: 5_000,
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(process.env.LOGHUB_MODEL_RUNS === undefined && { interruptAfterTimeLimit: 60_000 }),
  })
}

const TIME_LIMIT_MS = 120_000 + runs * 200

test(
  'whatever is sent, answered, changed and closed: every log is accounted for, told once, and nothing is left behind',
  async () => {
    await check((setup, commands) => new ModelRun(setup).run(commands), 0)
  },
  TIME_LIMIT_MS,
)

test(
  'the same with user code that sends, changes, closes, throws and reads the metrics from every place where it runs',
  async () => {
    let readings = 0
    await check(async (setup, commands) => {
      const model = new ModelRun(setup)
      await model.run(commands)
      readings += model.readings
    }, 12)
    // The test is worth something only where user code runs.
    expect(readings).toBeGreaterThan(50 * runs)
  },
  TIME_LIMIT_MS,
)

test('memory that a part of a split batch gives back lets a waiting send in, whose user finds the law true', async () => {
  const config: ProducerConfig = {
    ...{ totalSizeInBytes: 3_000, maxBlockMs: -1, maxProjectShare: 0.3, overflow: 'block' },
    ...{ batchSizeThresholdInBytes: 73, batchCountThreshold: 2, lingerMs: 0, maxOpenBatches: 1, lanes: 1 },
    ...{ retries: 0, deliveryTimeoutMs: 3_000, requestTimeoutMs: 1_000 },
  }
  const send = { project: 1, topic: 0, overflow: undefined, again: true } as const
  const model = new ModelRun({ config, mischief: [{ place: 'router', after: 0, act: 'throw' }] })
  await model.run([
    { do: 'answers', answers: ['too-large', 'hang', 'ok'] },
    { do: 'send', send: { ...send, form: 'silent', logs: [false], padding: 0 }, times: 5 },
    { do: 'send', send: { ...send, form: 'promise', logs: [true], padding: 7 }, times: 1 },
  ])
})
