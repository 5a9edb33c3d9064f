import type { Clock } from '../../core/clock.ts'
import { ProducerError, toError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import {
  type Credentials,
  type CredentialsProvider,
  credentialsProblem,
  isSameKey,
  SealedCredentials,
} from './credentials.ts'
import { expirationMs } from './expiration.ts'
import { Redaction } from './redaction.ts'

/** A provider that has not answered by then is given up; a later call starts it again. */
export const PROVIDER_TIMEOUT_MS = 10_000
/** The shortest time between two calls of the provider that an expiration or a refusal by the service asks for. */
export const SHORTEST_REFRESH_MS = 1_000
/** The longest: it doubles up to here while what the provider returns is refused, or has expired already. */
export const LONGEST_REFRESH_MS = 60_000

const FIRST_BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 10_000
const REFRESH_AT_SHARE_OF_LIFE = 0.8
const REFRESH_BEFORE_END_MS = 5 * 60_000
/** A life that is shorter can only be a wrong clock. The token service gives no less than 15 minutes. */
const SHORTEST_LIFE_MS = 5_000

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
  readonly #serverTime: Pick<Clock, 'now'>
  #held: Held | undefined
  #refused: Credentials | undefined
  #wasAccepted = false
  #flight: Promise<Credentials> | undefined
  #failures = 0
  #lastFailure: ProducerError | undefined
  #notBeforeMs = Number.NEGATIVE_INFINITY
  #vainRefreshes = 0
  #lastPauseMs = Number.NEGATIVE_INFINITY
  #nextForcedMs = Number.NEGATIVE_INFINITY
  #hasToldExpiration = false

  /**
   * @param serverTime the service's time as far as it is known, which decides what has expired. Default: `clock`.
   * @throws ProducerError `ERR_LOGHUB_OPTION` when given credentials are malformed. A function is not called yet.
   */
  constructor(provider: CredentialsProvider, clock: Clock, logger: Logger, serverTime: Pick<Clock, 'now'> = clock) {
    this.#clock = clock
    this.#logger = logger
    this.#serverTime = serverTime
    if (typeof provider === 'function') {
      this.#fetch = provider
      return
    }
    const problem = credentialsProblem(provider)
    if (problem !== undefined) throw new ProducerError('ERR_LOGHUB_OPTION', `credentials: ${problem}`)
    const never = Number.POSITIVE_INFINITY
    this.#held = { credentials: new SealedCredentials(provider), refreshAtMs: never, expiresAtMs: never }
  }

  /** The service has taken credentials of this project at least once. */
  get wasAccepted(): boolean {
    return this.#wasAccepted
  }

  /** At once when there are good ones, so that most requests wait for nothing. Rejects with `ERR_LOGHUB_CREDENTIALS`. */
  get(): Credentials | Promise<Credentials> {
    const held = this.#held
    const nowMs = this.#serverTime.now()
    if (held === undefined || nowMs >= held.expiresAtMs) return this.#refresh()
    if (held.credentials === this.#refused && this.#fetch !== undefined) return this.#replace(held)
    if (nowMs >= held.refreshAtMs) this.#refreshAhead()
    return held.credentials
  }

  /** The service took these. Without an argument: others, of the same project, before. */
  accept(used?: Credentials): void {
    this.#wasAccepted = true
    // What is refused to some requests and granted to others is a matter of permissions, not of the key.
    if (used === this.#refused) this.#refused = undefined
  }

  /**
   * The service refused these: the next `get` fetches others first. Says nothing about newer ones. True when they cannot
   * be right: none of this project was ever taken, and the provider has no others, as it was asked again since.
   */
  reject(used: Credentials): boolean {
    if (used !== this.#held?.credentials) return false
    const cannotChange = this.#fetch === undefined
    const isSameAgain =
      cannotChange || (this.#refused !== undefined && this.#refused !== used && isSameKey(this.#refused, used))
    this.#refused = used
    return isSameAgain && !this.#wasAccepted
  }

  #refreshAhead(): void {
    // A failure is logged where it happens, and those that are held are still good.
    this.#refresh().catch(() => {})
  }

  #replace(held: Held): Credentials | Promise<Credentials> {
    const nowMs = this.#clock.monotonicMs()
    if (this.#flight === undefined) {
      if (nowMs < this.#nextForcedMs) return held.credentials
      this.#nextForcedMs = nowMs + this.#pauseMs()
    }
    // The refusal may have been the service's mistake: without better ones, these are tried again.
    return this.#refresh().catch(() => held.credentials)
  }

  /** Until the provider may be asked again although it has just answered. Short again after a time of quiet. */
  #pauseMs(): number {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#lastPauseMs > 2 * LONGEST_REFRESH_MS) this.#vainRefreshes = 0
    this.#lastPauseMs = nowMs
    return Math.min(SHORTEST_REFRESH_MS * 2 ** Math.min(this.#vainRefreshes++, 20), LONGEST_REFRESH_MS)
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
    const expiresAtMs = expirationMs(expiration)
    if (expiresAtMs === undefined) {
      return { refreshAtMs: Number.POSITIVE_INFINITY, expiresAtMs: Number.POSITIVE_INFINITY }
    }
    this.#tellExpiration(expiration, expiresAtMs)
    const nowMs = this.#serverTime.now()
    if (expiresAtMs < nowMs + SHORTEST_LIFE_MS) {
      // The local clock may be the one that is wrong, and only the service can tell: they are used until it refuses them.
      const pauseMs = this.#pauseMs()
      this.#logger.warn(
        'The credentials provider returned expired credentials. Check it, and the clock of this machine. ' +
          `They are used until the service refuses them; the next try to get others is in ${pauseMs} ms at the earliest.`,
      )
      return { refreshAtMs: nowMs + pauseMs, expiresAtMs: Number.POSITIVE_INFINITY }
    }
    const shareOfLifeMs = nowMs + REFRESH_AT_SHARE_OF_LIFE * (expiresAtMs - nowMs)
    return { refreshAtMs: Math.max(shareOfLifeMs, expiresAtMs - REFRESH_BEFORE_END_MS), expiresAtMs }
  }

  /** Once: the form of an expiration is guessed, and a wrong guess should be seen. */
  #tellExpiration(given: unknown, endMs: number): void {
    if (this.#hasToldExpiration) return
    this.#hasToldExpiration = true
    const form = given instanceof Date ? 'a Date' : typeof given === 'string' ? 'text' : formOfNumber(given, endMs)
    const end = Math.abs(endMs) <= 8.64e15 ? new Date(endMs).toISOString() : `${endMs} ms`
    this.#logger.info(`The expiration of the credentials is taken as ${form}: they end at ${end}.`)
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

  #backOff(thrown: unknown): ProducerError {
    const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures++, 20), LONGEST_BACKOFF_MS)
    this.#notBeforeMs = this.#clock.monotonicMs() + delayMs
    const error = isOwn(thrown) ? thrown : this.#providerFailure(thrown)
    this.#lastFailure = error
    this.#logger.warn(`No new credentials: ${error.message}. Next try in ${delayMs} ms at the earliest.`)
    return error
  }

  #providerFailure(thrown: unknown): ProducerError {
    const redaction = new Redaction(this.#held?.credentials)
    const reason = redaction.text(toError(thrown).message) || 'it gave no reason'
    return failure(`the credentials provider failed: ${reason}`, redaction.cause(thrown))
  }
}

function formOfNumber(given: unknown, endMs: number): string {
  return given === endMs ? 'epoch milliseconds' : 'epoch seconds'
}

function failure(message: string, cause?: unknown): ProducerError {
  return new ProducerError('ERR_LOGHUB_CREDENTIALS', message, { retriable: true, cause })
}

function isOwn(error: unknown): error is ProducerError {
  return error instanceof ProducerError && error.code === 'ERR_LOGHUB_CREDENTIALS'
}
