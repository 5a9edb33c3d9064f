import type { Clock } from '../../core/clock.ts'
import { ProducerError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { type Credentials, type CredentialsProvider, credentialsProblem, SealedCredentials } from './credentials.ts'

/** A provider that has not answered by then is given up; a later call starts it anew. */
export const PROVIDER_TIMEOUT_MS = 10_000
/** Refusals by the service force at most one call of the provider in this time, whatever comes back. */
export const FORCED_REFRESH_INTERVAL_MS = 1_000

const FIRST_BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 10_000
const REFRESH_AT_SHARE_OF_LIFE = 0.8
const REFRESH_BEFORE_END_MS = 5 * 60_000

interface Held {
  readonly credentials: SealedCredentials
  /** Wall-clock times: an expiration is a date. */
  readonly refreshAtMs: number
  readonly expiresAtMs: number
}

/**
 * The credentials of one project, fetched when first needed and renewed before they end, off the path of the requests.
 * One call of the provider at a time serves everybody. Good credentials are kept while a renewal fails.
 */
export class CredentialCache {
  readonly #fetch: (() => Credentials | Promise<Credentials>) | undefined
  readonly #clock: Clock
  readonly #logger: Logger
  #held: Held | undefined
  #rejected: Held | undefined
  #flight: Promise<Credentials> | undefined
  #failures = 0
  #lastFailure: ProducerError | undefined
  #notBeforeMs = Number.NEGATIVE_INFINITY
  #lastForcedMs = Number.NEGATIVE_INFINITY

  /** @throws ProducerError `ERR_LOGHUB_OPTION` when given credentials are malformed. A function is not called yet. */
  constructor(provider: CredentialsProvider, clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
    if (typeof provider === 'function') {
      this.#fetch = provider
      return
    }
    const problem = credentialsProblem(provider)
    if (problem !== undefined) throw new ProducerError('ERR_LOGHUB_OPTION', `credentials: ${problem}`)
    const never = Number.POSITIVE_INFINITY
    this.#held = { credentials: new SealedCredentials(provider), refreshAtMs: never, expiresAtMs: never }
  }

  /** At once when there are good ones, so that most requests wait for nothing. Rejects with `ERR_LOGHUB_CREDENTIALS`. */
  get(): Credentials | Promise<Credentials> {
    const held = this.#held
    const nowMs = this.#clock.now()
    if (held === undefined || nowMs >= held.expiresAtMs) return this.#refresh()
    if (held === this.#rejected) return this.#replace(held)
    // A failure is logged where it happens, and these are still good.
    if (nowMs >= held.refreshAtMs) this.#refresh().catch(() => {})
    return held.credentials
  }

  /** The service refused these: the next `get` fetches others first. Says nothing about newer ones. */
  reject(used: Credentials): void {
    if (this.#fetch !== undefined && used === this.#held?.credentials) this.#rejected = this.#held
  }

  #replace(held: Held): Credentials | Promise<Credentials> {
    const nowMs = this.#clock.monotonicMs()
    if (this.#flight === undefined) {
      if (nowMs - this.#lastForcedMs < FORCED_REFRESH_INTERVAL_MS) return held.credentials
      this.#lastForcedMs = nowMs
    }
    // The refusal may have been the service's mistake: without better ones, these are tried again.
    return this.#refresh().catch(() => held.credentials)
  }

  #refresh(): Promise<Credentials> {
    if (this.#flight !== undefined) return this.#flight
    if (this.#clock.monotonicMs() < this.#notBeforeMs) return Promise.reject(this.#lastFailure)
    const flight = this.#fetchOnce().finally(() => {
      this.#flight = undefined
    })
    this.#flight = flight
    return flight
  }

  async #fetchOnce(): Promise<Credentials> {
    try {
      const fetched = await this.#fetchInTime()
      const problem = credentialsProblem(fetched)
      if (problem !== undefined) throw failure(`the credentials provider returned a wrong value: ${problem}`)
      return this.#hold(new SealedCredentials(fetched))
    } catch (error) {
      throw this.#backOff(error)
    }
  }

  #hold(credentials: SealedCredentials): Credentials {
    this.#held = { credentials, ...this.#lifeOf(credentials) }
    this.#failures = 0
    this.#lastFailure = undefined
    this.#notBeforeMs = Number.NEGATIVE_INFINITY
    return credentials
  }

  #lifeOf({ expiration }: Credentials): { refreshAtMs: number; expiresAtMs: number } {
    if (expiration === undefined || expiration === null) {
      return { refreshAtMs: Number.POSITIVE_INFINITY, expiresAtMs: Number.POSITIVE_INFINITY }
    }
    const nowMs = this.#clock.now()
    const expiresAtMs = Number(expiration)
    if (expiresAtMs <= nowMs) {
      // The local clock may be the one that is wrong, and only the service can tell: they are used until it refuses them.
      this.#logger.warn(
        'The credentials provider returned expired credentials. Check it, and the clock of this machine.',
      )
      return { refreshAtMs: nowMs + FORCED_REFRESH_INTERVAL_MS, expiresAtMs: Number.POSITIVE_INFINITY }
    }
    const shareOfLifeMs = nowMs + REFRESH_AT_SHARE_OF_LIFE * (expiresAtMs - nowMs)
    return { refreshAtMs: Math.max(shareOfLifeMs, expiresAtMs - REFRESH_BEFORE_END_MS), expiresAtMs }
  }

  #fetchInTime(): Promise<Credentials> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.setTimer(() => {
        reject(failure(`the credentials provider did not answer within ${PROVIDER_TIMEOUT_MS} ms`))
      }, PROVIDER_TIMEOUT_MS)
      const call = async () => this.#fetch!()
      call().then(resolve, reject).finally(cancel)
    })
  }

  #backOff(cause: unknown): ProducerError {
    const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures++, LONGEST_BACKOFF_MS)
    this.#notBeforeMs = this.#clock.monotonicMs() + delayMs
    const error = isOwn(cause) ? cause : failure('the credentials provider failed, see the cause', cause)
    this.#lastFailure = error
    this.#logger.warn(`No new credentials: ${error.message}. Next try in ${delayMs} ms at the earliest.`)
    return error
  }
}

function failure(message: string, cause?: unknown): ProducerError {
  return new ProducerError('ERR_LOGHUB_CREDENTIALS', message, { retriable: true, cause })
}

function isOwn(error: unknown): error is ProducerError {
  return error instanceof ProducerError && error.code === 'ERR_LOGHUB_CREDENTIALS'
}
