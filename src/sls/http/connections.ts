import type { Dispatcher } from 'undici'
import { type Clock, systemClock } from '../../core/clock.ts'
import type { AttemptDeadline } from './attempt-deadline.ts'
import type { Answer } from './classify-answer.ts'
import { Connection } from './connection.ts'
import { Exchange, type HttpRequest } from './exchange.ts'
import { loadUndici, loadUndiciClient } from './load-undici.ts'
import { openConnection, openThroughProxy, type SocketListener } from './open-connection.ts'
import { hasProxyVariables } from './proxy-variables.ts'

export const DEFAULT_MAX_CONNECTION_AGE_MS = 5 * 60_000

export interface ConnectionsOptions {
  /** Used as it is in place of the connections, and never closed here. */
  readonly dispatcher?: Dispatcher | undefined
  /** Source of the age of connections. */
  readonly clock?: Clock
  /** Asked before each request. Default: 5 minutes. */
  readonly maxConnectionAgeMs?: () => number
  /** Whether `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are used. Default: true. */
  readonly proxyFromEnvironment?: boolean | undefined
}

/** Whose connection a request goes out on, and what bounds it. */
export interface Bounds {
  readonly lane: number
  readonly answerLimitInBytes: number
  readonly deadline: AttemptDeadline
}

/**
 * Keep-alive connections, one for each lane and origin. One call is one HTTP request: no redirect is followed, nothing
 * is tried again. The HTTP client is loaded with the first request. Idle connections do not keep the process alive.
 */
export class Connections {
  readonly #dispatcher: Dispatcher | undefined
  readonly #clock: Clock
  readonly #maxAgeMs: () => number
  readonly #throughProxy: boolean
  readonly #connections = new Map<string, Connection>()
  readonly #retiring = new Set<Dispatcher>()
  #closed = false

  /** @throws ProducerError `ERR_LOGHUB_OPTION` when a proxy variable is no URL */
  constructor(options: ConnectionsOptions) {
    const { dispatcher, clock = systemClock, proxyFromEnvironment = true } = options
    this.#dispatcher = dispatcher
    this.#clock = clock
    this.#maxAgeMs = options.maxConnectionAgeMs ?? (() => DEFAULT_MAX_CONNECTION_AGE_MS)
    this.#throughProxy = dispatcher === undefined && proxyFromEnvironment && hasProxyVariables(process.env)
  }

  get closed(): boolean {
    return this.#closed
  }

  get usesDispatcher(): boolean {
    return this.#dispatcher !== undefined
  }

  /** Rejects with `StaleConnectionError`, with the deadline's reason, or as the HTTP client does. */
  async request(request: HttpRequest, { lane, answerLimitInBytes, deadline }: Bounds): Promise<Answer> {
    if (this.#dispatcher !== undefined) {
      return new Exchange(answerLimitInBytes).run(this.#dispatcher, { ...request, ...nothingHidden }, deadline)
    }
    const { origin } = request
    const connection = this.#usable(nameOf(lane, origin)) ?? (await deadline.race(this.#connect(lane, origin)))
    return connection.request(request, answerLimitInBytes, deadline)
  }

  /** Lets the connections to all other origins go, as soon as their requests have ended. */
  keepOrigins(origins: ReadonlySet<string>): void {
    this.#keep((connection) => origins.has(connection.origin))
  }

  /** Lets the connections of the lanes from `count` on go, as soon as their requests have ended. */
  keepLanes(count: number): void {
    this.#keep((connection) => connection.lane < count)
  }

  /** Ends everything at once, requests under way included. */
  async destroy(): Promise<void> {
    this.#closed = true
    const open = [...this.#connections.values()].map(({ dispatcher }) => dispatcher).concat(...this.#retiring)
    this.#connections.clear()
    await Promise.all(open.map((dispatcher) => dispatcher.destroy()))
  }

  #usable(name: string): Connection | undefined {
    const connection = this.#connections.get(name)
    if (connection === undefined) return undefined
    if (!connection.isWornOut(this.#clock.monotonicMs(), this.#maxAgeMs())) return connection
    this.#retire(name, connection)
    return undefined
  }

  #keep(isKept: (connection: Connection) => boolean): void {
    for (const [name, connection] of this.#connections) if (!isKept(connection)) this.#retire(name, connection)
  }

  #retire(name: string, { dispatcher }: Connection): void {
    this.#connections.delete(name)
    this.#retiring.add(dispatcher)
    const retired = () => this.#retiring.delete(dispatcher)
    dispatcher.close().then(retired, retired)
  }

  async #connect(lane: number, origin: string): Promise<Connection> {
    const open = await this.#opener(origin)
    if (this.#closed) throw new Error('the connections are closed')
    const name = nameOf(lane, origin)
    const known = this.#connections.get(name)
    if (known !== undefined) return known
    const connection = new Connection({
      origin,
      lane,
      nowMs: this.#clock.monotonicMs(),
      open,
      onFailed: (failed, error) => this.#drop(name, failed, error),
    })
    this.#connections.set(name, connection)
    return connection
  }

  async #opener(origin: string): Promise<(listener: SocketListener) => Dispatcher> {
    if (this.#throughProxy) {
      const undici = await loadUndici()
      return (listener) => openThroughProxy(undici, listener)
    }
    const undici = await loadUndiciClient()
    return (listener) => openConnection(undici, origin, listener)
  }

  /** Where it was the certificate that did not fit, the client would let all further requests wait for ever. */
  #drop(name: string, connection: Connection, error: Error): void {
    if (this.#connections.get(name) === connection) this.#connections.delete(name)
    void connection.dispatcher.destroy(error)
  }
}

/** One attempt is one request, also where a dispatcher of the user follows redirects or tries again by itself. */
const nothingHidden = {
  maxRedirections: 0,
  retryOptions: { maxRetries: 0, statusCodes: [], throwOnError: false },
} as object

function nameOf(lane: number, origin: string): string {
  return `${lane} ${origin}`
}
