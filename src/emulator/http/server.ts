import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** How long the headers of a request, and the whole of it, may take to arrive. */
  readonly requestTimeoutMs: number
}

export interface ServerEvents {
  readonly onRequest: (message: IncomingMessage, response: ServerResponse) => void
  readonly onBrokenRequest: () => void
  /** How many connections are open now. */
  readonly onConnections: (count: number) => void
}

// Node's own 511 makes a crowd that connects at once wait for the system's retries, a second each.
const BACKLOG = 4096

const BROKEN_ANSWERS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** node:http with the settings of a server that expects nonsense. Slow requests are cut off; errors of one connection stay there. */
export class HttpServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(options: ServerOptions, events: ServerEvents) {
    const { requestTimeoutMs } = options
    this.#server = createServer(
      {
        requestTimeout: requestTimeoutMs,
        headersTimeout: requestTimeoutMs,
        connectionsCheckingInterval: Math.max(10, Math.min(requestTimeoutMs / 4, 10_000)),
        keepAliveTimeout: 60_000,
        maxHeaderSize: 16 * 1024,
      },
      events.onRequest,
    )
    this.#server.on('connection', (socket) => this.#track(socket, events))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      events.onBrokenRequest()
      refuseConnection(error, socket as Socket)
    })
  }

  async listen({ port, host }: ServerOptions): Promise<number> {
    this.#server.listen({ port, host, backlog: BACKLOG })
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes no more connections and ends those that are open. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #track(socket: Socket, events: ServerEvents): void {
    this.#sockets.add(socket)
    events.onConnections(this.#sockets.size)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      events.onConnections(this.#sockets.size)
    })
  }
}

/** What cannot be read as HTTP is answered once, if anyone still listens, and ends. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy()
  const status = BROKEN_ANSWERS[error.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
