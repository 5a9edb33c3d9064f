import type { Socket } from 'node:net'
import type { Client, Dispatcher } from 'undici'
import type { AttemptDeadline } from './attempt-deadline.ts'
import type { Answer } from './classify-answer.ts'
import { Exchange, type HttpRequest } from './exchange.ts'
import { loadUndici } from './load-undici.ts'

export interface ConnectionsOptions {
  /** Used as it is in place of the connections, and never closed here. */
  readonly dispatcher?: Dispatcher
}

/** One connection: what it leads to, and the lane that it belongs to. */
interface Connection {
  readonly origin: string
  readonly lane: number
  readonly client: Client
}

/** Whose connection a request goes out on, and what bounds it. */
export interface Bounds {
  readonly lane: number
  readonly answerLimitInBytes: number
  readonly deadline: AttemptDeadline
}

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
 * Keep-alive connections, one for each lane and origin. One call is one HTTP request: no redirect is followed, nothing
 * is tried again. The HTTP client is loaded with the first request. Idle connections do not keep the process alive.
 */
export class Connections {
  readonly #dispatcher: Dispatcher | undefined
  readonly #connections = new Map<string, Connection>()
  readonly #retiring = new Set<Client>()
  readonly #errorsOnReused = new WeakSet<Error>()
  #closed = false

  constructor(options: ConnectionsOptions) {
    this.#dispatcher = options.dispatcher
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Rejects with `StaleConnectionError`, with the deadline's reason, or as the HTTP client does. */
  async request(request: HttpRequest, { lane, answerLimitInBytes, deadline }: Bounds): Promise<Answer> {
    const { origin } = request
    const dispatcher =
      this.#dispatcher ??
      this.#connections.get(nameOf(lane, origin))?.client ??
      (await deadline.race(this.#connect(lane, origin)))
    const exchange = new Exchange(answerLimitInBytes)
    try {
      return await exchange.run(dispatcher, request, deadline)
    } catch (error) {
      const isStale = !exchange.isAnswered && this.#errorsOnReused.has(error as Error)
      throw isStale ? new StaleConnectionError(error as Error) : error
    }
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
    const clients = [...this.#connections.values()].map(({ client }) => client).concat(...this.#retiring)
    this.#connections.clear()
    await Promise.all(clients.map((client) => client.destroy()))
  }

  #keep(isKept: (connection: Connection) => boolean): void {
    for (const [name, connection] of this.#connections) {
      if (isKept(connection)) continue
      const { client } = connection
      this.#connections.delete(name)
      this.#retiring.add(client)
      const retired = () => this.#retiring.delete(client)
      client.close().then(retired, retired)
    }
  }

  async #connect(lane: number, origin: string): Promise<Client> {
    const undici = await loadUndici()
    if (this.#closed) throw new Error('the connections are closed')
    const name = nameOf(lane, origin)
    const known = this.#connections.get(name)
    if (known !== undefined) return known.client
    const client = this.#open(undici, origin)
    this.#connections.set(name, { origin, lane, client })
    // Where it was the certificate that did not fit, the client would let all further requests wait for ever.
    client.on('connectionError', (_origin, _targets, error) => {
      if (this.#connections.get(name)?.client === client) this.#connections.delete(name)
      void client.destroy(error)
    })
    return client
  }

  #open({ Client, buildConnector }: typeof import('undici'), origin: string): Client {
    const connector = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false })
    return new Client(origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      allowH2: false,
      // The deadline bounds the whole attempt; these are coarse, and run on a clock of their own.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (options, callback) =>
        connector(options, (...result) => {
          if (result[1]) this.#watch(result[1])
          callback(...result)
        }),
    })
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

function nameOf(lane: number, origin: string): string {
  return `${lane} ${origin}`
}
