import { expect, test } from 'vitest'
import { isProducerError } from '../../src/core/errors.ts'
import { silentLogger } from '../../src/core/logger.ts'
import type { ProducerConfig } from '../../src/producer/options.ts'
import { Producer } from '../../src/producer/producer.ts'
import { decodeLogGroup } from '../../src/sls/wire/decode-log-group.ts'
import { ManualClock, settled } from '../support/manual-clock.ts'
import { ScriptedSink } from '../support/scripted-sink.ts'
import { wrongValues } from '../support/wrong-values.ts'

// LOGHUB_MISUSE_RUNS and LOGHUB_MISUSE_SEED make it long, and repeat what it found.
const RUNS = Number(process.env.LOGHUB_MISUSE_RUNS ?? 25)
const SEED = Number(process.env.LOGHUB_MISUSE_SEED ?? 1)
const CALLS_A_RUN = 60

type Any = (...given: unknown[]) => unknown
type Pick = () => unknown

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function start(random: () => number) {
  const [clock, sink] = [new ManualClock(), new ScriptedSink()]
  const config: ProducerConfig = { project: 'proj', logstore: 'logs', source: 's', compression: 'none' }
  const producer = new Producer({ ...config, clock, sink, logger: silentLogger, random, lingerMs: 10 })
  return { clock, sink, producer }
}

const REQUEST_FIELDS = [
  'logs',
  'project',
  'logstore',
  'topic',
  'source',
  'shardHash',
  'overflow',
  'maxBlockMs',
  'signal',
  'other',
]
const LOG_FIELDS = ['contents', 'time', 'nanoseconds', 'other']

/** One call with something wrong at one place of it; what it returns or throws is looked at by the caller. */
function anyCall(producer: Producer, random: () => number, called: () => void): [name: string, call: () => unknown] {
  const pick: Pick = () => wrongValues[Math.floor(random() * wrongValues.length)]!()
  const oneOf = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!
  const field = (names: readonly string[]) => ({ [oneOf(names)]: pick() })
  const log = () => ({ contents: { n: '1', field: pick() } })
  const request = oneOf([
    pick,
    () => ({ logs: pick() }),
    () => ({ logs: [log(), pick()] }),
    () => ({ logs: log() }),
    () => ({ logs: { contents: pick() } }),
    () => ({ logs: { contents: { n: '1' }, ...field(LOG_FIELDS) } }),
    () => ({ logs: { contents: { n: '1' } }, ...field(REQUEST_FIELDS) }),
  ])
  const on = producer as unknown as Record<string, Any>
  const writer = () => producer.writer() as unknown as Record<string, Any>
  const calls: Record<string, () => unknown> = {
    send: () => on.send!(request()),
    'send, callback': () => on.send!(request(), called),
    'send, any callback': () => on.send!(request(), pick()),
    trySend: () => on.trySend!(request(), oneOf([undefined, pick()])),
    'writer of': () => on.writer!(oneOf([pick(), field(REQUEST_FIELDS)])),
    'writer.send': () =>
      writer().send!(pick(), oneOf([undefined, pick(), field(['time', 'nanoseconds', ...REQUEST_FIELDS])])),
    'writer.send, callback': () => writer().send!(pick(), pick(), called),
    'writer.trySend': () => writer().trySend!(pick(), pick(), pick()),
    stream: () =>
      on.stream!(
        oneOf([{}, pick(), field(REQUEST_FIELDS)]),
        oneOf([undefined, pick(), field(['onError', 'highWaterMark', 'signal'])]),
      ),
    sendAll: () =>
      on.sendAll!(
        oneOf([pick(), [pick(), { n: '1' }, pick()]]),
        oneOf([{}, pick()]),
        oneOf([{}, pick(), field(['onError', 'signal'])]),
      ),
    flush: () => on.flush!(oneOf([pick(), field(['timeoutMs', 'signal'])])),
    ready: () => on.ready!(oneOf([pick(), field(['signal'])])),
    update: () =>
      on.update!(oneOf([pick(), field(['topic', 'tags', 'lanes', 'rateLimit', 'retries', 'overflow', 'other'])])),
    putProject: () => on.putProject!(oneOf([pick(), { project: pick() }])),
    removeProject: () => on.removeProject!(pick() === 'proj' ? 'other' : pick()),
    on: () => on[oneOf(['on', 'once', 'off'])]!(pick(), pick()),
    close: () => on.close!({ timeoutMs: oneOf([Number.NaN, -1, 'soon', null, {}]) }),
  }
  const name = oneOf(Object.keys(calls))
  return [name, calls[name]!]
}

const NEVER_THROWS = new Set([
  'send',
  'send, callback',
  'send, any callback',
  'trySend',
  'writer.send',
  'writer.send, callback',
  'writer.trySend',
  'sendAll',
  'flush',
  'ready',
  'close',
])

/**
 * sendAll rejects, as documented, with what its iterable throws, also for an element whose `then` cannot be read, or with
 * the reason of its signal. Those of the wrong values are told by their messages; an error of another is one of our own.
 */
const FOREIGN_MESSAGES = /^(getter|Cannot perform 'get' on a proxy that has been revoked|This operation was aborted)$/
const isForeign = (name: string, error: unknown) =>
  name === 'sendAll' && error instanceof Error && FOREIGN_MESSAGES.test(error.message)

async function misuse(seed: number): Promise<void> {
  const random = mulberry32(seed)
  const { clock, sink, producer } = start(random)
  const problems: string[] = []
  const promises: Promise<unknown>[] = []
  let [expected, told] = [0, 0]
  for (let i = 0; i < CALLS_A_RUN; i++) {
    const [name, call] = anyCall(producer, random, () => told++)
    if (name.endsWith(', callback')) expected++
    try {
      const returned = call()
      const isStream = name === 'stream'
      if (isStream) (returned as NodeJS.WritableStream).on('error', () => {})
      if (returned instanceof Promise) {
        promises.push(
          returned.then(
            () => {},
            (error) => {
              if (!isProducerError(error) && !isForeign(name, error))
                problems.push(`${name} rejects with ${String(error?.stack)}`)
            },
          ),
        )
      } else if (name === 'writer.send, callback' && returned !== undefined)
        problems.push(`${name} returns ${typeof returned}`)
    } catch (error) {
      if (NEVER_THROWS.has(name)) problems.push(`${name} throws ${(error as Error)?.stack}`)
      else if (!isProducerError(error)) problems.push(`${name} throws without a code: ${(error as Error)?.stack}`)
    }
  }
  const closed = producer.close({ timeoutMs: 5000 })
  for (let turn = 0; turn < 100; turn++) await clock.advance(100)
  await closed
  await settled()
  let open = promises.length
  for (const promise of promises) void promise.then(() => open--)
  await settled()
  const { accepted, delivered, failed, dropped } = producer.metrics().logs
  const arrived = sink.seen.reduce((sum, { bytes }) => sum + decodeLogGroup(bytes).logs.length, 0)
  expect(problems, `seed ${seed}`).toEqual([])
  expect([open, told, accepted], `seed ${seed}`).toEqual([0, expected, delivered + failed + dropped])
  expect(arrived, `seed ${seed}`).toBeGreaterThanOrEqual(delivered)
}

test(
  'nothing that plain JavaScript can pass throws from a send, has no code, is lost, or hangs',
  async () => {
    for (let run = 0; run < RUNS; run++) await misuse(SEED + run)
  },
  20_000 + RUNS * 500,
)

const OPTIONS = [
  'endpoint',
  'project',
  'logstore',
  'credentials',
  'region',
  'signatureVersion',
  'customDomain',
  'processor',
]
  .concat([
    'compression',
    'router',
    'exitHook',
    'deadLetter',
    'logger',
    'dispatcher',
    'sink',
    'clock',
    'random',
    'totalSizeInBytes',
  ])
  .concat([
    'maxBlockMs',
    'maxProjectShare',
    'overflow',
    'lanes',
    'rateLimit',
    'retries',
    'deliveryTimeoutMs',
    'topic',
    'source',
    'tags',
    'other',
  ])

test('whatever is given as an option or in place of the options is taken or refused with a code', () => {
  const given = {
    endpoint: 'cn-hangzhou.log.aliyuncs.com',
    project: 'proj',
    credentials: { accessKeyId: 'id', accessKeySecret: 'key' },
  }
  const configs = [
    ...wrongValues.map((make) => ['the options', make] as const),
    ...OPTIONS.flatMap((option) =>
      wrongValues.map((make) => [option, () => ({ ...given, [option]: make() })] as const),
    ),
  ]
  const problems: string[] = []
  for (const [option, make] of configs) {
    try {
      const config = make() as ProducerConfig
      // Good, and it would outlive the test.
      if (option === 'exitHook' && config.exitHook === true) continue
      void new Producer(config).close()
    } catch (error) {
      if (!isProducerError(error)) problems.push(`${option}: ${(error as Error)?.stack}`)
    }
  }
  expect(problems).toEqual([])
})

const LARGE: Readonly<Record<string, () => unknown>> = {
  'three million bytes': () => Buffer.alloc(3_000_000),
  'a String of three million characters': () => new String('x'.repeat(3_000_000)),
  'a text of three million characters': () => 'x'.repeat(3_000_000),
  'a field with a name of three million characters': () => ({ ['x'.repeat(3_000_000)]: 1 }),
}

test.each(Object.keys(LARGE))('%s in the place of anything is refused at once, and not repeated', async (name) => {
  const large = LARGE[name]!() as never
  const { producer, clock } = start(() => 0.5)
  const writer = producer.writer()
  const logs = { contents: { n: '1' } }
  const calls: readonly (() => unknown)[] = [
    ...[() => producer.send(large), () => producer.send({ logs: large }), () => producer.send({ logs: [logs, large] })],
    ...(['project', 'logstore', 'topic', 'source', 'shardHash', 'tags', 'context', 'overflow', 'signal'] as const).map(
      (field) => () => producer.send({ logs, [field]: large }),
    ),
    ...[() => writer.send(logs.contents, large), () => producer.writer(large), () => producer.stream(large)],
    ...[() => producer.stream({}, large), () => producer.sendAll([], large), () => producer.sendAll([], {}, large)],
    ...[() => producer.update(large), () => producer.update({ tags: large }), () => producer.update({ lanes: large })],
    ...[() => producer.putProject(large), () => producer.on(large, () => {}), () => new Producer(large)],
  ]
  const cpu = process.cpuUsage()
  const messages = await Promise.all(
    calls.map(async (call) => {
      try {
        return String(await call())
      } catch (error) {
        return (error as Error).message
      }
    }),
  )
  const { user, system } = process.cpuUsage(cpu)
  // To look at each field or character takes a second a call, and all calls together some milliseconds.
  expect((user + system) / 1e6).toBeLessThan(2)
  expect(messages.filter((message) => message.length > 1_000)).toEqual([])
  const closed = producer.close({ timeoutMs: 0 })
  await clock.advance(10)
  await closed
})
