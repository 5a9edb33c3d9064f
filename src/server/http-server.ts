import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContextOptions, TlsOptions, Server as TlsServer } from 'node:tls'
import { type Clock, systemClock } from '../core/clock.ts'
import type { EventStream } from './event-stream.ts'
import { HttpExchange } from './http-exchange.ts'
import { defaultServerLimits, type ServerLimits } from './limits.ts'

/** What a server does with requests, and its limits. */
export interface HttpServerOptions {
  /** Gets each request once its headers are here. It must answer, and must not throw. */
  readonly onExchange: (exchange: HttpExchange) => void
  /** A connection that broke HTTP itself, was too slow or over a limit. */
  readonly onBrokenRequest?: () => void
  readonly limits?: Partial<ServerLimits>
  /** It speaks HTTPS, with these. Default: HTTP. */
  readonly tls?: TlsOptions | undefined
  /** It does not keep the process alive, nor do its connections. Default false. */
  readonly isBackground?: boolean
  /** For the time limits of handlers, answers and closing. Default: the system's clock. */
  readonly clock?: Clock
}

/** Where to listen. */
export interface ListenAddress {
  /** Such as `127.0.0.1`. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

// A client that sends requests without end and reads no answer would fill the memory: a chunk from the network has a thousand of them.
const MAX_PIPELINED = 32

// Node's own 511 makes a crowd that connects at once wait for the system's retries, a second each.
const BACKLOG = 4096

const BROKEN_ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** node:http with the settings of a server that expects nonsense. Slow requests are cut off; errors of one connection stay there. */
export class HttpServer {
  readonly clock: Clock
  readonly limits: ServerLimits
  readonly #server: Server
  readonly #isBackground: boolean
  readonly #sockets = new Set<Socket>()
  readonly #streams = new Set<EventStream>()
  /** Requests of a connection whose answers it has not taken yet. */
  readonly #unanswered = new WeakMap<Socket, number>()
  #closed: Promise<void> | undefined

  constructor({
    onExchange,
    onBrokenRequest,
    limits = {},
    clock = systemClock,
    isBackground = false,
    tls,
  }: HttpServerOptions) {
    this.#isBackground = isBackground
    this.clock = clock
    this.limits = { ...defaultServerLimits, ...limits }
    const onRequest: RequestListener = (message, response) => {
      if (!this.#mayAsk(message.socket, response)) return void onBrokenRequest?.()
      // An answer that had begun before `close` has promised to keep its connection.
      response.on('close', () => this.isClosing && this.#server.closeIdleConnections())
      onExchange(new HttpExchange(message, response, this))
    }
    const options = nodeOptions(this.limits)
    this.#server =
      tls === undefined
        ? createServer(options, onRequest)
        : createTlsServer({ ...options, handshakeTimeout: options.headersTimeout, ...tls }, onRequest)
    this.#server.maxConnections = this.limits.maxConnections
    this.#server.on('drop', () => onBrokenRequest?.())
    // The client is told to send its body when somebody wants it.
    this.#server.on('checkContinue', onRequest)
    this.#server.on('connection', (socket) => this.#track(socket))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      onBrokenRequest?.()
      // Of HTTPS also one whose handshake has failed.
      refuseConnection(error, socket as Socket)
    })
    // Node reports a handshake that fails or takes too long, and leaves the connection open.
    this.#server.on('tlsClientError', (_, socket: Socket) => socket.destroy())
  }

  /** Starts to listen; resolves to the port. Rejects with the system's error, such as `EADDRINUSE`. */
  async listen({ host, port }: ListenAddress): Promise<number> {
    this.#server.listen({ port, host, backlog: BACKLOG })
    await once(this.#server, 'listening')
    if (this.#isBackground) this.#server.unref()
    return (this.#server.address() as AddressInfo).port
  }

  /** Of a server that speaks HTTPS: connections from now on use this certificate. Throws the error of OpenSSL for what is none. */
  renewTls(secureContext: SecureContextOptions): void {
    ;(this.#server as unknown as TlsServer).setSecureContext(secureContext)
  }

  /** Connections open now. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Whether `close` was called. */
  get isClosing(): boolean {
    return this.#closed !== undefined
  }

  /**
   * Takes no more connections, ends event streams and connections that wait for a request, lets what runs finish, and
   * cuts what is left after the timeout. Every caller gets the same promise.
   * @param options.timeoutMs how long running requests may take. Default 0: all connections end at once.
   */
  close({ timeoutMs = 0 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(timeoutMs)
    return this.#closed
  }

  /** @internal */
  addStream(stream: EventStream): void {
    this.#streams.add(stream)
    stream.onEnd(() => this.#streams.delete(stream))
    if (this.isClosing) stream.end()
  }

  async #close(timeoutMs: number): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const stream of this.#streams) stream.end()
    this.#server.closeIdleConnections()
    const cut = () => {
      for (const socket of this.#sockets) socket.destroy()
    }
    if (timeoutMs <= 0) {
      cut()
      return closed
    }
    const cancel = this.clock.setTimer(cut, timeoutMs)
    await closed
    cancel()
  }

  /** Ends a connection that has too many requests without an answer; what else it has sent is ignored. */
  #mayAsk(socket: Socket, response: ServerResponse): boolean {
    if (socket.destroyed) return false
    const waiting = (this.#unanswered.get(socket) ?? 0) + 1
    this.#unanswered.set(socket, waiting)
    response.on('close', () => this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1))
    if (waiting <= MAX_PIPELINED) return true
    socket.destroy()
    return false
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    if (this.#isBackground) socket.unref()
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

function nodeOptions(limits: ServerLimits) {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes } = limits
  const shortest = Math.min(headersTimeoutMs, requestTimeoutMs)
  return {
    requestTimeout: requestTimeoutMs,
    headersTimeout: shortest,
    connectionsCheckingInterval: Math.max(10, Math.min(Math.ceil(shortest / 4), 10_000)),
    keepAliveTimeout: keepAliveTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
  }
}

/** What cannot be read as HTTP is answered once, if anyone still listens, and ends. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy()
  const status = BROKEN_ANSWERS[error.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
