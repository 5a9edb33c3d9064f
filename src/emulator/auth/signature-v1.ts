import { createHash, createHmac } from 'node:crypto'
import { headerOf, type Request } from '../http/request.ts'
import { refusal } from '../http/service-error.ts'
import { type ValidSignature, wrongDigest } from './valid-signature.ts'

const HASHES: Record<string, string> = { 'hmac-sha1': 'sha1', 'hmac-sha256': 'sha256' }

/** The signature that a v1 request must carry, with the hash that the client names. */
export function signatureV1(request: Request, secret: string): ValidSignature {
  const text = stringToSign(request)
  const signature = createHmac(hashOf(request), secret).update(text).digest('base64')
  return { signature, detail: { stringToSign: text } }
}

/** Refuses a missing or unknown signature method. */
export function checkSignatureMethod(request: Request): void {
  hashOf(request)
}

/** For an empty body, an empty header, a missing one and the digest of nothing are all accepted: clients differ. */
export function checkDigestV1(request: Request): void {
  const sent = headerOf(request.headers, 'content-md5') ?? ''
  if (sent === '' && request.body.length === 0) return
  const expected = createHash('md5').update(request.body).digest('hex').toUpperCase()
  if (expected !== sent.toUpperCase()) throw wrongDigest('content-md5', sent, expected)
}

function hashOf(request: Request): string {
  const method = headerOf(request.headers, 'x-log-signaturemethod')
  if (method === undefined) {
    throw refusal('MissingSignatureMethod', 'x-log-signaturemethod does not exist in http header')
  }
  const hash = HASHES[method.toLowerCase()]
  if (hash === undefined) throw refusal('InvalidSignatureMethod', `signature method ${method} is unsupported`)
  return hash
}

/** Content-MD5 and Date are used as sent. Browsers cannot send Date: then x-log-date is used in its place. */
function stringToSign(request: Request): string {
  const { headers } = request
  return [
    request.method,
    headerOf(headers, 'content-md5') ?? '',
    headerOf(headers, 'content-type') ?? '',
    headerOf(headers, 'date') ?? headerOf(headers, 'x-log-date') ?? '',
    ...signedHeaders(request),
    resource(request),
  ].join('\n')
}

function signedHeaders(request: Request): string[] {
  return Object.keys(request.headers)
    .filter((name) => (name.startsWith('x-log-') || name.startsWith('x-acs-')) && name !== 'x-log-date')
    .sort()
    .map((name) => `${name}:${headerOf(request.headers, name)?.trim()}`)
}

/** The path and the query. An empty value keeps its equals sign, unlike in v4. */
function resource(request: Request): string {
  if (request.query.size === 0) return request.path
  const keys = [...request.query.keys()].sort()
  return `${request.path}?${keys.map((key) => `${key}=${request.query.get(key)}`).join('&')}`
}
