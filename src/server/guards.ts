import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { HttpError } from './http-error.ts'

/** What a guard sees of a request. */
export interface GuardedRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
}

/** Lets a request pass, or throws an {@link HttpError}. */
export type Guard = (request: GuardedRequest) => void

/** Names under which only this machine reaches itself. */
export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** One guard of several: all must let the request pass, asked in this order. */
export function allOf(...guards: readonly Guard[]): Guard {
  return (request) => {
    for (const guard of guards) guard(request)
  }
}

/**
 * Refuses with 421 a request for another host. A page of a foreign site can make its name point to this machine, and
 * then reads all that a server here answers: the `Host` header is what gives it away.
 */
export function onlyHosts(hosts: readonly string[] = LOOPBACK_HOSTS): Guard {
  const known = new Set(hosts.map((host) => host.toLowerCase()))
  return ({ headers }) => {
    const host = hostnameOf(headers.host ?? '')
    if (!known.has(host)) throw new HttpError(421, `this server does not answer for the host ${JSON.stringify(host)}`)
  }
}

/**
 * Refuses with 403 a request that a browser sends for a page of another origin. A request without `Origin` passes, for
 * reading from the same page and for programs, unless the browser says by `Sec-Fetch-Site` that it is a foreign one.
 */
export function sameOrigin(): Guard {
  return ({ headers }) => {
    const { origin, host } = headers
    const isForeign = origin !== undefined && withoutScheme(origin) !== (host ?? '').toLowerCase()
    if (isForeign || headers['sec-fetch-site'] === 'cross-site') {
      throw new HttpError(403, 'requests of other origins are refused', { code: 'foreign-origin' })
    }
  }
}

/** Refuses with 401 a request without `Authorization: Bearer` and this token. */
export function bearerToken(token: string): Guard {
  const expected = digestOf(token)
  return ({ headers }) => {
    const sent = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
    if (sent !== undefined && timingSafeEqual(digestOf(sent), expected)) return
    throw new HttpError(401, 'a bearer token is needed: Authorization: Bearer TOKEN', {
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
}

function hostnameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
}

function withoutScheme(origin: string): string {
  return origin.toLowerCase().replace(/^https?:\/\//, '')
}

// Digests have one length, whatever was sent.
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
