import { createHash, createHmac } from 'node:crypto'
import type { SeenRequest } from './scripted-server.ts'

/** Whether a request as it arrived carries the right signature, rebuilt from the wire alone. Knows nothing of the signer. */
export function isSignedWith(secret: string, request: SeenRequest): boolean {
  const { authorization } = request.headers
  if (authorization?.startsWith('LOG ')) return authorization.endsWith(`:${signatureV1(secret, request)}`)
  const scope = /Credential=[^/]+\/(\d{8})\/([^/]+)\/sls\/aliyun_v4_request,Signature=/.exec(authorization ?? '')
  if (scope === null) return false
  return authorization!.endsWith(`Signature=${signatureV4(secret, request, scope[1]!, scope[2]!)}`)
}

function signatureV1(secret: string, { method, target, headers, body }: SeenRequest): string {
  const md5 = createHash('md5').update(body).digest('hex').toUpperCase()
  const [path, query] = target.split('?')
  const pairs = decodedPairs(query).map(([key, value]) => `${key}=${value}`)
  const names = Object.keys(headers).filter((name) => /^x-(log|acs)-/.test(name))
  const lines = names.sort().map((name) => `${name}:${headers[name]}`)
  const resource = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
  const head = [method, body.length === 0 ? '' : md5, headers['content-type'] ?? '', headers.date]
  return createHmac('sha1', secret)
    .update([...head, ...lines, resource].join('\n'))
    .digest('base64')
}

function signatureV4(secret: string, request: SeenRequest, date: string, region: string): string {
  const { method, target, headers, body } = request
  const [path, query] = target.split('?')
  const names = Object.keys(headers).filter((name) => /^(host|content-type|x-log-.*|x-acs-.*)$/.test(name))
  const sorted = names.sort()
  const lines = sorted.map((name) => `${name}:${headers[name]}\n`).join('')
  const pairs = decodedPairs(query).map(([key, value]) => (value ? `${key}=${strict(value)}` : key))
  const canonical = [method, path, pairs.join('&'), lines, sorted.join(';'), sha256(body)].join('\n')
  const scope = `${date}/${region}/sls/aliyun_v4_request`
  const text = ['SLS4-HMAC-SHA256', headers['x-log-date'], scope, sha256(canonical)].join('\n')
  const steps = [date, region, 'sls', 'aliyun_v4_request']
  const key = steps.reduce<string | Buffer>((chain, step) => hmac(chain, step), `aliyun_v4${secret}`)
  return hmac(key, text).toString('hex')
}

function decodedPairs(query = ''): [string, string][] {
  const pairs = query.split('&').filter((pair) => pair !== '')
  const decoded = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=')
    return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))]
  })
  return decoded.sort(([a], [b]) => (a < b ? -1 : 1))
}

function strict(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) => (/[A-Za-z0-9_.~-]/.test(char) ? char : `%${hex(char)}`))
    .join('')
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
