/** A whole answer. `content-length` is added when it is sent. */
export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Status and header lines other than the usual ones. */
export interface AnswerOptions {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A value as JSON. */
export function jsonAnswer(value: unknown, options: AnswerOptions = {}): Answer {
  return answerOf(Buffer.from(`${JSON.stringify(value)}\n`), 'application/json', options)
}

/** Plain text in UTF-8; name another type, such as `text/html`, by its header. */
export function textAnswer(text: string, options: AnswerOptions = {}): Answer {
  return answerOf(Buffer.from(text), 'text/plain; charset=utf-8', options)
}

/** A status without a body, 204 by default. */
export function emptyAnswer(options: AnswerOptions = {}): Answer {
  return { status: options.status ?? 204, headers: options.headers ?? {}, body: Buffer.alloc(0) }
}

function answerOf(body: Buffer, type: string, { status = 200, headers }: AnswerOptions): Answer {
  return { status, headers: { 'content-type': type, ...headers }, body }
}
