import { createHash, createHmac } from 'node:crypto'
import { headerOf, type Request } from '../http/request.ts'

export interface ScopeV4 {
  readonly date: string
  readonly region: string
}

/**
 * The signatures that a v4 request may carry. The header names no signed headers, so the list is rebuilt from what
 * arrived: first with the host, then without, for signers that were given none.
 */
export function signaturesV4(request: Request, secret: string, scope: ScopeV4): string[] {
  const key = signingKey(secret, scope)
  return [true, false].map((withHost) =>
    createHmac('sha256', key)
      .update(stringToSign(request, scope, withHost))
      .digest('hex'),
  )
}

export function digestMatchesV4(request: Request): boolean {
  const sent = headerOf(request.headers, 'x-log-content-sha256') ?? ''
  return createHash('sha256').update(request.body).digest('hex') === sent.toLowerCase()
}

function stringToSign(request: Request, scope: ScopeV4, withHost: boolean): string {
  const hash = createHash('sha256').update(canonicalRequest(request, withHost)).digest('hex')
  const date = headerOf(request.headers, 'x-log-date') ?? ''
  return `SLS4-HMAC-SHA256\n${date}\n${scope.date}/${scope.region}/sls/aliyun_v4_request\n${hash}`
}

function canonicalRequest(request: Request, withHost: boolean): string {
  const names = signedNames(request, withHost)
  return [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${headerOf(request.headers, name)?.trim()}`),
    '',
    names.join(';'),
    headerOf(request.headers, 'x-log-content-sha256') ?? '',
  ].join('\n')
}

function signedNames(request: Request, withHost: boolean): string[] {
  const isSigned = (name: string) =>
    name === 'content-type' || name.startsWith('x-log-') || name.startsWith('x-acs-') || (withHost && name === 'host')
  return Object.keys(request.headers).filter(isSigned).sort()
}

/** Keys stay as they are; an empty value loses its equals sign, unlike in v1. */
function canonicalQuery(query: ReadonlyMap<string, string>): string {
  const pair = (key: string) => {
    const value = query.get(key) ?? ''
    return value === '' ? key : `${key}=${percentEncoded(value)}`
  }
  return [...query.keys()].sort().map(pair).join('&')
}

function percentEncoded(value: string): string {
  const strictly = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(value).replace(/[!'()*]/g, strictly)
}

function signingKey(secret: string, scope: ScopeV4): Buffer {
  const links = [scope.date, scope.region, 'sls', 'aliyun_v4_request']
  const start = Buffer.from(`aliyun_v4${secret}`)
  return links.reduce((key, link) => createHmac('sha256', key).update(link).digest(), start)
}
