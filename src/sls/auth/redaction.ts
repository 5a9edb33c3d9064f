import { inspect } from 'node:util'
import { toError } from '../../core/errors.ts'
import { safeText, withoutUrlCredentials } from '../../core/safe-text.ts'
import type { Credentials } from './credentials.ts'
import { percentEncode } from './request-to-sign.ts'

// Real keys have 20 characters and more. Shorter ones are a local server's, and may be part of ordinary words.
const SHORTEST_CONCEALED = 6

/**
 * What this package repeats of a server's or a library's text, without the secrets that may be in it. The one place that
 * decides it: every foreign text on its way into an error, a result or a line of the log goes through here.
 */
export class Redaction {
  readonly #secrets: readonly string[]

  /** @param credentials whose key, secret and token are concealed @param more other secrets, such as a signature */
  constructor(credentials: Partial<Credentials> | undefined, more: readonly (string | undefined)[] = []) {
    const { accessKeyId, accessKeySecret, securityToken } = credentials ?? {}
    const plain = [securityToken, accessKeySecret, ...more, accessKeyId].filter(isConcealed)
    // Longest first: one may be a part of another.
    this.#secrets = plain.sort((a, b) => b.length - a.length)
  }

  /** `text` clean, bounded and without secrets. */
  text(text: string, longest?: number): string {
    // Again after the clean-up, which may have joined the halves of a secret.
    return this.conceal(safeText(this.conceal(text), longest))
  }

  /** `text` as it is, except for the secrets in it. */
  conceal(text: string): string {
    let safe = text
    for (const secret of this.#secrets) {
      // No form of a secret is shorter than itself. It spares the usual text, a request id, most of the work.
      if (secret.length > text.length) continue
      for (const form of formsOf(secret)) safe = safe.replaceAll(form, '***')
    }
    return safe
  }

  /** An error as the cause of another: itself, or a copy of its name, code and message where it would show a secret. */
  cause(error: unknown): unknown {
    const shown = shownOf(error)
    return shown !== undefined && withoutUrlCredentials(this.conceal(shown)) === shown ? error : this.#copy(error)
  }

  #copy(error: unknown): Error {
    const { name, message, code } = toError(error) as NodeJS.ErrnoException
    const copy = new Error(this.text(message))
    copy.name = this.text(name, 100)
    // The first line of a stack repeats the message.
    copy.stack = `${copy.name}: ${copy.message}`
    return code === undefined ? copy : Object.assign(copy, { code: this.text(String(code), 100) })
  }
}

/** Everything that printing a value shows, or undefined where printing fails. */
function shownOf(value: unknown): string | undefined {
  try {
    return inspect(value, { depth: 6, showHidden: true, maxStringLength: 100_000, maxArrayLength: 1000 })
  } catch {
    return undefined
  }
}

function isConcealed(secret: unknown): secret is string {
  return typeof secret === 'string' && secret.length >= SHORTEST_CONCEALED
}

/** A server may repeat what it was sent as it came, decoded or encoded once more, or in lower case. */
function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64')
  const forms = [
    secret,
    percentEncode(secret),
    secret.toLowerCase(),
    secret.toUpperCase(),
    base64,
    base64.replace(/=+$/, ''),
  ]
  return [...forms, JSON.stringify(secret).slice(1, -1)].sort((a, b) => b.length - a.length)
}
