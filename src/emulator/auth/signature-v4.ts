import { createHash, createHmac } from 'node:crypto'
import { headerOf, type Request } from '../http/request.ts'
import { type ValidSignature, wrongDigest } from './valid-signature.ts'

/** The scope of a v4 signature. */
export interface ScopeV4 {
  readonly date: string
  readonly region: string
}

type Encode = (value: string) => string

/** How clients encode values of the query. The first is the documented form; generated clients use the others. */
const ENCODINGS: readonly Encode[] = [
  (value) => encodeURIComponent(value).replace(/[!'()*]/g, percent),
  encodeURIComponent,
  (value) => encodeURIComponent(value).replace('*', '%2A'),
  (value) => encodeURIComponent(value).replace(/\*/g, '%2A'),
]

/**
 * The signatures that are accepted for a v4 request. The header does not list the signed headers, so they are reconstructed
 * from the request: first with the host, then without it, for signers that did not know the host.
 */
export function* signaturesV4(request: Request, secret: string, scope: ScopeV4): Generator<ValidSignature> {
  const key = signingKey(secret, scope)
  const seen = new Set<string>()
  for (const encode of ENCODINGS) {
    for (const withHost of [true, false]) {
      const canonical = canonicalRequest(request, withHost, encode)
      if (seen.has(canonical)) continue
      seen.add(canonical)
      const text = stringToSign(request, scope, canonical)
      const signature = createHmac('sha256', key).update(text).digest('hex')
      yield { signature, detail: { canonicalRequest: canonical, stringToSign: text } }
    }
  }
}

/** Refuses a body whose digest is not the one in the header. */
export function checkDigestV4(request: Request): void {
  const sent = headerOf(request.headers, 'x-log-content-sha256') ?? ''
  const expected = createHash('sha256').update(request.body).digest('hex')
  if (expected !== sent.toLowerCase()) throw wrongDigest('x-log-content-sha256', sent, expected)
}

function stringToSign(request: Request, scope: ScopeV4, canonical: string): string {
  const hash = createHash('sha256').update(canonical).digest('hex')
  const date = headerOf(request.headers, 'x-log-date') ?? ''
  return `SLS4-HMAC-SHA256\n${date}\n${scope.date}/${scope.region}/sls/aliyun_v4_request\n${hash}`
}

function canonicalRequest(request: Request, withHost: boolean, encode: Encode): string {
  const names = signedNames(request, withHost)
  return [
    request.method,
    request.path,
    canonicalQuery(request.query, encode),
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

/** Keys are not encoded. An empty value loses its equals sign, unlike in v1. */
function canonicalQuery(query: ReadonlyMap<string, string>, encode: Encode): string {
  const pair = (key: string) => {
    const value = query.get(key) ?? ''
    return value === '' ? key : `${key}=${encode(value)}`
  }
  return [...query.keys()].sort().map(pair).join('&')
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

function signingKey(secret: string, scope: ScopeV4): Buffer {
  const links = [scope.date, scope.region, 'sls', 'aliyun_v4_request']
  const start = Buffer.from(`aliyun_v4${secret}`)
  return links.reduce((key, link) => createHmac('sha256', key).update(link).digest(), start)
}
