import { createHash, createHmac } from 'node:crypto'
import type { Credentials } from './credentials.ts'
import {
  type Headers,
  headerLines,
  isServiceHeader,
  percentEncode,
  type Query,
  type RequestToSign,
  sortedByKey,
} from './request-to-sign.ts'
import type { SigningKeys } from './signing-keys.ts'

const ALGORITHM = 'SLS4-HMAC-SHA256'

/** Where and when a version 4 signature is valid, and the keys derived so far. */
export interface SigningScope {
  readonly region: string
  /** The service's time, in epoch milliseconds. */
  readonly dateMs: number
  readonly keys: SigningKeys
}

/** The headers that signature version 4 (`SLS4-HMAC-SHA256`) adds to a request. It signs the host, where one is given. */
export function signV4(request: RequestToSign, credentials: Credentials, scope: SigningScope): Headers {
  const dateTime = compactDate(scope.dateMs)
  const added: Record<string, string> = {
    'x-log-date': dateTime,
    'x-log-content-sha256': sha256(request.body),
  }
  if (credentials.securityToken) added['x-acs-security-token'] = credentials.securityToken
  const date = dateTime.slice(0, 8)
  const scopeText = `${date}/${scope.region}/sls/aliyun_v4_request`
  const canonical = canonicalRequest(request, { ...request.headers, ...added })
  const text = [ALGORITHM, dateTime, scopeText, sha256(canonical)].join('\n')
  const key = scope.keys.derive(credentials.accessKeySecret, date, scope.region)
  const signature = createHmac('sha256', key).update(text).digest('hex')
  added.authorization = `${ALGORITHM} Credential=${credentials.accessKeyId}/${scopeText},Signature=${signature}`
  return added
}

function canonicalRequest(request: RequestToSign, headers: Headers): string {
  const lines = headerLines(headers, isSigned)
  const names = lines.map((line) => line.slice(0, line.indexOf(':')))
  return [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...lines,
    '',
    names.join(';'),
    headers['x-log-content-sha256'],
  ].join('\n')
}

function isSigned(name: string): boolean {
  return name === 'host' || name === 'content-type' || isServiceHeader(name)
}

/** Unlike version 1: values are encoded, and an empty one loses its equals sign. */
function canonicalQuery(query: Query): string {
  const pairs = sortedByKey(query).map(([key, value]) => (value === '' ? key : `${key}=${percentEncode(value)}`))
  return pairs.join('&')
}

// The format has four digits for the year.
const LATEST_DATE_MS = Date.UTC(9999, 11, 31, 23, 59, 59)

/** `20231114T221320Z`. A clock beyond the format gives its nearest date: the service refuses that, and tells its own time. */
function compactDate(dateMs: number): string {
  const inFormatMs = Math.min(Math.max(dateMs || 0, 0), LATEST_DATE_MS)
  return `${new Date(inFormatMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}
