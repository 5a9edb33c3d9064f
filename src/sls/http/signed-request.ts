import type { Clock } from '../../core/clock.ts'
import type { Credentials } from '../auth/credentials.ts'
import { Redaction } from '../auth/redaction.ts'
import { type Headers, percentEncode, type Query, type RequestToSign } from '../auth/request-to-sign.ts'
import { signV1 } from '../auth/signature-v1.ts'
import { signV4 } from '../auth/signature-v4.ts'
import { SigningKeys } from '../auth/signing-keys.ts'
import type { ProjectTarget } from '../projects.ts'
import { SinkError } from '../sink.ts'
import { AbortListeners } from './abort-listeners.ts'
import { AttemptDeadline } from './attempt-deadline.ts'
import { type Answer, errorOfAnswer, requestIdOf, type ServiceAnswer } from './classify-answer.ts'
import type { Connections } from './connections.ts'
import { decoded } from './content-encoding.ts'
import type { HttpRequest } from './exchange.ts'
import { failureOf } from './request-failure.ts'
import { USER_AGENT } from './user-agent.ts'

/** A call of the service, before it is signed. */
export interface ServiceRequest {
  readonly method: 'GET' | 'POST'
  /** Encoded already. */
  readonly path: string
  readonly query?: Query
  readonly headers?: Headers
  readonly body?: Uint8Array
  /** Most bytes read of the answer: a server that sends more is cut off. */
  readonly answerLimitInBytes: number
}

/** The bounds of one attempt. */
export interface Attempt {
  /** Whose connection it uses. */
  readonly lane: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const NO_BODY = new Uint8Array()

/**
 * One signed call, one HTTP request, one answer: what reading and writing have in common. What an answer teaches about
 * credentials or clock is remembered in the target.
 */
export class SignedRequests {
  readonly #connections: Connections
  readonly #clock: Clock
  readonly #keys = new SigningKeys()
  readonly #listeners = new AbortListeners()

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections
    this.#clock = clock
  }

  /** Resolves with an answer of success. Rejects with a `SinkError` only. */
  async send(target: ProjectTarget, request: ServiceRequest, attempt: Attempt): Promise<ServiceAnswer> {
    const deadline = new AttemptDeadline(this.#clock, attempt.timeoutMs, attempt.signal, this.#listeners)
    let redaction = new Redaction(undefined)
    try {
      deadline.throwIfPassed()
      const held = target.credentials.get()
      const credentials = held instanceof Promise ? await deadline.race(held) : held
      const signed = this.#signed(target, request, credentials)
      redaction = redactionOf(signed, credentials)
      const { answerLimitInBytes } = request
      const came = await this.#connections.request(signed, { lane: attempt.lane, answerLimitInBytes, deadline })
      const answer = came.header('content-encoding') === undefined ? came : await decoded(came, answerLimitInBytes)
      judge(target, answer, credentials, redaction)
      return { ...answer, requestId: requestIdOf(answer, redaction)! }
    } catch (error) {
      throw failureOf(error, {
        origin: target.endpoint.origin,
        timeoutMs: attempt.timeoutMs,
        timedOut: deadline.timedOut,
        aborted: attempt.signal.aborted,
        closed: this.#connections.closed,
        usesDispatcher: this.#connections.usesDispatcher,
        redaction,
      })
    } finally {
      deadline.end()
    }
  }

  #signed(target: ProjectTarget, request: ServiceRequest, credentials: Credentials): HttpRequest {
    const toSign = unsigned(target, request)
    return {
      origin: target.endpoint.origin,
      method: request.method,
      path: pathAndQuery(toSign),
      headers: { ...toSign.headers, ...this.#signature(target, toSign, credentials) },
      body: request.body,
    }
  }

  #signature(target: ProjectTarget, request: RequestToSign, credentials: Credentials): Headers {
    const dateMs = target.serverClock.now()
    const region = target.signingRegion
    if (region === undefined) return signV1(request, credentials, dateMs)
    return signV4(request, credentials, { region, dateMs, keys: this.#keys })
  }
}

function unsigned(target: ProjectTarget, request: ServiceRequest): RequestToSign {
  const body = request.body ?? NO_BODY
  return {
    method: request.method,
    path: request.path,
    query: request.query ?? [],
    headers: {
      host: target.endpoint.hostHeader,
      'user-agent': USER_AGENT,
      'accept-encoding': 'identity',
      'x-log-apiversion': '0.6.0',
      'x-log-bodyrawsize': String(body.length),
      ...target.endpoint.headers,
      ...request.headers,
    },
    body,
  }
}

function pathAndQuery({ path, query }: RequestToSign): string {
  if (query.length === 0) return path
  return `${path}?${query.map(([key, value]) => `${key}=${percentEncode(value)}`).join('&')}`
}

/** The signature is a secret as well: with it, a request can be repeated for a quarter of an hour. */
function redactionOf({ headers }: HttpRequest, credentials: Credentials): Redaction {
  const { authorization = '' } = headers as Headers
  return new Redaction(credentials, [authorization, authorization.split(/[:=]/).at(-1)])
}

/** Throws what the answer calls for, after taking from it what it teaches. */
function judge(target: ProjectTarget, answer: Answer, credentials: Credentials, redaction: Redaction): void {
  const error = errorOfAnswer(answer, { nowMs: target.serverClock.now(), redaction })
  if (error === undefined) return target.credentials.accept(credentials)
  if (error.failureClass === 'quota') target.credentials.accept(credentials)
  const { code, message } = error
  if (error.failureClass === 'credentials' && target.credentials.reject(credentials)) {
    const advice = 'No credentials have worked for this project so far, and there are no others.'
    throw new SinkError(code, `${message} ${advice}`, { ...error, wrongCredentials: true })
  }
  if (error.failureClass === 'clock' && !target.serverClock.learn(answer.header)) {
    // Nothing was learned, so trying again at once would fail the same way.
    throw new SinkError(code, message, { ...error, failureClass: 'back-off' })
  }
  throw error
}
