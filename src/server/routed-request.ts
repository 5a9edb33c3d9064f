import type { IncomingHttpHeaders } from 'node:http'
import type { ByteBudget } from './byte-budget.ts'
import { decompressed } from './decompression.ts'
import type { EventStream, EventStreamOptions } from './event-stream.ts'
import { HttpError } from './http-error.ts'
import type { HttpExchange } from './http-exchange.ts'
import type { PathParams } from './route-table.ts'

/** What bodies of a table of routes may cost. */
export interface RoutedBodyLimits {
  /** Of one body, as sent and again once it is decompressed, in bytes. */
  readonly maxBodyBytes: number
  readonly budget: ByteBudget
}

/** A request as a handler of a route sees it. */
export class RoutedRequest {
  readonly method: string
  /** The path as sent. */
  readonly path: string
  readonly params: PathParams
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly #exchange: HttpExchange
  readonly #limits: RoutedBodyLimits
  readonly #releases: (() => void)[] = []

  /** @internal */
  constructor(
    exchange: HttpExchange,
    path: string,
    query: URLSearchParams,
    params: PathParams,
    limits: RoutedBodyLimits,
  ) {
    this.method = exchange.message.method ?? 'GET'
    this.path = path
    this.params = params
    this.query = query
    this.headers = exchange.message.headers
    this.#exchange = exchange
    this.#limits = limits
  }

  /** Aborts when the client leaves before its answer, and when the handler has taken too long. */
  get signal(): AbortSignal {
    return this.#exchange.signal
  }

  /**
   * The body, decompressed as `content-encoding` says. Throws an {@link HttpError}: 413 for a body that is too large,
   * 503 where the bodies of all requests together are, 400 for one that is not whole. Its bytes are charged until the
   * handler has ended.
   */
  async body(): Promise<Buffer> {
    const { maxBodyBytes, budget } = this.#limits
    const body = await this.#exchange.body({ maxBytes: maxBodyBytes, budget })
    if (body === 'too-large') throw new HttpError(413, `the body is larger than ${maxBodyBytes} bytes`)
    if (body === 'no-room') throw busy()
    if (body === 'broken') throw new HttpError(400, 'the body is not whole')
    this.#releases.push(() => body.release())
    const encoding = this.headers['content-encoding']
    if (encoding === undefined) return body.bytes
    // Room for what comes out is taken before it is made.
    if (!budget.tryTake(maxBodyBytes)) throw busy()
    const release = () => budget.release(maxBodyBytes)
    this.#releases.push(release)
    return decompressed(body.bytes, encoding, maxBodyBytes)
  }

  /** The body as JSON; 400 where it is none. */
  async json(): Promise<unknown> {
    const text = (await this.body()).toString('utf8')
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new HttpError(400, `the body is not JSON: ${(error as Error).message}`)
    }
  }

  /** Answers with server-sent events; the handler then returns nothing. */
  events(options: Omit<EventStreamOptions, 'clock'> = {}): EventStream {
    const stream = this.#exchange.events(options)
    if (stream === undefined) throw new Error('the request is answered already')
    return stream
  }

  /** @internal */
  release(): void {
    for (const release of this.#releases.splice(0)) release()
  }
}

function busy(): HttpError {
  return new HttpError(503, 'too many bodies at once', { headers: { 'retry-after': '1' } })
}
