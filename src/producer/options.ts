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
 * What a send does when the memory budget is full. `block`: wait its turn. `reject`: be refused at once. `drop-oldest`:
 * take the place of the oldest batches that are not on the wire, whose sends fail with `ERR_LOGHUB_DROPPED`; with a spool that is
 * full, newer batches take the place of the oldest there as well. `spill`: batches go to the spool, and the send waits its turn.
 */
export type Overflow = 'block' | 'reject' | 'drop-oldest' | 'spill'

export const OVERFLOWS: readonly Overflow[] = ['block', 'reject', 'drop-oldest', 'spill']

/** When a send is told of success: stored by the service, or on disk (or stored, where that is first). */
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
   * How many sends may wait for memory at once, held encoded; their bytes are at most a quarter of
   * `totalSizeInBytes`. One send of each project may always wait. 0 or more.
   * @default 10000
   */
  maxBlockedSends: number
  /**
   * What one project may have of the memory budget, of the sends that wait for it, and of the lanes, while more than one
   * project is registered; so that one that is down or slow leaves room to the others. Above 0, at most 1. A single send
   * that is larger than the share goes when its project holds nothing else.
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
   * How often a failed request is made again. 0 or more; `Infinity` for no limit but `deliveryTimeoutMs`.
   * @default Infinity
   */
  retries: number
  /**
   * Ceiling of the first back-off, in milliseconds; it doubles with each retry, and the wait is random below it. Above 0.
   * @default 100
   */
  baseRetryBackoffMs: number
  /**
   * Highest ceiling of the back-off, in milliseconds. At least `baseRetryBackoffMs`.
   * @default 50000
   */
  maxRetryBackoffMs: number
  /**
   * From the first log of a batch until its final verdict, waiting and retries included, in milliseconds. More than
   * `lingerMs`.
   * @default 180000
   */
  deliveryTimeoutMs: number
  /**
   * One HTTP request, from the connection to the last byte of the answer, in milliseconds. Above 0.
   * @default 15000
   */
  requestTimeoutMs: number
  /**
   * How long a connection is used, in milliseconds, before its lane opens a new one: so that a changed DNS answer, or a load
   * balancer that is taken out of service, is noticed. It is also left after three failures in a row. 1000 to 86400000.
   * @default 300000
   */
  maxConnectionAgeMs: number
  /**
   * Attempts kept in a result: the newest. At least 1.
   * @default 11
   */
  maxReservedAttempts: number
  /**
   * Folds shard hashes into `buckets`, so that batches can fill.
   * @default true
   */
  adjustShardHash: boolean
  /**
   * How many different shard hashes are left after adjustment: a power of two, 1 to 512.
   * @default 64
   */
  buckets: number
  /**
   * Topic of sends that name none.
   * @default ''
   */
  topic: string
  /**
   * Source of sends that name none.
   * @default the first IPv4 address of this machine that is not the loopback's
   */
  source: string
  /**
   * Tags on every batch, beside `__pack_id__`.
   * @default {}
   */
  tags: Readonly<Record<string, string>>
}

/** Some of the tunable options; one that is undefined is as if it were left out. */
export type TunableChange = Optional<TunableOptions>

/** A project by its name, and what is its own: the rest is the producer's. */
export type ProjectChange = Optional<ProjectConfig> & { readonly project: string }

type Optional<T> = { [Name in keyof T]?: T[Name] | undefined }

/** What `new Producer` takes. Everything but a destination has a default. */
export interface ProducerConfig extends TunableChange, Optional<ProjectConfig> {
  /** Project of sends that name none. Default: `LOGHUB_PROJECT`. */
  project?: string | undefined
  /** Logstore of sends that name none. Default: `LOGHUB_LOGSTORE`. */
  logstore?: string | undefined
  /**
   * Codec of request bodies. A body that does not shrink goes uncompressed.
   * @default 'lz4'
   */
  compression?: Compression | undefined
  /**
   * Which lane takes a batch. `key-hash` keeps the order of each group; the others send batches of a group side by side.
   * @default 'least-loaded'
   */
  router?: RouterName | RouterFunction | undefined
  /**
   * On SIGINT, SIGTERM and SIGHUP: close, within 5 seconds or the time given, and raise the signal again. With a spool also:
   * when the process exits in any other way that lets code run, what is in memory only is written to disk.
   * @default false
   *
   * @example
   * ```ts
   * const producer = new Producer({ exitHook: { timeoutMs: 8000 } }) // SIGTERM delivers for at most 8 s
   * ```
   */
  exitHook?: boolean | { readonly timeoutMs: number } | undefined
  /**
   * Given each log that the service will never take as it is: its content is refused, or it is too large by itself.
   * The other logs of its batch are delivered. Called once a log, after the callback of its send; what it throws is a
   * `callbackError`. A failure that another time or other settings would mend (expired, no permission) brings no letter.
   *
   * @example
   * ```ts
   * const producer = new Producer({ deadLetter: ({ log, error }) => console.error(error.message, log.contents) })
   * ```
   */
  deadLetter?: ((letter: DeadLetter) => unknown) | undefined
  /**
   * Keeps batches on disk: what a crash, an outage or the end of the process would else lose.
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
   * When a send is told of success. `durable` needs a spool; where the logs do not go to disk, it is when they are stored. A
   * send can override it.
   * @default 'delivered'
   */
  resolveOn?: ResolveOn | undefined
  /** Where the producer says what it cannot return. It must not log through this producer. Default: warnings and errors to stderr. */
  logger?: Logger | undefined
  /** An undici dispatcher for all requests: a proxy, a mock. It is not closed with the producer. */
  dispatcher?: Dispatcher | undefined
  /**
   * Whether the environment variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (lower case counts first) are heeded, where
   * no dispatcher is given.
   * @default true
   */
  proxyFromEnvironment?: boolean | undefined
  /**
   * Another destination than the service. Then no endpoint and no credentials are needed.
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

/** The options in force. Replaced whole, never changed, so that whoever reads them sees one consistent set. */
export interface LiveOptions {
  readonly current: Readonly<TunableOptions>
}
