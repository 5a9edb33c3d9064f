import type { Dispatcher } from 'undici'
import { type Clock, systemClock } from '../core/clock.ts'
import { ProducerError } from '../core/errors.ts'
import { type Logger, silentLogger } from '../core/logger.ts'
import type { Query } from './auth/request-to-sign.ts'
import { type ServiceAnswer, unreadable } from './http/classify-answer.ts'
import { Connections } from './http/connections.ts'
import { type ServiceRequest, SignedRequests } from './http/signed-request.ts'
import { limits } from './limits.ts'
import { type ProjectConfig, type ProjectTarget, resolveProject } from './projects.ts'
import { type PulledLogGroups, type PulledLogs, pulledLogs } from './pulled-logs.ts'
import { decodeLogGroupList } from './wire/decode-log-group.ts'
import { decompress } from './wire/decompression.ts'

export interface LogReaderOptions extends ProjectConfig {
  readonly logstore: string
  /** One call. Default: 15000. */
  readonly requestTimeoutMs?: number | undefined
  readonly logger?: Logger | undefined
  readonly clock?: Clock | undefined
  /** An undici dispatcher (proxy, TLS settings) in place of the own connections. The caller closes it. */
  readonly dispatcher?: Dispatcher | undefined
  /**
   * Whether the environment variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (lower case counts first) are heeded, where
   * no dispatcher is given. Default: true.
   */
  readonly proxyFromEnvironment?: boolean | undefined
}

export interface Shard {
  readonly shardID: number
  readonly status: 'readwrite' | 'readonly'
  readonly inclusiveBeginKey: string
  readonly exclusiveEndKey: string
  readonly createTime: number
}

/** Log times in epoch seconds: from inclusive, to exclusive. */
export interface TimeRange {
  readonly fromSeconds: number
  readonly toSeconds: number
  readonly topic?: string | undefined
  /** Query in the service's language. Default: all logs. */
  readonly query?: string | undefined
}

export interface LogQuery extends TimeRange {
  /** Most logs in the answer. Range: 1 to 100. Default: 100. */
  readonly line?: number | undefined
  /** Logs skipped. Default: 0. */
  readonly offset?: number | undefined
  /** Newest first. Default: false. */
  readonly reverse?: boolean | undefined
}

/** `isComplete` is false when the service had no time to look at everything: ask again for all of it. */
export interface QueriedLogs {
  readonly logs: readonly Readonly<Record<string, string>>[]
  readonly isComplete: boolean
}

export interface HistogramBar {
  readonly from: number
  readonly to: number
  readonly count: number
  readonly progress: 'Complete' | 'Incomplete'
}

export interface LogstoreSettings {
  /** Days that logs are kept. Range: 1 to 3650. Default: 30. */
  readonly ttlDays?: number | undefined
  /** Default: 2. */
  readonly shardCount?: number | undefined
}

/** Of an answer, and of the LogGroups in it after decompression. */
const ANSWER_LIMIT_IN_BYTES = 64 * 1024 * 1024
// What an answer holds once it is decompressed: LogGroups shrink well.
const PULLED_LIMIT_IN_BYTES = 256 * 1024 * 1024

/**
 * Reads a logstore back, and creates project and logstore where they are missing. A call is one request and is not
 * repeated; it rejects with a `SinkError` that says what the service answered.
 */
export class LogReader {
  readonly #target: ProjectTarget
  readonly #connections: Connections
  readonly #requests: SignedRequests
  readonly #timeoutMs: number
  readonly #logstore: string
  /** Calls cannot be aborted, but by `close`. */
  readonly #never = new AbortController().signal

  /** @throws ProducerError `ERR_LOGHUB_OPTION` with all that is wrong */
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
  }

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
   * The next LogGroups from a cursor on, read. Go on from `nextCursor`; no groups: nothing more for now.
   * @param count most LogGroups in the answer, 1 to 1000
   * @param endCursor the answer ends before it
   * @throws ProducerError `ERR_LOGHUB_SEND` when the answer cannot be decompressed or decoded
   */
  async pullLogGroups(shard: number, cursor: string, count = 100, endCursor?: string): Promise<PulledLogGroups> {
    const { bytes, compression, rawSizeInBytes, nextCursor } = await this.pullLogs(shard, cursor, count, endCursor)
    const list = await decompress(bytes, compression, rawSizeInBytes, PULLED_LIMIT_IN_BYTES)
    return { groups: decodeLogGroupList(list), nextCursor }
  }

  /**
   * As {@link pullLogGroups}, left compressed and encoded as they came.
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

  async getProject(): Promise<Record<string, unknown>> {
    return this.#getJson('/')
  }

  async getLogstore(): Promise<Record<string, unknown>> {
    return this.#getJson(this.#path)
  }

  async createProject(description = ''): Promise<void> {
    await this.#postJson('/', { projectName: this.#target.project, description })
  }

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

function rangePairs({ fromSeconds, toSeconds, topic, query }: TimeRange): Query {
  const pairs: [string, string][] = [
    ['from', String(fromSeconds)],
    ['to', String(toSeconds)],
  ]
  if (topic !== undefined) pairs.push(['topic', topic])
  if (query !== undefined) pairs.push(['query', query])
  return pairs
}

function json<T>(answer: ServiceAnswer): T {
  try {
    return JSON.parse(answer.body.toString()) as T
  } catch {
    // Without the cause: a syntax error quotes the body, and with it whatever a server echoed.
    throw unreadable(answer, 'its body is not JSON')
  }
}
