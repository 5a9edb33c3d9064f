import { type Clock, systemClock } from '../core/clock.ts'
import { ProducerError } from '../core/errors.ts'
import type { Credentials } from './auth/credentials.ts'

/** Options of `startEmulator`. */
export interface EmulatorOptions {
  /** The port to listen on; 0 chooses a free one. Default 0. */
  readonly port?: number
  /** The address to listen on. Default `127.0.0.1`: not reachable from the network. */
  readonly host?: string
  /**
   * The key pairs that are accepted. Default: any key pair. In that case the form of the signature, the date and the digest of
   * the body are checked, but not the signature itself.
   */
  readonly credentials?: Credentials | readonly Credentials[]
  /** Whether a write creates its project and logstore. Default false, like the service. */
  readonly autoCreate?: boolean
  /** Source of time for dates, receive times, delays and quotas. Default: the system's. */
  readonly clock?: Clock
  /** `discard` checks and counts writes, but does not keep them. Default `memory`. */
  readonly storage?: 'memory' | 'discard'
  /** Bytes of logs to keep in memory, before compression. Above it the oldest are dropped and counted. Default 256 MiB. */
  readonly maxBytes?: number
  /**
   * Also keeps everything in this directory, and loads it at the start: the newest `maxBytes`; older logs are removed from the
   * disk. Data survives the end of the process, but not a crash of the machine. For one emulator at a time.
   */
  readonly dataDirectory?: string
  /** Shards of a new logstore that gives no number, 1 to 100. Default 2. */
  readonly shards?: number
  /** Checks logs, names and searches by the documented rules, some of which the service does not enforce. Default false. */
  readonly strict?: boolean
  /**
   * If false, writes are not checked and not decoded; only `requests`, `writes` and bytes are counted. For load tests with a cheap
   * server; needs `storage: 'discard'`. Default true.
   */
  readonly verify?: boolean
  /** The project of requests that do not name one. Default `default`. */
  readonly defaultProject?: string
  /** Host names of the emulator: the label before one of them is the project. Added to `localhost`, `127.0.0.1` and `sls.test`. */
  readonly baseNames?: readonly string[]
  /** How long a request may take to arrive, in milliseconds of the system's clock. Default 60000. */
  readonly requestTimeoutMs?: number
  /**
   * About how many logs one search reads; queries with several terms and long logs count more. If that is not enough, the answer
   * is `Incomplete`. Default 20000000.
   */
  readonly maxScannedLogs?: number
}

/** Options with all defaults filled in. */
export type ResolvedOptions = Required<Omit<EmulatorOptions, 'credentials' | 'dataDirectory'>> & {
  readonly credentials: readonly Credentials[]
  readonly dataDirectory: string | undefined
}

const BASE_NAMES = ['localhost', '127.0.0.1', 'sls.test']

const defaults = {
  port: 0,
  host: '127.0.0.1',
  credentials: [],
  autoCreate: false,
  clock: systemClock,
  storage: 'memory',
  maxBytes: 256 * 1024 * 1024,
  dataDirectory: undefined,
  shards: 2,
  strict: false,
  verify: true,
  defaultProject: 'default',
  baseNames: [],
  requestTimeoutMs: 60_000,
  maxScannedLogs: 20_000_000,
} as const

/** Fills in defaults. Throws `ERR_LOGHUB_OPTION` with all problems. */
export function resolveOptions(options: EmulatorOptions): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const merged = { ...defaults, ...(given as EmulatorOptions) }
  const problems = [...unknownKeys(given), ...valueProblems(merged)]
  if (problems.length > 0) throw new ProducerError('ERR_LOGHUB_OPTION', `emulator options: ${problems.join('; ')}`)
  return {
    ...merged,
    credentials: [merged.credentials].flat(),
    baseNames: [...BASE_NAMES, ...merged.baseNames.map((name) => name.toLowerCase())],
  }
}

function unknownKeys(options: object): string[] {
  const known = Object.keys(defaults)
  const unknown = Object.keys(options).filter((key) => !known.includes(key))
  return unknown.map((key) => `${key} is not an option; there are ${known.join(', ')}`)
}

function valueProblems(options: Required<Omit<EmulatorOptions, 'dataDirectory'>> & EmulatorOptions): string[] {
  const { port, maxBytes, shards, requestTimeoutMs, maxScannedLogs, storage, verify, dataDirectory } = options
  const problems = [
    rangeProblem('port', port, 0, 65_535),
    rangeProblem('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER),
    rangeProblem('shards', shards, 1, 100),
    rangeProblem('maxScannedLogs', maxScannedLogs, 1, Number.MAX_SAFE_INTEGER),
    rangeProblem('requestTimeoutMs', requestTimeoutMs, 1, 2 ** 31 - 1),
  ]
  if (storage !== 'memory' && storage !== 'discard') problems.push(`storage is ${storage}, must be memory or discard`)
  if (!verify && storage !== 'discard') problems.push('verify: false needs storage: discard')
  if (dataDirectory !== undefined && storage === 'discard')
    problems.push('storage: discard keeps nothing in dataDirectory')
  return problems.filter((problem) => problem !== undefined)
}

function rangeProblem(name: string, value: number, min: number, max: number): string | undefined {
  if (Number.isInteger(value) && value >= min && value <= max) return undefined
  return `${name} is ${value}, must be a whole number from ${min} to ${max}`
}
