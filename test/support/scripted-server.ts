import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface SeenRequest {
  readonly method: string
  /** As it came over the wire, query included. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly socket: Socket
}

export type Reply = (request: SeenRequest, response: ServerResponse) => void

export const REQUEST_ID = '5B3F0C2A7E1D4F6A9B8C7D60'

/** The answer of the service to a write that succeeded. */
export const stored: Reply = (_request, response) => answer(response, 200)

/** An answer in the service's own form. */
export function answer(
  response: ServerResponse,
  status: number,
  content: { headers?: Record<string, string>; body?: string | Buffer } = {},
): void {
  response.writeHead(status, { 'x-log-requestid': REQUEST_ID, ...content.headers }).end(content.body)
}

/** A refusal in the service's own form. */
export function refusal(status: number, errorCode: string, errorMessage = 'as the test asked'): Reply {
  const body = `${JSON.stringify({ errorCode, errorMessage })}\n`
  return (_request, response) => answer(response, status, { headers: { 'content-type': 'application/json' }, body })
}

/** A real HTTP server that answers as the test says, and remembers what came. */
export class ScriptedServer {
  readonly requests: SeenRequest[] = []
  /** Connections opened so far. */
  connections = 0
  reply: Reply
  readonly #server: Server
  readonly #waiting: (() => void)[] = []

  private constructor(reply: Reply) {
    this.reply = reply
    this.#server = createServer((request, response) => void this.#take(request, response))
    this.#server.on('connection', () => {
      this.connections++
    })
  }

  static async start(reply: Reply = stored): Promise<ScriptedServer> {
    const server = new ScriptedServer(reply)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => server.close())
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get last(): SeenRequest {
    return this.requests.at(-1)!
  }

  /** Resolves when that many requests have come. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** As a server does that has waited long enough for the next request. */
  closeIdleConnections(): void {
    this.#server.closeIdleConnections()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const seen: SeenRequest = {
      method: request.method!,
      target: request.url!,
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks),
      socket: request.socket,
    }
    this.requests.push(seen)
    for (const wake of this.#waiting.splice(0)) wake()
    this.reply(seen, response)
  }
}
