import type { ServiceError } from './service-error.ts'

/** An answer: status, headers of the call, and body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const NOTHING = Buffer.alloc(0)

/** 200 without a body and without a content type: the Node SDK would parse an empty body with the type JSON. */
export const done: Answer = { status: 200, headers: {}, body: NOTHING }

/** A value as JSON, with 200. */
export function jsonAnswer(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(JSON.stringify(value))
  return { status: 200, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** Always with the content type JSON: the Node SDK takes an answer of any other type for a success, whatever its status. */
export function errorAnswer(error: ServiceError): Answer {
  const text = JSON.stringify({ errorCode: error.errorCode, errorMessage: error.message })
  return { status: error.status, headers: { 'content-type': 'application/json' }, body: Buffer.from(`${text}\n`) }
}

/** What the server adds to every answer. */
export interface AnswerStamp {
  readonly nowMs: number
  /** If undefined, the answer has no request id. */
  readonly requestId: string | undefined
}

/**
 * The header lines of an answer. `x-log-requestid` comes last, in lower case: the C client takes the last line that
 * begins with `x-log-` for the request id.
 */
export function headersOf(answer: Answer, stamp: AnswerStamp): Record<string, string> {
  const headers: Record<string, string> = {
    server: 'loghub-emulator',
    'content-length': String(answer.body.length),
    date: new Date(stamp.nowMs).toUTCString(),
    'access-control-allow-origin': '*',
    ...answer.headers,
    'x-log-time': String(Math.floor(stamp.nowMs / 1000)),
  }
  if (stamp.requestId !== undefined) headers['x-log-requestid'] = stamp.requestId
  return headers
}
