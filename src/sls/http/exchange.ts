import type { Dispatcher } from 'undici'
import { toError } from '../../core/errors.ts'
import type { AttemptDeadline } from './attempt-deadline.ts'
import type { Answer } from './classify-answer.ts'
import { suppressTracing } from './suppress-tracing.ts'

export type HttpRequest = Dispatcher.DispatchOptions & { readonly origin: string }

// The service's errors have a few hundred bytes.
const ERROR_LIMIT_IN_BYTES = 64 * 1024

/**
 * One HTTP request and its answer, which is read up to a limit: a server that sends more is cut off, and its connection
 * ended. The first end counts, and what the HTTP client says after it is not heard. Any undici from 6 to 8 can dispatch it.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  #limitInBytes: number
  readonly #onStart: () => void
  #controller: Dispatcher.DispatchController | undefined
  #status: number | undefined
  #headers: Readonly<Record<string, string | string[] | undefined>> = {}
  readonly #chunks: Buffer[] = []
  #size = 0
  #hasEnded = false
  #isGivenUp = false
  #resolve!: (answer: Answer) => void
  #reject!: (reason: unknown) => void

  /** @param onStart called as the request goes out */
  constructor(limitInBytes: number, onStart: () => void = () => {}) {
    this.#limitInBytes = limitInBytes
    this.#onStart = onStart
  }

  /** The deadline ended it, not the connection. */
  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** Rejects as the HTTP client does, or at once with the deadline's reason. */
  run(dispatcher: Dispatcher, request: HttpRequest, deadline: AttemptDeadline): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      deadline.onPassed((reason) => this.#giveUp(reason))
      if (!this.#hasEnded) suppressTracing(() => dispatcher.dispatch(request, this))
    })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, since to abort here would end the connection too, which those behind in the line have waited for.
    if (this.#hasEnded) throw new Error('the request was given up before it started')
    this.#controller = controller
    this.#onStart()
  }

  /** An informational answer (1xx) may come first, and has no body: the last head counts. */
  onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#status = status
    this.#headers = headers
    if (status >= 300) this.#limitInBytes = Math.min(this.#limitInBytes, ERROR_LIMIT_IN_BYTES)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size <= this.#limitInBytes) return
    this.#succeed()
    controller.abort(new Error('the answer is longer than expected'))
  }

  onResponseEnd(): void {
    this.#succeed()
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#reject(error)
  }

  // The five methods that undici asks for up to its version 6, which Node 20 has built in.

  onConnect(abort: (error?: Error) => void): void {
    this.onRequestStart({ abort } as Dispatcher.DispatchController)
  }

  onHeaders(status: number, rawHeaders: readonly Buffer[]): boolean {
    this.onResponseStart(undefined, status, headersOf(rawHeaders))
    return true
  }

  onData(chunk: Buffer): boolean {
    this.onResponseData(this.#controller!, chunk)
    return true
  }

  onComplete(): void {
    this.onResponseEnd()
  }

  onError(error: Error): void {
    this.onResponseError(undefined, error)
  }

  #giveUp(reason: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#isGivenUp = true
    this.#reject(reason)
    this.#controller?.abort(toError(reason))
  }

  #succeed(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const headers = this.#headers
    this.#resolve({
      status: this.#status!,
      header: (name) => firstOf(headers[name]),
      body: Buffer.concat(this.#chunks, Math.min(this.#size, this.#limitInBytes)),
      isCut: this.#size > this.#limitInBytes,
    })
  }
}

function headersOf(raw: readonly Buffer[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let n = 0; n + 1 < raw.length; n += 2)
    headers[raw[n]!.toString().toLowerCase()] ??= raw[n + 1]!.toString('latin1')
  return headers
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
