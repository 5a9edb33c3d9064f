import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CancelTimer, Clock } from '../core/clock.ts'
import type { Answer } from './answer.ts'
import { EventStream, type EventStreamOptions } from './event-stream.ts'
import { answerOfError, HttpError } from './http-error.ts'
import type { ServerLimits } from './limits.ts'
import { type BodyLimits, type HeldBody, type NoBody, readBody } from './read-body.ts'

/** What an exchange needs of its server. */
export interface ExchangeHost {
  readonly clock: Clock
  readonly limits: ServerLimits
  /** Whether the server takes no more requests: the connection then ends with this answer. */
  readonly isClosing: boolean
  /** Streams end when the server closes. */
  addStream(stream: EventStream): void
}

/** One request and its one answer. */
export class HttpExchange {
  /** The request as node:http gives it. */
  readonly message: IncomingMessage
  readonly #response: ServerResponse
  readonly #host: ExchangeHost
  #abort: AbortController | undefined
  #cancelTimer: CancelTimer | undefined
  #isAnswered = false

  /** @internal */
  constructor(message: IncomingMessage, response: ServerResponse, host: ExchangeHost) {
    this.message = message
    this.#response = response
    this.#host = host
    response.on('error', () => {})
    response.on('close', () => this.#closed())
    const { handlerTimeoutMs } = host.limits
    if (handlerTimeoutMs > 0) this.#cancelTimer = host.clock.setTimer(() => this.#handlerTooSlow(), handlerTimeoutMs)
  }

  /** Aborts when the client leaves before its answer, and when the handler has taken too long. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#response.closed && !this.#response.writableFinished) this.#abort.abort()
    return this.#abort.signal
  }

  /** Whether an answer has begun. */
  get isAnswered(): boolean {
    return this.#isAnswered
  }

  /** Reads the body; see {@link readBody}. A client that asks first with `Expect: 100-continue` does not send one that is too large. */
  async body(limits: BodyLimits): Promise<HeldBody | NoBody> {
    const { expect, 'content-length': length } = this.message.headers
    if (expect !== undefined) {
      if (Number(length) > limits.maxBytes) return 'too-large'
      this.#response.writeContinue()
    }
    return readBody(this.message, limits)
  }

  /** Sends the answer; only the first one counts. A client that does not read it in time is cut off. */
  answer(answer: Answer): void {
    if (!this.#begin(answer.status, { 'content-length': String(answer.body.length), ...answer.headers })) return
    this.#response.end(answer.body)
  }

  /** Begins the answer, sends half of its body, and breaks off: what a failing network does. */
  breakOff(answer: Answer): void {
    const half = answer.body.subarray(0, answer.body.length / 2)
    const headers = { ...answer.headers, 'content-length': String(answer.body.length + 64) }
    if (!this.#begin(answer.status, headers)) return
    this.#response.write(half.length > 0 ? half : '{', () => this.#response.socket?.destroy())
  }

  /** Ends the connection with a reset, without an answer. */
  reset(): void {
    this.#isAnswered = true
    this.message.socket.resetAndDestroy()
  }

  /** Answers with server-sent events. Returns undefined where an answer has begun already. */
  events(options: Omit<EventStreamOptions, 'clock'> = {}): EventStream | undefined {
    if (this.#isAnswered) return undefined
    this.#isAnswered = true
    this.#cancelTimer?.()
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    this.#response.flushHeaders()
    const stream = new EventStream(this.#response, { ...options, clock: this.#host.clock })
    this.#host.addStream(stream)
    return stream
  }

  #begin(status: number, headers: Record<string, string>): boolean {
    if (this.#isAnswered) return false
    this.#isAnswered = true
    // The client is gone: a timer that began now would never be cancelled.
    if (this.#response.closed || this.#response.destroyed) return false
    const { message } = this
    // A body that was not read to its end is still in the pipe: the connection cannot carry another request.
    const isUnread = !message.complete && hasBody(message)
    if (isUnread || this.#host.isClosing) headers.connection = 'close'
    if (isUnread) message.resume()
    this.#cancelTimer?.()
    const { clock, limits } = this.#host
    this.#cancelTimer = clock.setTimer(() => this.#response.destroy(), limits.answerTimeoutMs)
    this.#response.sendDate = headers.date === undefined
    this.#response.writeHead(status, headers)
    return true
  }

  #handlerTooSlow(): void {
    this.answer(answerOfError(new HttpError(503, 'the answer took too long', { headers: { 'retry-after': '1' } })))
    this.#abort?.abort()
  }

  #closed(): void {
    this.#cancelTimer?.()
    if (!this.#response.writableFinished) this.#abort?.abort()
  }
}

/** A request is `complete` only some time after its headers, also where there is nothing more to come. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
