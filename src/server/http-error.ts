import type { Answer } from './answer.ts'
import { jsonAnswer } from './answer.ts'

/** What an {@link HttpError} says besides status and text. */
export interface HttpErrorOptions {
  /** A stable name of what is wrong. Default: the usual name of the status, such as `not-found`. */
  readonly code?: string
  /** More header lines of the answer, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
}

const USUAL_CODES: Readonly<Record<number, string>> = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'body-too-large',
  415: 'unsupported-encoding',
  421: 'foreign-host',
  429: 'too-many-requests',
  503: 'unavailable',
}

/** A refusal: thrown by a guard or a handler, answered as JSON with this status. Its text goes to the client. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message)
    this.status = status
    this.code = options.code ?? USUAL_CODES[status] ?? 'error'
    this.headers = options.headers ?? {}
  }
}

/** The answer for anything that was thrown: what is no {@link HttpError} is a bug, and its text stays here. */
export function answerOfError(thrown: unknown): Answer {
  const error = thrown instanceof HttpError ? thrown : new HttpError(500, 'an internal error', { code: 'internal' })
  const { status, code, message, headers } = error
  return jsonAnswer({ error: { code, message } }, { status, headers })
}
