import type { Dispatcher } from 'undici'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { ProjectConfig } from '../sls/projects.ts'
import type { Compression, Sink } from '../sls/sink.ts'
import type { LaneRange } from './deliver/lane-range.ts'
import type { RateLimit } from './deliver/rate-limiter.ts'
import type { RouterFunction, RouterName } from './deliver/router-option.ts'
import type { SpoolConfig } from './keep/spool-config.ts'
import type { DeadLetter } from './settle/dead-letter.ts'

/**
 * What a send does when the memory budget is full. `block`: it waits its turn. `reject`: it is refused at once. `drop-oldest`:
 * it takes the place of the oldest batches of its project that are not on the wire, whose sends fail with `ERR_LOGHUB_DROPPED`;
 * if a spool is full as well, newer batches replace the oldest ones on disk. `spill`: batches go to the spool, and the send
 * waits its turn.
 */
export type Overflow = 'block' | 'reject' | 'drop-oldest' | 'spill'

export const OVERFLOWS: readonly Overflow[] = ['block', 'reject', 'drop-oldest', 'spill']

/** When a send succeeds: `delivered`: the service has stored its logs. `durable`: they are on disk, or stored if that is first. */
export type ResolveOn = 'delivered' | 'durable'

export const RESOLVE_ONS: readonly ResolveOn[] = ['delivered', 'durable']

/** Options that may change while the producer runs: {@link Producer.update}. */
export interface TunableOptions {
  /**
   * Memory for everything accepted and not yet settled, over all groups, in bytes: encoded logs and what each waiting
   * send holds. At least 1.
   * @default 104857600 (100 MiB)
   */
  totalSizeInBytes: number
  /**
   * How long `send` may wait for memory, in milliseconds. -1 waits for ever, 0 never.
   * @default 60000
   */
  maxBlockMs: number
  /**
   * How many sends may wait for memory at once. Their encoded logs take at most a quarter of `totalSizeInBytes`. One send
   * of each project may always wait. 0 or more.
   * @default 10000
   */
  maxBlockedSends: number
  /**
   * The part of the memory budget, of the waiting sends and of the lanes that one project may take while more than one
   * project is registered, so that a project that is down or slow leaves room for the others. Above 0, at most 1. A single
   * send that is larger than the share is accepted when its project holds nothing else.
   * @default 0.5
   */
  maxProjectShare: number
  /**
   * What a send does when the memory budget is full. A send can override it.
   * @default 'block'
   */
  overflow: Overflow
  /**
   * A batch is sealed once it holds this many encoded bytes. 1 to 8388608.
   * @default 524288 (512 KiB)
   */
  batchSizeThresholdInBytes: number
  /**
   * A batch is sealed once it holds this many logs. 1 to 40960.
   * @default 4096
   */
  batchCountThreshold: number
  /**
   * Longest time a batch stays open, in milliseconds, from its first log. 0 sends on the next turn.
   * @default 2000
   */
  lingerMs: number
  /**
   * Groups with an open batch at once; beyond it the oldest batch is sealed. At least 1.
   * @default 1024
   */
  maxOpenBatches: number
  /**
   * Lanes, each with one request under way at most. A number fixes how many; a range lets them grow while work waits and
   * shrink when idle. 1 to 256.
   * @default { min: 1, max: max(4, 2 x processors) }
   */
  lanes: number | LaneRange
  /**
   * What may leave the producer in a second, over all lanes: bytes of request bodies as they are sent, and requests.
   * @default no limit
   */
  rateLimit: RateLimit | undefined
  /**
   * How often a failed request is repeated. 0 or more; with `Infinity` only `deliveryTimeoutMs` is the limit.
   * @default Infinity
   */
  retries: number
  /**
   * Upper limit of the first back-off, in milliseconds; it doubles with each retry, and the wait is random below it. Above 0.
   * @default 100
   */
  baseRetryBackoffMs: number
  /**
   * The upper limit of the back-off stops doubling here, in milliseconds. At least `baseRetryBackoffMs`.
   * @default 50000
   */
  maxRetryBackoffMs: number
  /**
   * Longest time from the first log of a batch to its final result, waiting and retries included, in milliseconds. More than
   * `lingerMs`.
   * @default 180000
   */
  deliveryTimeoutMs: number
  /**
   * Time limit of one HTTP request, from the connection to the last byte of the answer, in milliseconds. Above 0.
   * @default 15000
   */
  requestTimeoutMs: number
  /**
   * How long a connection is used, in milliseconds, before its lane opens a new one, so that a changed DNS answer, or a load
   * balancer that is taken out of service, is noticed. It is also replaced after three failures in a row. 1000 to 86400000.
   * @default 300000
   */
  maxConnectionAgeMs: number
  /**
   * How many attempts a result keeps: the newest. At least 1.
   * @default 11
   */
  maxReservedAttempts: number
  /**
   * Hashes each `shardHash` and folds it into one of `buckets` values, so that batches can fill. With `false`, a `shardHash`
   * must be 32 hex digits.
   * @default true
   */
  adjustShardHash: boolean
  /**
   * Number of different shard hashes after adjustment: a power of two, 1 to 512.
   * @default 64
   */
  buckets: number
  /**
   * Topic of sends that give none. At most 128 bytes.
   * @default ''
   */
  topic: string
  /**
   * Source of sends that give none. At most 128 bytes.
   * @default the first IPv4 address of this machine that is not the loopback's
   */
  source: string
  /**
   * Tags of every batch, in addition to `__pack_id__`. Names of 1 to 128 bytes; names and values together at most 64 KiB.
   * @default {}
   */
  tags: Readonly<Record<string, string>>
}

/** Some of the tunable options; `undefined` means the same as leaving an option out. */
export type TunableChange = Optional<TunableOptions>

/** A project: its name, and its own settings. Other settings are those of the producer. */
export type ProjectChange = Optional<ProjectConfig> & { readonly project: string }

type Optional<T> = { [Name in keyof T]?: T[Name] | undefined }

/** Options of `new Producer`. Everything except a destination has a default. */
export interface ProducerConfig extends TunableChange, Optional<ProjectConfig> {
  /** Project of sends that give none. Default: the environment variable `LOGHUB_PROJECT`. */
  project?: string | undefined
  /** Logstore of sends that give none. Default: the environment variable `LOGHUB_LOGSTORE`. */
  logstore?: string | undefined
  /**
   * Codec of request bodies. A body that does not get smaller is sent uncompressed. `zstd` needs Node 22.15.
   * @default 'lz4'
   */
  compression?: Compression | undefined
  /**
   * How a lane is chosen for a batch. `key-hash` keeps the order of each group; the others send batches of a group in parallel.
   * @default 'least-loaded'
   */
  router?: RouterName | RouterFunction | undefined
  /**
   * On SIGINT, SIGTERM and SIGHUP: close within 5 seconds, or the time given, and raise the signal again unless the application
   * listens to it. With a spool, also when the process exits in another way that lets code run: write what is only in memory to disk.
   * @default false
   *
   * @example
   * ```ts
   * const producer = new Producer({ exitHook: { timeoutMs: 8000 } }) // SIGTERM delivers for at most 8 s
   * ```
   */
  exitHook?: boolean | { readonly timeoutMs: number } | undefined
  /**
   * Called with each log that the service will never accept: its content is refused, or it is too large by itself. The
   * other logs of its batch are delivered. Called once for each log, after the callback of its send; if it throws, a
   * `callbackError` is emitted. Not called for a failure that may pass (expired, no permission).
   *
   * @example
   * ```ts
   * const producer = new Producer({ deadLetter: ({ log, error }) => console.error(error.message, log.contents) })
   * ```
   */
  deadLetter?: ((letter: DeadLetter) => unknown) | undefined
  /**
   * Keeps batches on disk, which a crash, an outage or the end of the process would otherwise lose.
   * @default none
   *
   * @example
   * ```ts
   * const producer = new Producer({ spool: { directory: '/var/lib/my-app/spool', mode: 'always' }, exitHook: true })
   * await producer.send({ logs: { contents: { paid: 7 } }, resolveOn: 'durable' }) // it is on disk
   * ```
   */
  spool?: SpoolConfig | undefined
  /**
   * When a send succeeds. `durable` needs a spool; logs that do not go to disk count when they are stored. A send can
   * override it.
   * @default 'delivered'
   */
  resolveOn?: ResolveOn | undefined
  /** Receives messages that the producer cannot return to a caller. It must not log through this producer. Default: warnings and errors to stderr. */
  logger?: Logger | undefined
  /** An undici dispatcher, version 6 to 8, for all requests: TLS settings, a proxy, a mock. It is not closed with the producer. */
  dispatcher?: Dispatcher | undefined
  /**
   * Whether the environment variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are used if no dispatcher is given. Names in
   * lower case take precedence.
   * @default true
   */
  proxyFromEnvironment?: boolean | undefined
  /**
   * A destination instead of the service. It needs no endpoint and no credentials.
   *
   * @example
   * ```ts
   * import { decodePayload, Producer } from 'loghub-producer'
   *
   * const sink = {
   *   async send({ payload }: SinkRequest) {
   *     console.log((await decodePayload(payload)).logs)
   *     return { requestId: 'printed' }
   *   },
   *   async close() {},
   * }
   * const producer = new Producer({ project: 'my-project', logstore: 'my-logstore', sink })
   * ```
   */
  sink?: Sink | undefined
  /** Source of time, for tests. */
  clock?: Clock | undefined
  /** Source of jitter, for tests: a number in [0, 1). */
  random?: (() => number) | undefined
}

export const tunableDefaults = {
  totalSizeInBytes: 100 * 1024 * 1024,
  maxBlockMs: 60_000,
  maxBlockedSends: 10_000,
  maxProjectShare: 0.5,
  overflow: 'block',
  batchSizeThresholdInBytes: 512 * 1024,
  batchCountThreshold: 4096,
  lingerMs: 2000,
  maxOpenBatches: 1024,
  rateLimit: undefined,
  retries: Number.POSITIVE_INFINITY,
  baseRetryBackoffMs: 100,
  maxRetryBackoffMs: 50_000,
  deliveryTimeoutMs: 180_000,
  requestTimeoutMs: 15_000,
  maxConnectionAgeMs: 300_000,
  maxReservedAttempts: 11,
  adjustShardHash: true,
  buckets: 64,
  topic: '',
  tags: {},
} as const satisfies Omit<TunableOptions, 'lanes' | 'source'>

/** The options in force. The object is replaced, never changed, so that each reader sees one consistent set. */
export interface LiveOptions {
  readonly current: Readonly<TunableOptions>
}
