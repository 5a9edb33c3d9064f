import type { Socket } from 'node:net'
import type { Dispatcher, Pool } from 'undici'

export interface ConnectionPoolsOptions {
  /** Most connections to one origin. */
  readonly connections: number
  /** Used as it is in place of the pools, and never closed here. */
  readonly dispatcher?: Dispatcher
}

export type PooledRequest = Dispatcher.RequestOptions & { readonly origin: string }

// Below the idle time of common servers (5 s and up), so that seldom one closes a connection as a request leaves on it.
const KEEP_ALIVE_MS = 4_000
const CONNECT_TIMEOUT_MS = 10_000

/** No answer came on a connection that had served before: the server may merely have closed it when idle. */
export class StaleConnectionError extends Error {
  override readonly cause: Error

  constructor(cause: Error) {
    super(cause.message)
    this.cause = cause
  }
}

/**
 * Keep-alive connections, one bounded pool an origin. One call is one HTTP request: no redirect is followed, nothing
 * is tried again. The HTTP client is loaded with the first request. Idle connections do not keep the process alive.
 */
export class ConnectionPools {
  readonly #dispatcher: Dispatcher | undefined
  readonly #pools = new Map<string, Pool>()
  readonly #retiring = new Set<Pool>()
  readonly #errorsOnReused = new WeakSet<Error>()
  #connections: number
  #closed = false

  constructor(options: ConnectionPoolsOptions) {
    this.#connections = options.connections
    this.#dispatcher = options.dispatcher
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Resolves with the head of the answer. Rejects with `StaleConnectionError` or as the HTTP client does. */
  async request(request: PooledRequest): Promise<Dispatcher.ResponseData> {
    const dispatcher = this.#dispatcher ?? (await this.#poolOf(request.origin))
    try {
      return await dispatcher.request(request)
    } catch (error) {
      throw this.#errorsOnReused.has(error as Error) ? new StaleConnectionError(error as Error) : error
    }
  }

  /** New limit for the connections to one origin. Requests under way end on the connections they have. */
  setConnections(connections: number): void {
    if (connections === this.#connections) return
    this.#connections = connections
    this.keepOnly(new Set())
  }

  /** Lets the connections to all other origins go, as soon as their requests have ended. */
  keepOnly(origins: ReadonlySet<string>): void {
    for (const [origin, pool] of this.#pools) {
      if (origins.has(origin)) continue
      this.#pools.delete(origin)
      this.#retiring.add(pool)
      const retired = () => this.#retiring.delete(pool)
      pool.close().then(retired, retired)
    }
  }

  /** Ends everything at once, requests under way included. */
  async destroy(): Promise<void> {
    this.#closed = true
    const pools = [...this.#pools.values(), ...this.#retiring]
    this.#pools.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  async #poolOf(origin: string): Promise<Pool> {
    const undici = await import('undici')
    if (this.#closed) throw new Error('the connections are closed')
    const known = this.#pools.get(origin)
    if (known !== undefined) return known
    const connector = undici.buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false })
    const pool = new undici.Pool(origin, {
      connections: this.#connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      allowH2: false,
      // The caller's signal bounds the whole attempt; these are coarse, and run on a clock of their own.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (options, callback) =>
        connector(options, (...result) => {
          if (result[1]) this.#watch(result[1])
          callback(...result)
        }),
    })
    this.#pools.set(origin, pool)
    return pool
  }

  /** TLS session tickets arrive after the handshake and are no answer: they move the mark. */
  #watch(socket: Socket): void {
    let mark = socket.bytesRead
    socket.on('session', () => {
      mark = socket.bytesRead
    })
    socket.prependListener('error', (error) => {
      if (socket.bytesRead > mark) this.#errorsOnReused.add(error)
    })
  }
}
