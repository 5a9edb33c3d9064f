import type { Redaction } from '../auth/redaction.ts'
import { SinkError } from '../sink.ts'
import { ruleForStatus, ruleForUnread, SERVER_ERRORS, type ServerErrorRule } from './server-errors.ts'

/** An answer as it arrived. */
export interface Answer {
  readonly status: number
  /** A header by its lower-case name; the first where it is repeated. */
  readonly header: (name: string) => string | undefined
  readonly body: Buffer
  /** The body was longer than the cap, and the rest was not read. */
  readonly isCut: boolean
  /** The coding of a body that could not be decoded; the body is empty then. */
  readonly undecodable?: string
}

/** An answer with the id that the service gave to the request. */
export interface ServiceAnswer extends Answer {
  readonly requestId: string
}

interface ServerFault {
  readonly code: string
  readonly message: string
}

// The service's ids are 24 hex digits; servers of the same form may have others.
const REQUEST_ID = /^[0-9A-Za-z-]{1,128}$/
const LONGEST_CODE = 100
const LONGEST_FAULT_BODY = 64 * 1024

/** How to read an answer. */
export interface Reading {
  /** The service's time, for a `Retry-After` that is a date. */
  readonly nowMs: number
  /** Takes out of what a server says the secrets that it may have echoed. */
  readonly redaction: Redaction
}

/** Whether the service gave the request an id: without it an answer is not the service's. */
export function hasRequestId(answer: Answer): boolean {
  return REQUEST_ID.test(answer.header('x-log-requestid') ?? '')
}

/** The id that the service gave to the request; freed of secrets, as all that a server says. */
export function requestIdOf(answer: Answer, redaction: Redaction): string | undefined {
  return hasRequestId(answer) ? redaction.conceal(answer.header('x-log-requestid')!) : undefined
}

/**
 * The error of an answer, or undefined when it is a success of the service's own form: 2xx, a request id, not a page of
 * a proxy, no error inside. Anything else that looks like success is an unreadable answer, and to be tried again.
 */
export function errorOfAnswer(answer: Answer, reading: Reading): SinkError | undefined {
  const { status } = answer
  const isSuccess = status >= 200 && status < 300
  const fault = faultIn(answer, reading.redaction)
  const flaw = isSuccess ? flawOfSuccess(answer, fault) : undefined
  if (isSuccess && flaw === undefined) return undefined

  const { failureClass, advice } = isSuccess ? ruleForStatus(status) : ruleOf(answer, fault)
  const summary = flaw ?? (fault === undefined ? 'gave no reason' : `says ${fault.code}: ${fault.message}`)
  const requestId = requestIdOf(answer, reading.redaction)
  const trace = requestId === undefined ? '' : ` (request ${requestId})`
  return new SinkError('ERR_LOGHUB_SEND', `The answer ${status} ${summary}. ${advice}${trace}`, {
    failureClass,
    status,
    serverCode: fault?.code,
    requestId,
    retryAfterMs: retryAfterMs(answer.header('retry-after'), reading.nowMs),
  })
}

/** The error of an answer that is a success by its form, but not what was asked for. */
export function unreadable(answer: ServiceAnswer, why: string): SinkError {
  const message = `The answer ${answer.status} cannot be read: ${why}. ${ruleForStatus(answer.status).advice}`
  return new SinkError('ERR_LOGHUB_SEND', message, {
    failureClass: 'back-off',
    status: answer.status,
    requestId: answer.requestId,
  })
}

function flawOfSuccess(answer: Answer, fault: ServerFault | undefined): string | undefined {
  if (fault !== undefined) return `is an error inside: ${fault.code}`
  if (answer.header('content-type')?.includes('text/html')) return 'is an HTML page'
  if (!hasRequestId(answer)) return 'has no request id'
  if (answer.undecodable !== undefined) return 'is encoded in a way that cannot be read'
  if (answer.isCut) return 'is longer than expected'
  return undefined
}

function ruleOf({ status, undecodable }: Answer, fault: ServerFault | undefined): ServerErrorRule {
  if (undecodable !== undefined) return ruleForUnread(status)
  if (fault === undefined) return ruleForStatus(status)
  const known = Object.hasOwn(SERVER_ERRORS, fault.code) ? SERVER_ERRORS[fault.code] : undefined
  // The code covers any parameter, and one in a header fails every log alike: bisecting would only burn requests.
  if (fault.code === 'ParameterInvalid' && /authorization|header/i.test(fault.message)) return ruleForStatus(status)
  return known ?? ruleForStatus(status)
}

function faultIn({ body }: Answer, redaction: Redaction): ServerFault | undefined {
  if (body.length > LONGEST_FAULT_BODY || body[0] !== 0x7b) return undefined
  try {
    const { errorCode, errorMessage } = JSON.parse(body.toString())
    if (typeof errorCode !== 'string' || errorCode === '') return undefined
    const message = typeof errorMessage === 'string' ? redaction.text(errorMessage) : ''
    const code = Object.hasOwn(SERVER_ERRORS, errorCode) ? errorCode : redaction.text(errorCode, LONGEST_CODE)
    return { code, message }
  } catch {
    return undefined
  }
}

/** Seconds or a date; what cannot be read is no hint. */
function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
