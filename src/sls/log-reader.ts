import type { Dispatcher } from 'undici'
import { type Clock, systemClock } from '../core/clock.ts'
import { ProducerError } from '../core/errors.ts'
import { type Logger, silentLogger } from '../core/logger.ts'
import type { Query } from './auth/request-to-sign.ts'
import { type ServiceAnswer, unreadable } from './http/classify-answer.ts'
import { Connections } from './http/connections.ts'
import { type ServiceRequest, SignedRequests } from './http/signed-request.ts'
import { limits } from './limits.ts'
import { type HistogramBar, type LogQuery, type QueriedLogs, rangePairs, type TimeRange } from './log-query.ts'
import { type ProjectConfig, type ProjectTarget, resolveProject } from './projects.ts'
import { type PulledLogGroups, type PulledLogs, pulledLogs } from './pulled-logs.ts'
import { SeenPackIds } from './seen-pack-ids.ts'
import { type DecodedLogGroup, decodeLogGroupList } from './wire/decode-log-group.ts'
import { decompress } from './wire/decompression.ts'

/** What `new LogReader` takes: where the logstore is, as whom it is read, and how. */
export interface LogReaderOptions extends ProjectConfig {
  /** The logstore that is read, or created. */
  readonly logstore: string
  /** How long one call may take, in milliseconds. Above 0. Default: 15000. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * Leaves out copies: LogGroups whose pack id {@link LogReader.pullLogGroups} of this reader has given before, from
   * whichever shard. A producer writes a batch twice where it cannot know whether the first time succeeded. A page that is
   * pulled again has copies only, so go on from its `nextCursor`. Default: false.
   */
  readonly dedupe?: boolean | undefined
  /** Where it says that credentials could not be renewed. Default: nowhere. */
  readonly logger?: Logger | undefined
  /** Source of time, for tests. Default: the system's. */
  readonly clock?: Clock | undefined
  /** An undici dispatcher (proxy, TLS settings) in place of the own connections. The caller closes it. */
  readonly dispatcher?: Dispatcher | undefined
  /**
   * Whether the environment variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (lower case counts first) are used, where
   * no dispatcher is given. Default: true.
   */
  readonly proxyFromEnvironment?: boolean | undefined
}

/** A shard: a part of a logstore that has its own order and its own cursors. */
export interface Shard {
  /** Names the shard within its logstore. */
  readonly shardID: number
  /** `readonly`: it was split or merged. It can be read until its logs have expired, and is gone then. */
  readonly status: 'readwrite' | 'readonly'
  /** First hash of its range: 32 hex digits. */
  readonly inclusiveBeginKey: string
  /** First hash behind its range: 32 hex digits. */
  readonly exclusiveEndKey: string
  /** Epoch seconds. */
  readonly createTime: number
}

/** How a logstore is made. */
export interface LogstoreSettings {
  /** Days that logs are kept. Range: 1 to 3650. Default: 30. */
  readonly ttlDays?: number | undefined
  /** Shards to begin with. Range: 1 to 100. Default: 2. */
  readonly shardCount?: number | undefined
}

/** Of an answer, and of the LogGroups in it after decompression. */
const ANSWER_LIMIT_IN_BYTES = 64 * 1024 * 1024
// What an answer holds once it is decompressed: LogGroups shrink well.
const PULLED_LIMIT_IN_BYTES = 256 * 1024 * 1024

/**
 * Reads a logstore back, and creates project and logstore where they are missing. A call is one request and is not
 * repeated; it rejects with a `SinkError` that says what the service answered: `retriable` tells whether another call may
 * succeed, and {@link readingLost} whether shard or cursor no longer exist.
 *
 * @example
 * ```ts
 * import { LogReader } from 'loghub-producer'
 *
 * const reader = new LogReader({ endpoint: 'http://127.0.0.1:9310', project: 'my-project', logstore: 'my-logstore', credentials })
 * for (const { shardID } of await reader.listShards()) {
 *   const cursor = await reader.getCursor(shardID, 'begin')
 *   const { groups } = await reader.pullLogGroups(shardID, cursor)
 *   for (const { topic, logs } of groups) console.log(topic, logs.length)
 * }
 * await reader.close()
 * ```
 */
export class LogReader {
  readonly #target: ProjectTarget
  readonly #connections: Connections
  readonly #requests: SignedRequests
  readonly #timeoutMs: number
  readonly #logstore: string
  readonly #seen: SeenPackIds | undefined
  /** Calls cannot be aborted, but by `close`. */
  readonly #never = new AbortController().signal

  /** @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong */
  constructor(options: LogReaderOptions) {
    const { clock = systemClock, logger = silentLogger, requestTimeoutMs = 15_000, logstore, dispatcher } = options
    if (typeof logstore !== 'string' || logstore === '') {
      throw new ProducerError('ERR_LOGHUB_OPTION', 'logstore: must be a non-empty string')
    }
    this.#target = resolveProject(options, clock, logger)
    this.#connections = new Connections({ dispatcher, clock, proxyFromEnvironment: options.proxyFromEnvironment })
    this.#requests = new SignedRequests(this.#connections, clock)
    this.#timeoutMs = requestTimeoutMs
    this.#logstore = logstore
    this.#seen = options.dedupe ? new SeenPackIds() : undefined
  }

  /** All shards, those that were split or merged included while they can be read. */
  async listShards(): Promise<Shard[]> {
    return this.#getJson(`${this.#path}/shards`)
  }

  /** The position of the first, of the end, or of the first LogGroup received at or after a time in epoch seconds. */
  async getCursor(shard: number, from: 'begin' | 'end' | number): Promise<string> {
    const query: Query = [
      ['type', 'cursor'],
      ['from', String(from)],
    ]
    const answer = await this.#getJson<{ cursor: string }>(`${this.#path}/shards/${shard}`, query)
    return answer.cursor
  }

  /**
   * The next LogGroups from a cursor on, read. Go on from `nextCursor`; where that is the cursor that was given, there is
   * nothing more for now.
   * @param count most LogGroups in the answer, 1 to 1000
   * @param endCursor the answer ends before it
   * @throws ProducerError `ERR_LOGHUB_SEND` when the answer cannot be decompressed or decoded
   */
  async pullLogGroups(shard: number, cursor: string, count = 100, endCursor?: string): Promise<PulledLogGroups> {
    const { bytes, compression, rawSizeInBytes, nextCursor } = await this.pullLogs(shard, cursor, count, endCursor)
    const list = await decompress(bytes, compression, rawSizeInBytes, PULLED_LIMIT_IN_BYTES)
    const groups = decodeLogGroupList(list)
    return { groups: this.#seen === undefined ? groups : withoutCopies(groups, this.#seen), nextCursor }
  }

  /**
   * Like {@link pullLogGroups}, left compressed and encoded as they came.
   * @param count most LogGroups in the answer, 1 to 1000
   * @param endCursor the answer ends before it
   */
  async pullLogs(shard: number, cursor: string, count = 100, endCursor?: string): Promise<PulledLogs> {
    const answer = await this.#send({
      method: 'GET',
      path: `${this.#path}/shards/${shard}`,
      query: [
        ['type', 'logs'],
        ['cursor', cursor],
        ['count', String(Math.min(count, limits.pullLogGroups))],
        ...(endCursor === undefined ? [] : [['end_cursor', endCursor] as const]),
      ],
      headers: { accept: 'application/x-protobuf', 'accept-encoding': 'lz4' },
    })
    return pulledLogs(answer)
  }

  /** One page of the logs that match a query, from the index: what was written seconds ago may not be in it yet. */
  async getLogs(query: LogQuery): Promise<QueriedLogs> {
    const { line = limits.getLogsLines, offset = 0, reverse = false } = query
    const answer = await this.#send({
      method: 'GET',
      path: this.#path,
      query: [
        ['type', 'log'],
        ...rangePairs(query),
        ['line', String(line)],
        ['offset', String(offset)],
        ['reverse', String(reverse)],
      ],
    })
    return { logs: json(answer), isComplete: answer.header('x-log-progress') !== 'Incomplete' }
  }

  /** How many logs there are, by time. */
  async getHistograms(range: TimeRange): Promise<HistogramBar[]> {
    return this.#getJson(this.#path, [['type', 'histogram'], ...rangePairs(range)])
  }

  /** What the service knows of the project. Rejects with the server code `ProjectNotExist` when there is none. */
  async getProject(): Promise<Record<string, unknown>> {
    return this.#getJson('/')
  }

  /** What the service knows of the logstore. Rejects with the server code `LogStoreNotExist` when there is none. */
  async getLogstore(): Promise<Record<string, unknown>> {
    return this.#getJson(this.#path)
  }

  /** Rejects with the server code `ProjectAlreadyExist` when there is one of its name, whosever it is. */
  async createProject(description = ''): Promise<void> {
    await this.#postJson('/', { projectName: this.#target.project, description })
  }

  /**
   * It may take a minute until it can be written to. Rejects with the server code `LogStoreAlreadyExist` when it is there.
   */
  async createLogstore({ ttlDays = 30, shardCount = 2 }: LogstoreSettings = {}): Promise<void> {
    await this.#postJson('/logstores', { logstoreName: this.#logstore, ttl: ttlDays, shardCount })
  }

  /** Ends all connections, calls under way included. */
  close(): Promise<void> {
    return this.#connections.destroy()
  }

  get #path(): string {
    return `/logstores/${encodeURIComponent(this.#logstore)}`
  }

  async #getJson<T>(path: string, query: Query = []): Promise<T> {
    return json(await this.#send({ method: 'GET', path, query }))
  }

  async #postJson(path: string, content: object): Promise<void> {
    const body = Buffer.from(JSON.stringify(content))
    await this.#send({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body })
  }

  #send(request: Omit<ServiceRequest, 'answerLimitInBytes'>): Promise<ServiceAnswer> {
    const attempt = { lane: 0, timeoutMs: this.#timeoutMs, signal: this.#never }
    return this.#requests.send(this.#target, { ...request, answerLimitInBytes: ANSWER_LIMIT_IN_BYTES }, attempt)
  }
}

/** Those without a pack id are kept: nothing tells whether they are copies. */
function withoutCopies(groups: readonly DecodedLogGroup[], seen: SeenPackIds): DecodedLogGroup[] {
  return groups.filter(({ tags }) => {
    const packId = tags.find(([key]) => key === '__pack_id__')?.[1]
    return packId === undefined || seen.add(packId)
  })
}

function json<T>(answer: ServiceAnswer): T {
  try {
    return JSON.parse(answer.body.toString()) as T
  } catch {
    // Without the cause: a syntax error quotes the body, and with it whatever a server echoed.
    throw unreadable(answer, 'its body is not JSON')
  }
}
