import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import { safeText } from '../core/safe-text.ts'
import type { Query } from './auth/request-to-sign.ts'
import { Connections, type ConnectionsOptions } from './http/connections.ts'
import { SignedRequests } from './http/signed-request.ts'
import { type ProjectConfig, ProjectRegistry } from './projects.ts'
import { type Receipt, type Sink, SinkError, type SinkRequest } from './sink.ts'

export interface SlsSinkOptions extends ConnectionsOptions {
  readonly clock: Clock
  readonly logger: Logger
}

// The service answers a write with an empty body.
const ANSWER_LIMIT_IN_BYTES = 64 * 1024

/** Writes batches to the service. Projects can be added, changed and removed at any time; the next attempt uses the change. */
export class SlsSink implements Sink {
  readonly #connections: Connections
  readonly #projects: ProjectRegistry
  readonly #requests: SignedRequests

  constructor(options: SlsSinkOptions) {
    this.#connections = new Connections(options)
    this.#projects = new ProjectRegistry(options.clock, options.logger)
    this.#requests = new SignedRequests(this.#connections, options.clock)
  }

  /**
   * Adds a project, or replaces its endpoint and credentials as a whole.
   * @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong; nothing has changed then
   */
  putProject(config: ProjectConfig): void {
    this.#projects.put(config)
    this.#connections.keepOrigins(this.#projects.origins())
  }

  /** False when there was none. */
  removeProject(project: string): boolean {
    const removed = this.#projects.remove(project)
    this.#connections.keepOrigins(this.#projects.origins())
    return removed
  }

  hasProject(project: string): boolean {
    return this.#projects.has(project)
  }

  projectNames(): string[] {
    return this.#projects.names()
  }

  /** There are only `count` lanes from now on: the connections of the others go. */
  keepLanes(count: number): void {
    this.#connections.keepLanes(count)
  }

  async send(request: SinkRequest, signal: AbortSignal): Promise<Receipt> {
    if (this.#connections.closed)
      throw new SinkError('ERR_LOGHUB_CLOSED', 'The sink is closed.', { failureClass: 'final' })
    const target = this.#projects.get(request.project)
    if (target === undefined) throw unknownProject(request.project)
    const logstore = encodeURIComponent(request.logstore)
    const { requestId } = await this.#requests.send(
      target,
      {
        method: 'POST',
        path: `/logstores/${logstore}/shards/${request.shardHash === undefined ? 'lb' : 'route'}`,
        query: queryOf(request.shardHash, target.processor),
        headers: bodyHeaders(request),
        body: request.payload.bytes,
        answerLimitInBytes: ANSWER_LIMIT_IN_BYTES,
      },
      { lane: request.lane, timeoutMs: request.timeoutMs, signal },
    )
    return { requestId }
  }

  /** Ends all connections at once, requests under way included. */
  close(): Promise<void> {
    return this.#connections.destroy()
  }
}

function queryOf(shardHash: string | undefined, processor: string | undefined): Query {
  const pairs: [string, string][] = []
  if (shardHash !== undefined) pairs.push(['key', shardHash])
  if (processor !== undefined) pairs.push(['processor', processor])
  return pairs
}

function bodyHeaders({ payload }: SinkRequest): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/x-protobuf',
    'x-log-bodyrawsize': String(payload.rawSizeInBytes),
  }
  if (payload.compression !== 'none') headers['x-log-compresstype'] = payload.compression
  return headers
}

function unknownProject(project: string): SinkError {
  const message = `The project ${safeText(JSON.stringify(project), 100)} is not configured or was removed: add it with putProject.`
  return new SinkError('ERR_LOGHUB_PROJECT_UNKNOWN', message, { failureClass: 'final' })
}
