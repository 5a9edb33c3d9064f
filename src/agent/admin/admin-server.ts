import { pageRoutes } from '../../console/page-routes.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { allOf, bearerToken, type Guard, LOOPBACK_HOSTS, onlyHosts, sameOrigin } from '../../server/guards.ts'
import { HttpError } from '../../server/http-error.ts'
import { HttpServer } from '../../server/http-server.ts'
import { type HttpRoute, routed } from '../../server/routed.ts'
import type { Agent } from '../agent.ts'
import { optionError } from '../config/option-error.ts'
import type { ComponentHealth } from '../host/heartbeat.ts'
import { consoleFeeds } from './console-feeds.ts'
import { healthRoutes } from './health-routes.ts'
import { inputRoutes } from './input-routes.ts'
import { metricsRoute } from './metrics-route.ts'
import { ProducerHistory } from './producer-history.ts'
import type { Metric } from './prometheus-text.ts'
import { tapRoute } from './tap-route.ts'

/** Options of the admin listener. */
export interface AdminServerOptions {
  /** Address to listen on. Default 127.0.0.1; another address needs a token. */
  readonly host?: string
  /** Port to listen on. Default 9320; 0 takes a free one. */
  readonly port?: number
  /** If given, every request must have it. Without a token nothing can be changed or tapped: other users of the machine reach the port. */
  readonly token?: string
  /** Host names that requests may use, besides those of this machine and its address. */
  readonly hosts?: readonly string[]
  /** More routes under the same guards, such as a console. Methods other than GET need the token. */
  readonly routes?: readonly HttpRoute[]
  /** More metrics. */
  readonly metrics?: () => readonly Metric[]
  /** More components for the health. */
  readonly components?: () => readonly ComponentHealth[]
  /** Receives failures of requests. */
  readonly logger: Logger
  /** Source of time, for tests. Default: the system's. */
  readonly clock?: Clock
}

export const DEFAULT_ADMIN_PORT = 9320
const MAX_BODY_BYTES = 256 * 1024

/** The agent's HTTP server: health, metrics, inputs, tap, and the console. */
export class AdminServer {
  readonly #server: HttpServer
  readonly #options: AdminServerOptions
  readonly #history: ProducerHistory

  /** @throws ProducerError `ERR_LOGHUB_OPTION` for an open address without a token */
  constructor(agent: Agent, options: AdminServerOptions) {
    const { host = '127.0.0.1', token, hosts = [], logger, clock = systemClock } = options
    const { routes = [], metrics = () => [], components = () => [] } = options
    if (token === undefined && !LOOPBACK_HOSTS.includes(host) && host !== '::1') {
      throw optionError([`admin: listening on ${host} needs a token`])
    }
    this.#options = options
    const origin = allOf(onlyHosts([...LOOPBACK_HOSTS, host, `[${host}]`, ...hosts]), sameOrigin())
    const reading: Guard = token === undefined ? origin : allOf(origin, bearerToken(token))
    const writing: Guard = token === undefined ? allOf(origin, needsToken) : reading
    const guardedBy = (guard: Guard, list: readonly HttpRoute[]) => list.map((route) => ({ ...route, guard }))
    this.#history = new ProducerHistory({ metrics: () => agent.producerMetrics() }, clock)
    const table = [
      ...healthRoutes(agent, components, reading),
      ...guardedBy(reading, [metricsRoute(agent, metrics), ...routes.filter(isReading)]),
      ...guardedBy(
        writing,
        routes.filter((route) => !isReading(route)),
      ),
      ...inputRoutes(agent, reading, writing),
      ...guardedBy(writing, [tapRoute(agent)]),
      // No token is needed: the page contains no data, and asks the user for the token.
      ...guardedBy(origin, pageRoutes()),
      ...consoleFeeds(agent, this.#history, clock, { reading, writing }),
    ]
    const onError = (error: unknown) => logger.error(`admin: a request failed: ${toError(error).message}`)
    this.#server = new HttpServer({
      onExchange: routed(table, { maxBodyBytes: MAX_BODY_BYTES, onError }),
      limits: { maxConnections: 256, headersTimeoutMs: 10_000, requestTimeoutMs: 20_000 },
    })
  }

  /** Resolves to the URL at which it listens. */
  async listen(): Promise<string> {
    const { host = '127.0.0.1', port = DEFAULT_ADMIN_PORT } = this.#options
    const listening = await this.#server.listen({ host, port })
    return `http://${host.includes(':') ? `[${host}]` : host}:${listening}`
  }

  /** Closes all connections and the port. */
  close(): Promise<void> {
    this.#history.close()
    return this.#server.close({ timeoutMs: 1000 })
  }
}

const isReading = ({ method }: HttpRoute) => method === 'GET'

const needsToken: Guard = () => {
  throw new HttpError(403, 'this needs admin.token in the configuration: every user of the machine reaches this port', {
    code: 'no-token-configured',
  })
}
