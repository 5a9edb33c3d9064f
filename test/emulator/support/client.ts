import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { Emulator } from '../../../src/emulator/index.ts'
import { type DecodedLogGroup, encodeLogGroup } from '../../../src/emulator/wire/log-group.ts'

export interface Call {
  readonly method?: string
  readonly path: string
  readonly query?: readonly (readonly [string, string])[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  readonly host?: string
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Name and value by turns, as they came. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
  readonly json: any
}

export const KEY = { accessKeyId: 'id', accessKeySecret: 'secret' }
export const PROJECT = 'test-project'
export const HOST = `${PROJECT}.sls.test`

/** Sends exactly these headers, besides Host, Connection and, unless the body is chunked, Content-Length. */
export function send(emulator: Emulator, call: Call): Promise<Reply> {
  const { method = 'GET', query = [], headers = {}, body = Buffer.alloc(0), host = HOST } = call
  const search = query.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
  const path = search === '' ? call.path : `${call.path}?${search}`
  const length = method === 'GET' || 'transfer-encoding' in headers ? {} : { 'content-length': String(body.length) }
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: emulator.port, method, path, agent: false as const }
    const request = httpRequest({ ...options, headers: { host, ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const all = Buffer.concat(chunks)
        const { statusCode: status = 0, headers, rawHeaders } = response
        const isJson = headers['content-type'] === 'application/json' && headers['x-log-compresstype'] === undefined
        resolve({ status, headers, rawHeaders, body: all, json: isJson ? JSON.parse(all.toString()) : undefined })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Signs with v1 first, as a client would. */
export function sendSigned(emulator: Emulator, call: Call, nowMs: number, key = KEY): Promise<Reply> {
  const { method = 'GET', query = [], body = Buffer.alloc(0) } = call
  const headers: Record<string, string> = {
    date: new Date(nowMs).toUTCString(),
    'x-log-apiversion': '0.6.0',
    'x-log-signaturemethod': 'hmac-sha1',
    ...(body.length > 0 && { 'content-md5': createHash('md5').update(body).digest('hex').toUpperCase() }),
    ...call.headers,
  }
  const signed = Object.keys(headers).filter((name) => name.startsWith('x-log-') || name.startsWith('x-acs-'))
  const pairs = [...query].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`)
  const text = [
    method,
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    headers.date,
    ...signed.sort().map((name) => `${name}:${headers[name]}`),
    pairs.length === 0 ? call.path : `${call.path}?${pairs.join('&')}`,
  ].join('\n')
  const signature = createHmac('sha1', key.accessKeySecret).update(text).digest('base64')
  return send(emulator, { ...call, headers: { ...headers, authorization: `LOG ${key.accessKeyId}:${signature}` } })
}

export type Pairs = readonly (readonly [string, string])[]

export function groupOf(
  logs: readonly { time: number; contents: Pairs; nanoseconds?: number }[],
  fields: Partial<DecodedLogGroup> = {},
): Buffer {
  return encodeLogGroup({
    LogTags: [],
    ...fields,
    Logs: logs.map(({ time, contents, nanoseconds }) => ({
      Time: time,
      ...(nanoseconds !== undefined && { TimeNs: nanoseconds }),
      Contents: contents.map(([Key, value]) => ({ Key, Value: Buffer.from(value) })),
    })),
  })
}

/** A plain protobuf write. */
export function write(logstore: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): Call {
  return {
    method: 'POST',
    path: `/logstores/${logstore}/shards/lb`,
    headers: { 'content-type': 'application/x-protobuf', 'x-log-bodyrawsize': String(body.length), ...headers },
    body,
  }
}
