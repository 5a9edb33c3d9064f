import fc from 'fast-check'
import { test } from 'vitest'
import type { ProducerConfig } from '../../../src/producer/options.ts'
import { type SpoolCommand, SpoolModelRun, type SpoolModelSetup } from './spool-model-run.ts'
import type { SpoolAnswer } from './spool-model-sink.ts'

const MIB = 1024 * 1024
const life = fc.nat(1)

const send = fc.record({
  do: fc.constant('send' as const),
  life,
  topic: fc.nat(2),
  resolveOn: fc.constantFrom('delivered' as const, 'durable' as const, 'durable' as const),
  logs: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 6 }) }),
  padding: fc.oneof({ weight: 4, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.constantFrom(5_000, 60_000) }),
  times: fc.integer({ min: 1, max: 8 }),
})

const answer = fc.constantFrom<SpoolAnswer>(
  'ok',
  'ok',
  'hang',
  'hang',
  'stored-but-lost',
  'too-large',
  'back-off',
  'quota',
)

const remains = fc.oneof(
  fc.constant('nothing' as const),
  fc.record({ sectors: fc.nat(20) }),
  fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }).map((chances) => {
    let at = 0
    return { chance: () => chances[at++ % chances.length] as boolean }
  }),
)

const open = fc.record({
  do: fc.constant('open' as const),
  life,
  maxBytes: fc.constantFrom(MIB, 1_200_000, 64 * MIB, 64 * MIB, 64 * MIB),
})

const command: fc.Arbitrary<SpoolCommand> = fc.oneof(
  { weight: 10, arbitrary: send },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answers' as const),
      answers: fc.array(answer, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 50, 500, 20_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(-24 * 3600_000, -1_000, 3600_000) }),
  },
  { weight: 3, arbitrary: open },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), life, isStored: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('power loss' as const), remains }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('close' as const), life, timeoutMs: fc.constantFrom(0, 500, 5_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const), life }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('destination' as const), isDown: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('disk' as const), isFull: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'delete cards' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'release' as const }) },
)

const setup: fc.Arbitrary<SpoolModelSetup> = fc.record({
  lives: fc.constantFrom(1, 2),
  spool: fc.record({
    mode: fc.constantFrom('always', 'always', 'overflow', 'on-failure', 'on-close'),
    spillAt: fc.constantFrom(0.3, 0.75),
    spillAfterMs: fc.constantFrom(1_000, 10_000),
  }),
  config: fc.record({
    router: fc.constantFrom('least-loaded', 'key-hash', 'key-hash'),
    lanes: fc.constantFrom(1, 2, 8),
    lingerMs: fc.constantFrom(0, 0, 100),
    batchCountThreshold: fc.constantFrom(1, 5, 4096),
    totalSizeInBytes: fc.constantFrom(30_000, 1_000_000, 100_000_000),
    overflow: fc.constantFrom('block', 'reject', 'spill', 'drop-oldest'),
    retries: fc.constantFrom(2, 10),
    deliveryTimeoutMs: fc.constantFrom(20_000, 120_000),
    requestTimeoutMs: fc.constantFrom(1_000, 15_000),
  }) as fc.Arbitrary<ProducerConfig>,
})

/** For long runs by hand: a run is about 20 ms. */
const runs = Number(process.env.LOGHUB_SPOOL_MODEL_RUNS ?? 150)
const seed = process.env.LOGHUB_MODEL_SEED

test(
  'whatever is sent, answered, killed and opened again: every log is accounted for, and none that was called durable is lost',
  async () => {
    const property = fc.asyncProperty(setup, fc.array(command, { maxLength: 40 }), (setup, commands) =>
      new SpoolModelRun(setup).run(commands),
    )
    await fc.assert(property, {
      numRuns: runs,
      ...(seed !== undefined && { seed: Number(seed) }),
      ...(process.env.LOGHUB_SPOOL_MODEL_RUNS === undefined && { interruptAfterTimeLimit: 20_000 }),
    })
  },
  60_000 + runs * 200,
)
