import type { IncomingMessage } from 'node:http'
import { EventFeed } from '../server/event-feed.ts'
import { headerOf, type RequestHead } from './http/request.ts'
import type { ServiceError } from './http/service-error.ts'

/** One request that the emulator has answered, as the console and `inspect()` show it. */
export interface RequestRecord {
  /** Number of the request since the start of the emulator. */
  readonly number: number
  /** The request id that the emulator gave it. */
  readonly requestId: string
  /** When it was answered, epoch milliseconds. */
  readonly time: number
  /** From the arrival to the answer, in milliseconds. */
  readonly durationMs: number
  /** The HTTP method. */
  readonly method: string
  /** As sent, with the query, cut after 2 KiB. */
  readonly target: string
  /** The project that it names; empty if it names none. */
  readonly project: string
  /** The logstore that it names; undefined if it names none. */
  readonly logstore: string | undefined
  /** Address and user agent. */
  readonly client: { readonly address: string; readonly userAgent: string }
  /** Bytes of the request's body, as sent. */
  readonly bodyBytes: number
  /** Bytes of the answer's body. */
  readonly answerBytes: number
  /** The status; `reset` if a script rule has reset the connection; `left` if the client disconnected before its body was complete. */
  readonly verdict: number | 'reset' | 'left'
  /** For a refusal: its code, its text, and details of what was wrong, such as the string to sign. */
  readonly refusal:
    | { readonly errorCode: string; readonly message: string; readonly detail: Readonly<Record<string, string>> }
    | undefined
}

/** A request whose exchange has ended. */
export interface FinishedRequest {
  readonly requestId: string
  readonly time: number
  readonly durationMs: number
  readonly message: IncomingMessage
  readonly head: RequestHead | undefined
  readonly bodyBytes: number
  readonly answerBytes: number
  readonly verdict: number | 'reset' | 'left'
  readonly error: ServiceError | undefined
}

const KEPT = 500
const LONGEST_TEXT = 2048

/** The newest 500 requests. Texts are cut, so that the memory is bounded. */
export class RequestLog {
  /** Sends every new record as event `request`. */
  readonly feed = new EventFeed()
  readonly #records: RequestRecord[] = []
  #count = 0

  add(finished: FinishedRequest): void {
    const record = recordOf(finished, ++this.#count)
    this.#records[(record.number - 1) % KEPT] = record
    if (this.feed.readers > 0) this.feed.send('request', record, record.number)
  }

  /** The records, oldest first. With `after`, only those with a higher number. */
  list(after = 0): RequestRecord[] {
    const split = this.#count % KEPT
    const all = this.#count <= KEPT ? this.#records : [...this.#records.slice(split), ...this.#records.slice(0, split)]
    return all.filter(({ number }) => number > after)
  }
}

function recordOf(finished: FinishedRequest, number: number): RequestRecord {
  const { message, head, error, requestId, time, durationMs, bodyBytes, answerBytes, verdict } = finished
  return {
    number,
    requestId,
    time,
    durationMs: Math.round(durationMs * 1000) / 1000,
    method: message.method ?? '',
    target: cut(message.url ?? ''),
    project: cut(head?.project ?? ''),
    logstore: head?.segments[0] === 'logstores' && head.segments[1] !== undefined ? cut(head.segments[1]) : undefined,
    client: {
      address: message.socket.remoteAddress ?? '',
      userAgent: cut(headerOf(message.headers, 'user-agent') ?? ''),
    },
    bodyBytes,
    answerBytes,
    verdict,
    refusal: error && { errorCode: error.errorCode, message: cut(error.message), detail: cutAll(error.detail) },
  }
}

function cutAll(detail: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(detail).map(([name, text]) => [name, cut(text)]))
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)`
}
