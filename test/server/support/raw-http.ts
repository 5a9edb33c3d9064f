import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { HttpServer, type HttpServerOptions } from '../../../src/server/http-server.ts'

/** A server on a free port of this machine, closed at the end of the block that uses it. */
export async function startServer(options: HttpServerOptions) {
  const server = new HttpServer(options)
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  return { server, port, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server.close() }
}

/** A raw connection that keeps all that arrives on it. */
export class RawConnection {
  readonly socket: Socket
  readonly #closed: Promise<unknown>
  readonly #chunks: string[] = []
  // Apart from the rest: looking at the end of one long text would copy all of it for each chunk.
  #newest = ''

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      this.#chunks.push(text)
      this.#newest = (this.#newest + text).slice(-4096)
    })
    this.#closed = new Promise((resolve) => socket.on('close', resolve))
  }

  static async open(port: number): Promise<RawConnection> {
    const connection = new RawConnection(connect(port, '127.0.0.1'))
    await once(connection.socket, 'connect')
    return connection
  }

  write(text: string | Buffer): void {
    this.socket.write(text)
  }

  /** Resolves once the newest 4 KiB of what has arrived match; gives all of it. */
  async until(pattern: RegExp): Promise<string> {
    const signal = AbortSignal.timeout(10_000)
    while (!pattern.test(this.#newest)) await once(this.socket, 'data', { signal })
    return this.#chunks.join('')
  }

  /** All that arrived, once the other side has ended the connection. */
  async ended(): Promise<string> {
    await this.#closed
    return this.#chunks.join('')
  }
}

/** The text of a request with these header lines. */
export function requestText(line: string, ...headers: string[]): string {
  return `${[`${line} HTTP/1.1`, 'Host: 127.0.0.1', ...headers].join('\r\n')}\r\n\r\n`
}

/** Waits turn by turn until something that the system decides has happened; fails after ten seconds. */
export async function eventually(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`never so: ${isSo}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
