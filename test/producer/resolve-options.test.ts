import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { LaneRange } from '../../src/producer/deliver/lane-range.ts'
import { type ProducerConfig, type TunableOptions, tunableDefaults } from '../../src/producer/options.ts'
import { Producer } from '../../src/producer/producer.ts'
import { changeProblems, resolveConfig, withDefaults } from '../../src/producer/resolve-options.ts'
import { ScriptedSink } from '../support/scripted-sink.ts'
import { log, observe, startProducer } from '../support/test-producer.ts'

const sink = new ScriptedSink()
const resolve = (config: object, environment: NodeJS.ProcessEnv = {}) =>
  resolveConfig({ sink, ...config } as ProducerConfig, environment)
const secret = { accessKeyId: 'AKID-never-shown', accessKeySecret: 'SECRET-never-shown' }
const service = { endpoint: 'cn-hangzhou.log.aliyuncs.com', project: 'proj', logstore: 'logs', credentials: secret }

function problemOf(config: object): string {
  try {
    resolve(config)
  } catch (error) {
    expect(error).toMatchObject({ name: 'ProducerError', code: 'ERR_LOGHUB_OPTION' })
    return (error as Error).message
  }
  return expect.unreachable('the options must be refused')
}

describe('every bound', () => {
  const mebibytes = 8 * 1024 * 1024
  const most = Number.MAX_SAFE_INTEGER
  // With lingerMs 0, so that the rule between the two does not stand in the way.
  const bounds: [keyof TunableOptions, good: unknown[], bad: unknown[]][] = [
    ['totalSizeInBytes', [1, most], [0, -1, 1.5, '1', Number.NaN, Number.POSITIVE_INFINITY, null]],
    ['maxBlockMs', [-1, 0, 1], [-2, 0.5, '0', Number.NaN]],
    ['maxBlockedSends', [0, 1], [-1, 0.5]],
    ['maxProjectShare', [0.01, 0.5, 1], [0, -0.5, 1.01, '1', Number.NaN]],
    ['rateLimit', [{}, { bytesPerSecond: 0.5 }, { requestsPerSecond: 1 }], [0, { bytesPerSecond: 0 }, { bytes: 1 }]],
    ['overflow', ['block', 'reject', 'drop-oldest'], ['', 'Block', true]],
    ['batchSizeThresholdInBytes', [1, mebibytes], [0, mebibytes + 1]],
    ['batchCountThreshold', [1, 40_960], [0, 40_961]],
    ['lingerMs', [0, 1, 179_999], [-1, 0.5]],
    ['maxOpenBatches', [1], [0]],
    ['lanes', [1, 256, { min: 1, max: 256 }], [0, 257, 1.5, { min: 2, max: 1 }, { min: 1 }, { min: 0, max: 1 }]],
    ['retries', [0, most, Number.POSITIVE_INFINITY], [-1, 0.5, Number.NEGATIVE_INFINITY]],
    ['baseRetryBackoffMs', [1, 50_000], [0, -1]],
    ['maxRetryBackoffMs', [100, most], [0, -1]],
    ['deliveryTimeoutMs', [1], [0]],
    ['requestTimeoutMs', [1], [0]],
    ['maxConnectionAgeMs', [1000, 86_400_000], [999, 86_400_001]],
    ['maxReservedAttempts', [1], [0]],
    ['adjustShardHash', [true, false], [1, 'true']],
    ['buckets', [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], [0, 3, 9, 15, 63, 513, 1024, 64.5]],
    ['topic', ['', 'x'], [1, null]],
    ['source', ['', 'x'], [1]],
    ['tags', [{}, { a: 'b' }], [[], 'a', { a: 1 }, null]],
  ]

  test.each(bounds)('of %s is accepted exactly', (option, good) => {
    for (const value of good) {
      expect(resolve({ lingerMs: 0, [option]: value }).tunables[option]).toEqual(value)
    }
  })

  test.each(bounds)('of %s is refused one step outside, naming option and rule', (option, _, bad) => {
    for (const value of bad) {
      expect(problemOf({ [option]: value })).toMatch(new RegExp(`^${option}: must be .+, got `))
    }
  })

  test('is tested for every option', () => {
    const { lanes, source, ...others } = withDefaults({})
    expect(bounds.map(([option]) => option).sort()).toEqual(Object.keys({ lanes, source, ...others }).sort())
  })

  test('holds between two options as well', () => {
    expect(problemOf({ baseRetryBackoffMs: 200, maxRetryBackoffMs: 199 })).toBe(
      'maxRetryBackoffMs: must be at least baseRetryBackoffMs (200), got 199',
    )
    expect(problemOf({ lingerMs: 180_000 })).toBe('deliveryTimeoutMs: must be more than lingerMs (180000), got 180000')
    expect(resolve({ baseRetryBackoffMs: 200, maxRetryBackoffMs: 200 }).tunables.maxRetryBackoffMs).toBe(200)
    expect(resolve({ lingerMs: 999, deliveryTimeoutMs: 1000 }).tunables.lingerMs).toBe(999)
  })
})

describe('what is wrong', () => {
  test('is told all together', () => {
    const message = problemOf({ lingerMs: -1, retries: 'ten', colour: 'red', compression: 'gzip' })
    expect(message).toMatch(/^4 options are wrong:/)
    for (const option of ['lingerMs', 'retries', 'colour', 'compression']) expect(message).toContain(`  - ${option}: `)
  })

  test('is told together with what is wrong with the project', () => {
    const config = { endpoint: 'ftp://x', project: '-', credentials: { accessKeyId: '' }, lingerMs: -1 }
    let message = ''
    try {
      resolveConfig(config as unknown as ProducerConfig, {})
    } catch (error) {
      message = (error as Error).message
    }
    for (const part of ['project', 'endpoint', 'credentials', 'lingerMs']) expect(message).toContain(part)
  })

  test.each([
    ['lingerMS', 'lingerMs'],
    ['totalSizeLnBytes', 'totalSizeInBytes'],
    ['maxRetryBackof', 'maxRetryBackoffMs'],
    ['endPoint', 'endpoint'],
  ])('an unknown option %s: did you mean %s?', (given, meant) => {
    expect(problemOf({ [given]: 1 })).toBe(`${given}: there is no such option; did you mean ${meant}?`)
  })

  test.each(['__proto__x', 'toString', 'constructor', 'hasOwnProperty'])('%s is no option', (given) => {
    expect(problemOf({ [given]: 1 })).toContain('there is no such option')
  })

  test.each([null, 'text', 5, []])('%o is no configuration', (config) => {
    expect(() => resolveConfig(config as unknown as ProducerConfig, {})).toThrow('the options must be an object')
  })

  test('of the injected parts says what they must have', () => {
    expect(problemOf({ sink: {} })).toBe('sink: must be an object with the methods send, close, got an object')
    expect(problemOf({ clock: 5 })).toContain('clock: must be an object with the methods now, monotonicMs, setTimer')
    expect(problemOf({ logger: console.log })).toContain('got a function')
    expect(problemOf({ exitHook: { timeoutMs: -1 } })).toContain('exitHook')
    expect(problemOf({ random: 0.5 })).toBe('random: must be a function, got 0.5')
  })

  test('never shows a secret, wherever it was put by mistake', () => {
    const config = { ...service, accessKeySecret: secret.accessKeySecret, retries: secret, lingerMs: -1 }
    const texts = [config, { ...service, credentials: { ...secret, accessKeySecret: 'SECRET-never-shown\n' } }].map(
      (wrong) => {
        try {
          return new Producer(wrong as unknown as ProducerConfig) && 'accepted'
        } catch (error) {
          return `${(error as Error).message} ${(error as Error).stack} ${JSON.stringify(error)}`
        }
      },
    )
    for (const text of texts) {
      expect(text).toContain('ERR_LOGHUB_OPTION')
      expect(text).not.toContain('never-shown')
    }
  })
})

describe('what is left out', () => {
  test('has the documented default', () => {
    const source = readFileSync(new URL('../../src/producer/options.ts', import.meta.url), 'utf8')
    const tunable = source.slice(source.indexOf('interface TunableOptions'), source.indexOf('interface ProducerConfig'))
    const documented = [...tunable.matchAll(/@default ([^\n]+)\n\s*\*\/\n\s*(\w+):/g)].map(
      ([, text, name]) => [name, text] as const,
    )
    const resolved = withDefaults({})
    expect(documented.map(([name]) => name).sort()).toEqual(Object.keys(resolved).sort())
    for (const [name, text] of documented) {
      if (name === 'lanes' || name === 'source' || name === 'rateLimit') continue
      const value = tunableDefaults[name as keyof typeof tunableDefaults]
      const shown = typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? '{}' : String(value)
      expect(`${name}: ${(text as string).replace(/ \(.*\)$/, '')}`).toBe(`${name}: ${shown}`)
    }
  })

  test('fits the machine: at least four lanes, and a source that is an address', () => {
    const { lanes, source } = withDefaults({})
    expect(lanes).toMatchObject({ min: 1 })
    expect((lanes as LaneRange).max).toBeGreaterThanOrEqual(4)
    expect(source).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  })

  test('given as undefined is left out as well', () => {
    expect(resolve({ lingerMs: undefined, topic: undefined }).tunables).toMatchObject({ lingerMs: 2000, topic: '' })
  })

  test('comes from the environment, and what is given wins', () => {
    const environment = {
      LOGHUB_ENDPOINT: 'cn-beijing.log.aliyuncs.com',
      LOGHUB_PROJECT: 'env-proj',
      LOGHUB_LOGSTORE: 'env-logs',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'env-id',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'env-secret',
      ALIBABA_CLOUD_SECURITY_TOKEN: 'env-token',
    }
    const { project, names } = resolveConfig({}, environment)
    expect([project?.endpoint, names]).toEqual([
      'cn-beijing.log.aliyuncs.com',
      { project: 'env-proj', logstore: 'env-logs' },
    ])
    expect(project?.credentials).toMatchObject({
      accessKeyId: 'env-id',
      accessKeySecret: 'env-secret',
      securityToken: 'env-token',
    })
    const given = resolveConfig(service, environment)
    expect([given.project?.endpoint, given.project?.credentials, given.names]).toEqual([
      service.endpoint,
      secret,
      { project: 'proj', logstore: 'logs' },
    ])
  })

  test('a project from the environment is known to another sink as well', async () => {
    process.env.LOGHUB_PROJECT = 'env-proj'
    const { producer, clock } = startProducer({ project: undefined })
    delete process.env.LOGHUB_PROJECT
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(2000)
    expect(sent).toMatchObject({ state: 'resolved', result: { project: 'env-proj' } })
  })

  test('no project is no mistake: projects may be put later', () => {
    expect(resolveConfig({ lingerMs: 10 }, {}).project).toBeUndefined()
    expect(resolveConfig({ endpoint: service.endpoint, credentials: secret }, {}).project).toBeUndefined()
  })

  test('altogether is told at once, with what to set', () => {
    const missing = expect.objectContaining({ code: 'ERR_LOGHUB_OPTION' })
    expect(() => resolveConfig({}, {})).toThrow(missing)
    expect(() => resolveConfig({}, {})).toThrow(/LOGHUB_ENDPOINT.*LOGHUB_PROJECT.*ALIBABA_CLOUD_ACCESS_KEY_ID/)
    expect(() => resolveConfig({}, { LOGHUB_LOGSTORE: 'l' })).not.toThrow()
  })

  test('of what a named project needs is told with the variable that can say it', () => {
    const told = () => resolveConfig({ project: 'proj' }, {})
    expect(told).toThrow(/endpoint: is not given.*LOGHUB_ENDPOINT/)
    expect(told).toThrow(/credentials: are not given.*ALIBABA_CLOUD_ACCESS_KEY_ID/)
    expect(told).not.toThrow('undefined')
  })
})

describe('options in force', () => {
  test('are frozen copies: what the caller changes later was not checked and does not count', () => {
    const [lanes, rateLimit] = [{ min: 1, max: 2 }, { bytesPerSecond: 100 }]
    const copied = resolve({ lanes, rateLimit }).tunables
    Object.assign(lanes, { max: -5 })
    Object.assign(rateLimit, { bytesPerSecond: Number.NaN })
    expect(copied).toMatchObject({ lanes: { min: 1, max: 2 }, rateLimit: { bytesPerSecond: 100 } })
    const tags: Record<string, string> = { env: 'test' }
    const { tunables } = resolve({ tags })
    tags.env = 5 as unknown as string
    expect(tunables.tags).toEqual({ env: 'test' })
    expect(Object.isFrozen(tunables)).toBe(true)
  })

  test('change together or not at all', () => {
    const { producer, clock } = startProducer()
    expect(() => producer.update({ lingerMs: 100, retries: -1 })).toThrow(/^retries: must be/)
    producer.trySend({ logs: log(1) })
    expect(clock.nextDueMs).toBe(2000)
    producer.update({ lingerMs: 100 })
    expect(clock.nextDueMs).toBe(100)
  })

  test('keep what a change leaves out or gives as undefined', () => {
    const { producer, clock } = startProducer({ lingerMs: 700 })
    producer.update({ lingerMs: undefined, retries: 3 })
    producer.trySend({ logs: log(1) })
    expect(clock.nextDueMs).toBe(700)
  })

  test('are held to the rules between two of them, with what is in force', () => {
    const current = withDefaults({ lingerMs: 5000 })
    expect(changeProblems({ deliveryTimeoutMs: 5000 }, current)).toEqual([
      'deliveryTimeoutMs: must be more than lingerMs (5000), got 5000',
    ])
    expect(changeProblems({ deliveryTimeoutMs: 5001 }, current)).toEqual([])
  })

  test('that are fixed say so', () => {
    const { producer } = startProducer()
    const change = { compression: 'zstd', endpoint: 'x', lingerms: 5 } as Partial<TunableOptions>
    expect(() => producer.update(change)).toThrow(
      /compression: cannot change while the producer runs.*endpoint: cannot change.*did you mean lingerMs/s,
    )
  })
})
