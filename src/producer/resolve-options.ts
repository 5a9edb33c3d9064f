import { availableParallelism, networkInterfaces } from 'node:os'
import { ProducerError } from '../core/errors.ts'
import { hasNames } from '../core/has-names.ts'
import { nearestName } from '../core/nearest-name.ts'
import { safeText } from '../core/safe-text.ts'
import { shown } from '../core/shown.ts'
import { environmentCredentials } from '../sls/auth/credentials.ts'
import { limits } from '../sls/limits.ts'
import { type ProjectConfig, projectProblems } from '../sls/projects.ts'
import type { Compression } from '../sls/sink.ts'
import { isCompressionSupported } from '../sls/wire/compression.ts'
import { areTags, GROUP_TEXT_IN_BYTES, isGroupText, TAGS_MUST_BE } from '../sls/wire/group-limits.ts'
import { rateLimitRule } from './deliver/rate-limiter.ts'
import { SPOOL_DURABILITIES, SPOOL_MODES, type SpoolConfig } from './keep/spool-config.ts'
import {
  OVERFLOWS,
  type ProducerConfig,
  RESOLVE_ONS,
  type TunableChange,
  type TunableOptions,
  tunableDefaults,
} from './options.ts'

/** What holds for one option, in words that end "must be …", and the test of it. */
interface Rule {
  readonly mustBe: string
  readonly test: (value: unknown) => boolean
}

const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER): Rule => ({
  mustBe: max === Number.MAX_SAFE_INTEGER ? `a whole number, ${min} or more` : `a whole number from ${min} to ${max}`,
  test: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
})
const oneOf = (...values: readonly string[]): Rule => ({
  mustBe: values.map((value) => `'${value}'`).join(' or '),
  test: (value) => values.includes(value as string),
})
const text: Rule = { mustBe: 'a string', test: (value) => typeof value === 'string' }
const flag: Rule = { mustBe: 'true or false', test: (value) => typeof value === 'boolean' }
const laneCount: Rule = {
  mustBe: 'a whole number from 1 to 256, or { min, max } of such numbers with min at most max',
  test: (value) => {
    const { min, max } = isObject(value) ? value : { min: value, max: value }
    const isCount = wholeNumber(1, 256).test
    return isCount(min) && isCount(max) && (min as number) <= (max as number)
  },
}
const routing: Rule = {
  mustBe: "'least-loaded', 'round-robin', 'key-hash' or a function",
  test: (value) => typeof value === 'function' || ['least-loaded', 'round-robin', 'key-hash'].includes(value as string),
}
const codec: Rule = {
  mustBe: "'lz4', 'deflate', 'none' or, where this Node has it, 'zstd'",
  test: (value) =>
    ['lz4', 'zstd', 'deflate', 'none'].includes(value as string) && isCompressionSupported(value as Compression),
}
const powerOfTwo: Rule = {
  mustBe: 'a power of two from 1 to 512',
  test: (value) => wholeNumber(1, 512).test(value) && Number.isInteger(Math.log2(value as number)),
}
const groupText: Rule = { mustBe: `a string of at most ${GROUP_TEXT_IN_BYTES} bytes`, test: isGroupText }
const groupTags: Rule = { mustBe: TAGS_MUST_BE, test: areTags }
const methods = (...names: readonly string[]): Rule => ({
  mustBe: `an object with the methods ${names.join(', ')}`,
  test: (value) => isObject(value) && names.every((name) => typeof value[name] === 'function'),
})

const tunableRules: { readonly [Name in keyof TunableOptions]: Rule } = {
  totalSizeInBytes: wholeNumber(1),
  maxBlockMs: wholeNumber(-1),
  maxBlockedSends: wholeNumber(0),
  maxProjectShare: { mustBe: 'a number above 0, at most 1', test: isShare },
  overflow: oneOf(...OVERFLOWS),
  batchSizeThresholdInBytes: wholeNumber(1, limits.requestInBytes),
  batchCountThreshold: wholeNumber(1, limits.requestLogs),
  lingerMs: wholeNumber(0),
  maxOpenBatches: wholeNumber(1),
  lanes: laneCount,
  rateLimit: rateLimitRule,
  retries: {
    mustBe: 'a whole number, 0 or more, or Infinity',
    test: (value) => value === Number.POSITIVE_INFINITY || wholeNumber(0).test(value),
  },
  baseRetryBackoffMs: wholeNumber(1),
  maxRetryBackoffMs: wholeNumber(1),
  deliveryTimeoutMs: wholeNumber(1),
  requestTimeoutMs: wholeNumber(1),
  maxConnectionAgeMs: wholeNumber(1000, 86_400_000),
  maxReservedAttempts: wholeNumber(1),
  adjustShardHash: flag,
  buckets: powerOfTwo,
  topic: groupText,
  source: groupText,
  tags: groupTags,
}

/** What holds between two options, asked only where each is good by itself. */
interface PairRule {
  readonly option: keyof TunableOptions
  readonly other: keyof TunableOptions
  readonly problem: (options: TunableOptions) => string | undefined
}

const pairRules: readonly PairRule[] = [
  {
    option: 'maxRetryBackoffMs',
    other: 'baseRetryBackoffMs',
    problem: ({ baseRetryBackoffMs: base, maxRetryBackoffMs: max }) =>
      max < base ? `must be at least baseRetryBackoffMs (${base}), got ${max}` : undefined,
  },
  {
    option: 'deliveryTimeoutMs',
    other: 'lingerMs',
    problem: ({ lingerMs, deliveryTimeoutMs: timeout }) =>
      timeout <= lingerMs ? `must be more than lingerMs (${lingerMs}), got ${timeout}` : undefined,
  },
]

/** The options that are fixed at construction. Those of the project are checked where projects are. */
const fixedRules: { readonly [Name in Exclude<keyof ProducerConfig, keyof TunableOptions>]-?: Rule | undefined } = {
  project: text,
  logstore: text,
  endpoint: undefined,
  credentials: undefined,
  region: undefined,
  signatureVersion: undefined,
  customDomain: undefined,
  processor: undefined,
  compression: codec,
  router: routing,
  exitHook: {
    mustBe: 'true, false or { timeoutMs: a whole number, 0 or more }',
    test: (value) => flag.test(value) || (isObject(value) && wholeNumber(0).test(value.timeoutMs)),
  },
  spool: { mustBe: 'an object such as { directory: "./spool" }', test: isObject },
  resolveOn: oneOf(...RESOLVE_ONS),
  deadLetter: { mustBe: 'a function', test: (value) => typeof value === 'function' },
  logger: methods('debug', 'info', 'warn', 'error'),
  dispatcher: methods('dispatch'),
  proxyFromEnvironment: flag,
  sink: methods('send', 'close'),
  clock: methods('now', 'monotonicMs', 'setTimer'),
  random: { mustBe: 'a function', test: (value) => typeof value === 'function' },
}

const allRules: Readonly<Record<string, Rule | undefined>> = { ...fixedRules, ...tunableRules }

/** Fills in what is missing. The only place that knows the defaults; what is given must have passed the rules. */
export function withDefaults(config: TunableChange): Readonly<TunableOptions> {
  const lanes = { min: 1, max: Math.max(4, 2 * availableParallelism()) }
  return withChange({ ...tunableDefaults, lanes, source: machineAddress() }, config)
}

/** Options with others in place of some; what is undefined or no tunable option changes nothing. */
export function withChange(current: TunableOptions, change: TunableChange): Readonly<TunableOptions> {
  const given = Object.entries(change).filter(
    ([name, value]) => Object.hasOwn(tunableRules, name) && value !== undefined,
  )
  const changed: TunableOptions = { ...current, ...Object.fromEntries(given) }
  // Copied: what the caller does to an object later has not been checked.
  const { lanes, rateLimit, tags } = changed
  return Object.freeze({
    ...changed,
    lanes: typeof lanes === 'number' ? lanes : Object.freeze({ ...lanes }),
    rateLimit: rateLimit && Object.freeze({ ...rateLimit }),
    tags: Object.freeze({ ...tags }),
  })
}

/** A configuration without holes. */
export interface ResolvedConfig {
  readonly tunables: Readonly<TunableOptions>
  readonly compression: Compression
  /** The default project, ready to be put, where one is named and the service is the destination. */
  readonly project: ProjectConfig | undefined
  /** What projects put later have in common with the first, unless they say otherwise. */
  readonly projectDefaults: Partial<ProjectConfig>
  readonly names: { readonly project: string | undefined; readonly logstore: string | undefined }
}

/**
 * Checks and completes what the constructor is given; the environment fills in what is left out.
 * @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong, at once
 */
export function resolveConfig(config: ProducerConfig, environment: NodeJS.ProcessEnv): ResolvedConfig {
  const problems = problemsOf(config, allRules)
  if (!hasNames(config)) throw optionError(problems)
  const names = {
    project: config.project ?? environment.LOGHUB_PROJECT,
    logstore: config.logstore ?? environment.LOGHUB_LOGSTORE,
  }
  const { region, signatureVersion, customDomain, processor } = config
  const endpoint = config.endpoint ?? environment.LOGHUB_ENDPOINT
  const credentials = config.credentials ?? environmentCredentials(environment)
  const projectDefaults = dropUndefined({ endpoint, credentials, region, signatureVersion, customDomain, processor })
  const isNothingSet = Object.keys(dropUndefined({ ...config, ...projectDefaults, ...names })).length === 0
  if (isNothingSet) problems.push(NOTHING_SET)
  const needsProject = config.sink === undefined && names.project !== undefined
  const project = needsProject ? ({ ...projectDefaults, project: names.project } as ProjectConfig) : undefined
  if (project !== undefined) problems.push(...missingSettings(project), ...givenProblems(project))
  problems.push(...spoolProblems(config))
  if (problems.length > 0) throw optionError(problems)
  return { tunables: withDefaults(config), compression: config.compression ?? 'lz4', project, projectDefaults, names }
}

const spoolRules: { readonly [Name in keyof SpoolConfig]-?: Rule } = {
  directory: {
    mustBe: 'the path of a directory',
    test: (value) => typeof value === 'string' && value !== '' && !value.includes('\0'),
  },
  mode: oneOf(...SPOOL_MODES),
  maxBytes: wholeNumber(1024 * 1024),
  maxProjectShare: { mustBe: 'a number above 0, at most 1', test: isShare },
  durability: oneOf(...SPOOL_DURABILITIES),
  syncIntervalMs: wholeNumber(1),
  spillAt: { mustBe: 'a number above 0, at most 1', test: isShare },
  spillAfterMs: wholeNumber(1),
  maxAgeMs: wholeNumber(1000),
  replayRateLimit: wholeNumber(1),
  slot: wholeNumber(0, 99_999),
  io: { mustBe: 'an object', test: isObject },
}

/** The options of the spool, and what needs one. */
function spoolProblems({ spool, resolveOn, overflow }: ProducerConfig): string[] {
  if (isObject(spool)) {
    const names = Object.entries(spool).filter(([, value]) => value !== undefined)
    const problems = names.flatMap(([name, value]) => {
      const problem = problemOf(name, value, spoolRules)
      return problem === undefined ? [] : [`spool.${safeText(name, 40)}: ${problem}`]
    })
    if ((spool as Partial<SpoolConfig>).directory === undefined)
      problems.push('spool.directory: is not given: name a directory')
    return problems
  }
  const needs = (what: string) => [`${what} needs a spool: give spool: { directory }`]
  if (resolveOn === 'durable') return needs("resolveOn: 'durable'")
  return overflow === 'spill' ? needs("overflow: 'spill'") : []
}

const NOTHING_SET =
  'nothing says where logs go: give endpoint, project and credentials, or set LOGHUB_ENDPOINT, LOGHUB_PROJECT, ' +
  'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; or give a sink'

/** What a project needs and neither the options nor the environment tell. */
function missingSettings({ endpoint, credentials }: Partial<ProjectConfig>): string[] {
  const missing: string[] = []
  if (endpoint === undefined) {
    missing.push('endpoint: is not given: give it, such as cn-hangzhou.log.aliyuncs.com, or set LOGHUB_ENDPOINT')
  }
  if (credentials === undefined) {
    const names = 'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET'
    missing.push(`credentials: are not given: give { accessKeyId, accessKeySecret } or a function, or set ${names}`)
  }
  return missing
}

/** What is wrong with the settings that are there. */
function givenProblems(project: ProjectConfig): string[] {
  return projectProblems(project).filter((problem) => {
    if (project.endpoint === undefined && problem.startsWith('endpoint')) return false
    return !(project.credentials === undefined && problem.startsWith('credentials'))
  })
}

export function dropUndefined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** Everything wrong with a live change of `current`. */
export function changeProblems(change: unknown, current: TunableOptions): string[] {
  return problemsOf(change, tunableRules, current)
}

/** Everything that is wrong, in one error. */
export function optionError(problems: readonly string[]): ProducerError {
  const message =
    problems.length === 1 ? problems[0] : `${problems.length} options are wrong:\n  - ${problems.join('\n  - ')}`
  return new ProducerError('ERR_LOGHUB_OPTION', message as string)
}

function problemsOf(
  config: unknown,
  rules: Readonly<Record<string, Rule | undefined>>,
  current: TunableOptions = withDefaults({}),
): string[] {
  if (!isObject(config)) return ['the options must be an object']
  const problems = new Map<string, string>()
  const good: Record<string, unknown> = {}
  for (const [option, value] of Object.entries(config)) {
    const message = problemOf(option, value, rules)
    if (message !== undefined) problems.set(option, message)
    else good[option] = value
  }
  const together = withChange(current, good)
  for (const { option, other, problem } of pairRules) {
    if (problems.has(option) || problems.has(other)) continue
    const message = problem(together)
    if (message !== undefined) problems.set(option, message)
  }
  return [...problems].map(([option, message]) => `${safeText(option, 40)}: ${message}`)
}

function problemOf(
  option: string,
  value: unknown,
  rules: Readonly<Record<string, Rule | undefined>>,
): string | undefined {
  if (!Object.hasOwn(rules, option)) return unknownOption(option, Object.keys(rules))
  const rule = rules[option]
  if (value === undefined || rule === undefined || rule.test(value)) return undefined
  return `must be ${rule.mustBe}, got ${shown(value)}`
}

function unknownOption(option: string, known: readonly string[]): string {
  if (Object.hasOwn(allRules, option)) return 'cannot change while the producer runs'
  const nearest = nearestName(option, known)
  return nearest === undefined ? 'there is no such option' : `there is no such option; did you mean ${nearest}?`
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= 1
}

function isObject(value: unknown): value is Record<string, unknown> {
  return hasNames(value)
}

function machineAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}
