import fc from 'fast-check'
import { test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import type { ProducerConfig, TunableOptions } from '../../src/index.ts'
import { type Command, ModelRun, type SendCommand } from '../support/model-run.ts'
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
  ...(['ok', 'ok', 'hang', 'stale', 'throw', 'stored-but-lost', 'too-large'] as const),
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

test('whatever is sent, answered, changed and closed: every log is accounted for, told once, and nothing is left behind', async () => {
  const scenario = fc.record({
    config,
    before: fc.array(command, { maxLength: 40 }),
    closing,
    after: fc.array(command, { maxLength: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(scenario, async ({ config, before, closing, after }) => {
      await new ModelRun(config).run([...before, ...closing, ...after])
    }),
    {
      numRuns: Number(process.env.MODEL_RUNS ?? 300),
      timeout: 5_000,
      interruptAfterTimeLimit: Number(process.env.MODEL_MS ?? 60_000),
    },
  )
}, 120_000)
