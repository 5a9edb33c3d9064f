import { timingSafeEqual } from 'node:crypto'
import { limits } from '../../sls/limits.ts'
import { headerOf, type Request } from '../http/request.ts'
import { refusal } from '../http/service-error.ts'
import type { Credentials, KeyRing } from './credentials.ts'
import { checkDigestV1, checkSignatureMethod, signatureV1 } from './signature-v1.ts'
import { checkDigestV4, type ScopeV4, signaturesV4 } from './signature-v4.ts'
import type { ValidSignature } from './valid-signature.ts'

interface Authorization {
  readonly accessKeyId: string
  readonly signature: string
  /** Only v4 signatures have a scope. */
  readonly scope: ScopeV4 | undefined
}

const V1 = /^LOG ([^:\s]+):(\S+)$/
const V4 =
  /^SLS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/sls\/aliyun_v4_request, ?Signature=([0-9a-f]+)$/
const RFC_1123 = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const BASIC_ISO = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/** Throws the refusal of the service. Checks the form of the headers, then the clock, the key, the signature and the digest. */
export function authenticate(request: Request, keys: KeyRing): void {
  checkApiVersion(request)
  const authorization = authorizationOf(request)
  if (authorization.scope === undefined) checkSignatureMethod(request)
  checkClock(request)
  if (!keys.isOpen) checkSignature(request, authorization, keyOf(authorization, request, keys))
  if (authorization.scope === undefined) checkDigestV1(request)
  else checkDigestV4(request)
}

function checkApiVersion(request: Request): void {
  const version = headerOf(request.headers, 'x-log-apiversion')
  if (version === undefined) throw refusal('MissingAPIVersion', 'x-log-apiversion does not exist in http header')
  if (version !== '0.6.0') throw refusal('InvalidAPIVersion', `x-log-apiversion ${version} is unsupported`)
}

function authorizationOf(request: Request): Authorization {
  const text = request.headers.authorization
  if (text === undefined) throw refusal('MissAccessKeyId', 'x-log-accesskeyid does not exist in header')
  const v1 = V1.exec(text)
  if (v1 !== null) return { accessKeyId: v1[1] as string, signature: v1[2] as string, scope: undefined }
  const v4 = V4.exec(text)
  if (v4 === null) throw refusal('ParameterInvalid', 'http extend authorization pair is invalid')
  const scope = { date: v4[2] as string, region: v4[3] as string }
  return { accessKeyId: v4[1] as string, signature: v4[4] as string, scope }
}

/** `x-log-date` takes precedence over `Date`: clients send it when they cannot set `Date`. */
function checkClock(request: Request): void {
  const date = headerOf(request.headers, 'x-log-date') ?? headerOf(request.headers, 'date')
  if (date === undefined) throw refusal('MissingDate', 'Date does not exist in http header')
  const sentMs = epochMs(date)
  if (sentMs === undefined) throw refusal('InvalidDateFormat', `Date ${date} must follow RFC822`)
  if (Math.abs(sentMs - request.nowMs) <= limits.clockSkewMs) return
  const serverDate = new Date(request.nowMs).toUTCString()
  throw refusal('RequestTimeExpired', `Request time ${date} has been expired while server time is ${serverDate}`)
}

function epochMs(date: string): number | undefined {
  const basic = BASIC_ISO.exec(date)
  const parsed =
    basic !== null
      ? Date.parse(`${basic[1]}-${basic[2]}-${basic[3]}T${basic[4]}:${basic[5]}:${basic[6]}Z`)
      : RFC_1123.test(date)
        ? Date.parse(date)
        : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}

function keyOf(authorization: Authorization, request: Request, keys: KeyRing): Credentials {
  const key = keys.find(authorization.accessKeyId)
  if (key === undefined) throw refusal('Unauthorized', `AccessKeyId ${authorization.accessKeyId} does not exist`)
  if (key.securityToken !== undefined && headerOf(request.headers, 'x-acs-security-token') !== key.securityToken) {
    throw refusal('Unauthorized', 'the security token is invalid or expired')
  }
  return key
}

function checkSignature(request: Request, authorization: Authorization, key: Credentials): void {
  const { signature: sent, scope } = authorization
  const day = headerOf(request.headers, 'x-log-date')?.slice(0, 8)
  const detail: Record<string, string> = { sent }
  if (scope !== undefined && day !== scope.date) {
    Object.assign(detail, { header: 'x-log-date', dayOfScope: scope.date, dayOfHeader: day ?? '' })
  } else {
    for (const valid of validSignatures(request, authorization, key)) {
      if (isSame(valid.signature, sent)) return
      // The detail shows the first one, which is the documented form.
      detail.expected ??= valid.signature
      for (const [name, text] of Object.entries(valid.detail)) detail[name] ??= text
    }
  }
  throw refusal('SignatureNotMatch', `signature ${sent} not match`, detail)
}

function validSignatures(request: Request, { scope }: Authorization, key: Credentials): Iterable<ValidSignature> {
  if (scope === undefined) return [signatureV1(request, key.accessKeySecret)]
  return signaturesV4(request, key.accessKeySecret, scope)
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
