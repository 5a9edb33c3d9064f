import { createHash, createHmac } from 'node:crypto'
import type { Credentials } from './credentials.ts'
import { type Headers, headerLines, isServiceHeader, type RequestToSign, sortedByKey } from './request-to-sign.ts'

/**
 * The headers that signature version 1 (`LOG`, HMAC-SHA1) adds to a request.
 * @param dateMs the service's time, in epoch milliseconds
 */
export function signV1(request: RequestToSign, credentials: Credentials, dateMs: number): Headers {
  const added: Record<string, string> = {
    date: new Date(dateMs).toUTCString(),
    'x-log-signaturemethod': 'hmac-sha1',
  }
  if (credentials.securityToken) added['x-acs-security-token'] = credentials.securityToken
  if (request.body.length > 0) added['content-md5'] = md5(request.body)
  const text = stringToSign(request, { ...request.headers, ...added })
  const signature = createHmac('sha1', credentials.accessKeySecret).update(text).digest('base64')
  added.authorization = `LOG ${credentials.accessKeyId}:${signature}`
  return added
}

function stringToSign(request: RequestToSign, headers: Headers): string {
  return [
    request.method,
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    headers.date,
    ...headerLines(headers, isServiceHeader),
    resource(request),
  ].join('\n')
}

/** Unlike version 4: values are decoded, and an empty one keeps its equals sign. */
function resource({ path, query }: RequestToSign): string {
  if (query.length === 0) return path
  const pairs = sortedByKey(query).map(([key, value]) => `${key}=${value}`)
  return `${path}?${pairs.join('&')}`
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex').toUpperCase()
}
