/** Every code this package gives to an error. The part after `ERR_LOGHUB_` is stable: compare codes, not classes. */
export const ERROR_CODES = [
  'ERR_LOGHUB_OPTION',
  'ERR_LOGHUB_CLOSED',
  'ERR_LOGHUB_INVALID_LOG',
  'ERR_LOGHUB_LOG_TOO_LARGE',
  'ERR_LOGHUB_TOO_MANY_LOGS',
  'ERR_LOGHUB_BUFFER_FULL',
  'ERR_LOGHUB_PROJECT_UNKNOWN',
  'ERR_LOGHUB_SEND',
  'ERR_LOGHUB_NETWORK',
  'ERR_LOGHUB_TIMEOUT',
  'ERR_LOGHUB_CREDENTIALS',
  'ERR_LOGHUB_EXPIRED',
  'ERR_LOGHUB_DROPPED',
  'ERR_LOGHUB_ABORTED',
  'ERR_LOGHUB_SPOOLED',
  'ERR_LOGHUB_SPOOL_FULL',
  'ERR_LOGHUB_SPOOL_CORRUPT',
  'ERR_LOGHUB_SPOOL_LOCKED',
  'ERR_LOGHUB_INPUT',
  'ERR_LOGHUB_FLEET',
] as const

/** The `code` of an error of this package. */
export type ErrorCode = (typeof ERROR_CODES)[number]

// Registered globally: the ESM and the CommonJS build may both be loaded, and then there are two classes.
const BRAND = Symbol.for('loghub-producer.error')

/** More properties of an error. */
export interface ProducerErrorOptions {
  /** Whether the same call may succeed later, unchanged. Default false. */
  readonly retriable?: boolean
  /** The error behind it. */
  readonly cause?: unknown
}

/** The base class of all errors of this package. Distinguish errors by `code`. */
export class ProducerError extends Error {
  /** The kind of failure, for programs: it does not change when the message changes. */
  readonly code: ErrorCode
  /** Whether the same call may succeed later, unchanged. */
  readonly retriable: boolean

  constructor(code: ErrorCode, message: string, options: ProducerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retriable = options.retriable ?? false
    Object.defineProperty(this, BRAND, { value: true })
  }

  static {
    setErrorName(this, 'ProducerError')
  }
}

/**
 * Gives a class of errors its name, on the prototype, as the built-in errors have it. Called as `setErrorName(this, …)` in
 * a static block: a class that names itself inside its body is renamed by the bundler, and would print as `_ProducerError`.
 */
export function setErrorName(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true })
}

/**
 * Whether a value is an error of this package, from whichever copy of it.
 *
 * @example
 * ```ts
 * import { isProducerError } from 'loghub-producer'
 *
 * try {
 *   await producer.send({ logs: { contents: { n: 1 } } })
 * } catch (error) {
 *   if (isProducerError(error) && error.code === 'ERR_LOGHUB_BUFFER_FULL') await producer.ready()
 * }
 * ```
 */
export function isProducerError(value: unknown): value is ProducerError {
  return value instanceof Error && BRAND in value
}

/** A thrown value as an `Error`: JavaScript lets anything be thrown, also what cannot be made a text. */
export function toError(thrown: unknown): Error {
  try {
    return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
  } catch {
    return new Error('something was thrown that is not an Error', { cause: thrown })
  }
}

/**
 * Makes an error that has no stack. A verdict over a batch comes from inside this package, long after the send: its stack
 * tells nobody anything, and taking one for each batch was the most expensive part of dropping them.
 */
export function withoutStack<T extends Error>(make: () => T): T {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The caller's signal ended a wait; its reason is the cause. `what` names what was ended. */
export function abortedError(what: string, signal: AbortSignal | undefined): ProducerError {
  return new ProducerError('ERR_LOGHUB_ABORTED', `${what} was aborted by its signal`, { cause: signal?.reason })
}

/** What code that reads the caller's logs threw, as a coded error. */
export function asProducerError(thrown: unknown): ProducerError {
  if (isProducerError(thrown)) return thrown
  const cause = toError(thrown)
  return new ProducerError('ERR_LOGHUB_INVALID_LOG', `the logs could not be read: ${cause.message}`, { cause })
}
