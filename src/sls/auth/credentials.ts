import { inspect } from 'node:util'
import { expirationMs } from './expiration.ts'

/** An access key pair; if it is temporary, with its token and its expiration. */
export interface Credentials {
  /** Visible ASCII without spaces, like the secret and the token, because they are sent in headers. */
  readonly accessKeyId: string
  /** The secret of the key pair. It never leaves the process; no message repeats it. */
  readonly accessKeySecret: string
  /** STS token of temporary credentials. */
  readonly securityToken?: string | undefined
  /**
   * When temporary credentials expire: ISO text as the token service returns it, a Date, epoch seconds or epoch milliseconds.
   * Without it they are used until the service refuses them.
   */
  readonly expiration?: Date | number | string | undefined
}

/**
 * Credentials, or a function that fetches them. The function is called when they are first needed, ahead of their
 * expiration, and when the service refuses them; never twice at once.
 */
export type CredentialsProvider = Credentials | (() => Credentials | Promise<Credentials>)

/** Credentials that nothing prints: neither `util.inspect` nor `JSON.stringify` shows more than the class. */
export class SealedCredentials implements Credentials {
  readonly #credentials: Credentials

  constructor(credentials: Credentials) {
    const { accessKeyId, accessKeySecret, securityToken, expiration } = credentials
    this.#credentials = { accessKeyId, accessKeySecret, securityToken, expiration }
  }

  get accessKeyId(): string {
    return this.#credentials.accessKeyId
  }

  get accessKeySecret(): string {
    return this.#credentials.accessKeySecret
  }

  get securityToken(): string | undefined {
    return this.#credentials.securityToken || undefined
  }

  get expiration(): Date | number | string | undefined {
    return this.#credentials.expiration
  }

  toJSON(): string {
    return '[credentials]'
  }

  [inspect.custom](): string {
    return '[credentials]'
  }
}

// They travel in headers: a line break or a blank copied along with a key would only fail later, and less clearly.
const HEADER_TEXT = /^[\x21-\x7e]+$/

/** What is wrong with credentials, naming the field but never its value; undefined when nothing is. */
export function credentialsProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'must be an object with accessKeyId and accessKeySecret'
  const { accessKeyId, accessKeySecret, securityToken, expiration } = value as Record<string, unknown>
  for (const [field, text] of Object.entries({ accessKeyId, accessKeySecret })) {
    if (typeof text !== 'string' || text === '') return `${field} must be a non-empty string`
    if (!HEADER_TEXT.test(text)) return `${field} must not contain blanks, line breaks or characters outside ASCII`
  }
  if (!isTokenOrAbsent(securityToken)) return 'securityToken must be a string without blanks or line breaks'
  if (!isTimeOrAbsent(expiration)) {
    return 'expiration must be ISO text such as 2026-01-31T12:00:00Z, a valid Date, epoch seconds or epoch milliseconds'
  }
  return undefined
}

function isTokenOrAbsent(token: unknown): boolean {
  return token === undefined || token === null || token === '' || (typeof token === 'string' && HEADER_TEXT.test(token))
}

function isTimeOrAbsent(time: unknown): boolean {
  return time === undefined || time === null || expirationMs(time) !== undefined
}

/** Whether two are the same key pair with the same token, whenever they end. */
export function isSameKey(a: Credentials, b: Credentials): boolean {
  return (
    a.accessKeyId === b.accessKeyId &&
    a.accessKeySecret === b.accessKeySecret &&
    (a.securityToken || undefined) === (b.securityToken || undefined)
  )
}

/** The standard environment variables, or undefined when none is set. Half a pair is returned as it is, to be refused by name. */
export function environmentCredentials(env: Readonly<Record<string, string | undefined>>): Credentials | undefined {
  const accessKeyId = env.ALIBABA_CLOUD_ACCESS_KEY_ID ?? ''
  const accessKeySecret = env.ALIBABA_CLOUD_ACCESS_KEY_SECRET ?? ''
  if (accessKeyId === '' && accessKeySecret === '') return undefined
  return new SealedCredentials({
    accessKeyId,
    accessKeySecret,
    securityToken: env.ALIBABA_CLOUD_SECURITY_TOKEN || undefined,
  })
}
