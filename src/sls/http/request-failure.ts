import { type ErrorCode, isProducerError, toError } from '../../core/errors.ts'
import type { Redaction } from '../auth/redaction.ts'
import { SinkError, type SinkErrorDetails } from '../sink.ts'
import { StaleConnectionError } from './connection.ts'

/** What is known of an attempt that brought no answer. */
export interface FailedAttempt {
  readonly origin: string
  readonly timeoutMs: number
  readonly timedOut: boolean
  readonly aborted: boolean
  /** The connections were closed. */
  readonly closed: boolean
  /** A dispatcher of the user is in place of the connections. */
  readonly usesDispatcher: boolean
  readonly redaction: Redaction
}

/** What an attempt without an answer calls for: only a failure of the network is worth another one. */
export function failureOf(error: unknown, attempt: FailedAttempt): SinkError {
  if (error instanceof SinkError) return error
  const { origin, redaction } = attempt
  if (attempt.timedOut) return failed('ERR_LOGHUB_TIMEOUT', `No answer from ${origin} within ${attempt.timeoutMs} ms.`)
  if (attempt.aborted) {
    const cause = redaction.cause(error)
    return failed('ERR_LOGHUB_ABORTED', 'The attempt was aborted.', { failureClass: 'final', cause })
  }
  if (attempt.closed) return failed('ERR_LOGHUB_CLOSED', 'The sink is closed.', { failureClass: 'final' })
  if (isProducerError(error)) return failed(error.code, error.message, { cause: error.cause ?? error })
  if (error instanceof StaleConnectionError) return networkFailure(error.cause, attempt, true)
  return isMistake(error, attempt.usesDispatcher) ? mistake(error as Error, redaction) : networkFailure(error, attempt)
}

function networkFailure(error: unknown, { origin, redaction }: FailedAttempt, staleConnection = false): SinkError {
  const { code, message, name } = toError(error) as NodeJS.ErrnoException
  const reason = redaction.text(message || code || 'unknown network error')
  // A parser error carries the bytes that it could not read, and with them whatever a server echoed.
  const cause = name === 'HTTPParserError' ? undefined : redaction.cause(error)
  const advice = staleConnection ? 'The connection had been idle.' : 'Check the endpoint and the network.'
  return failed('ERR_LOGHUB_NETWORK', `No answer from ${origin}: ${reason}. ${advice}`, { staleConnection, cause })
}

function mistake(error: Error, redaction: Redaction): SinkError {
  const reason = `${error.name}: ${redaction.text(error.message)}`
  const advice = 'This is no failure of the network: check the dispatcher if one is given, else please report it.'
  const cause = redaction.cause(error)
  return failed('ERR_LOGHUB_SEND', `The request could not be made: ${reason}. ${advice}`, {
    failureClass: 'final',
    cause,
  })
}

const MISTAKES = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'EvalError'])
const CODES_OF_MISTAKES = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_INVALID_RETURN_VALUE',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
])

// Own connections are closed when their origin or lane goes, and the next attempt has others.
const CODES_OF_A_CLOSED_DISPATCHER = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED'])

/** The caller's, or this package's own: the same call can only fail again. Several copies of the library have several classes. */
function isMistake(error: unknown, usesDispatcher: boolean): boolean {
  if (!(error instanceof Error)) return false
  const { code = '', name } = error as NodeJS.ErrnoException
  if (CODES_OF_MISTAKES.has(code) || (usesDispatcher && CODES_OF_A_CLOSED_DISPATCHER.has(code))) return true
  // `fetch` wraps failures of the network in a TypeError of this text.
  if (error.message === 'fetch failed') return false
  return MISTAKES.has(name)
}

function failed(code: ErrorCode, message: string, details: Partial<SinkErrorDetails> = {}): SinkError {
  return new SinkError(code, message, { failureClass: 'back-off', ...details })
}
