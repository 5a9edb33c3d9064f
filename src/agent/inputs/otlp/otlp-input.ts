import { type Answer, jsonAnswer } from '../../../server/answer.ts'
import { bearerToken } from '../../../server/guards.ts'
import { HttpError } from '../../../server/http-error.ts'
import type { RoutedRequest } from '../../../server/routed-request.ts'
import { constant, nonEmptyText, object, oneOf, type TypeOf, wholeNumber } from '../../config/schema.ts'
import type { Input, InputContext } from '../../input.ts'
import { writeAcknowledged } from '../acknowledge.ts'
import { ListeningInput } from '../listening-input.ts'
import { tlsSchema } from '../tls-options.ts'
import { logsOfRequest } from './otlp-logs.ts'

export const otlpRequired = { type: constant('otlp') }
export const otlpOptional = {
  host: nonEmptyText('Address to listen on. Default 127.0.0.1.'),
  port: wholeNumber(0, 65_535, 'Port to listen on; 0 takes a free one. Default 4318.'),
  path: nonEmptyText('Path of the URL. Default /v1/logs.'),
  tls: tlsSchema,
  token: nonEmptyText('Requests must have it: Authorization: Bearer TOKEN.'),
  ack: oneOf(['accepted', 'durable', 'delivered'], 'When a request is answered with success. Default accepted.'),
  maxBodyBytes: wholeNumber(1, 256 * 1024 * 1024, 'Largest body, both as sent and decompressed. Default 8388608.'),
  maxConnections: wholeNumber(1, 1_000_000, 'Connections open at once; more are closed at once. Default 1000.'),
}

const schema = object(otlpRequired, otlpOptional)
export type OtlpOptions = Omit<TypeOf<typeof schema>, 'type'>

const PROTOBUF = 'application/x-protobuf'

/** Receives OpenTelemetry logs over OTLP/HTTP, as protobuf or JSON. */
export function otlpInput(options: OtlpOptions, baseDirectory: string): Input {
  const { host = '127.0.0.1', port = 4318, path = '/v1/logs', token, tls, maxConnections } = options
  const { maxBodyBytes = 8 * 1024 * 1024 } = options
  const guard = token === undefined ? undefined : bearerToken(token)
  return new ListeningInput({ host, port, guard, maxBodyBytes, maxConnections, tls, baseDirectory }, (context) => [
    { method: 'POST', path, handle: (request) => take(request, options, context) },
  ])
}

async function take(request: RoutedRequest, { ack = 'accepted' }: OtlpOptions, context: InputContext): Promise<Answer> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== PROTOBUF && type !== 'application/json') {
    throw new HttpError(415, `send ${PROTOBUF} or application/json`, { code: 'unsupported-type' })
  }
  const exported = type === PROTOBUF ? await decoded(request) : await request.json()
  const logs = logsOfRequest(exported)
  if (logs.length > 0) await writeAcknowledged(logs, ack, request.signal, context)
  // An empty response in the encoding of the request: everything was accepted.
  return type === PROTOBUF
    ? { status: 200, headers: { 'content-type': PROTOBUF }, body: Buffer.alloc(0) }
    : jsonAnswer({})
}

async function decoded(request: RoutedRequest): Promise<unknown> {
  const body = await request.body()
  // Loaded with the first request: most agents do not need it.
  const { decodeRequest } = await import('./otlp-schema.ts')
  try {
    return decodeRequest(body)
  } catch (error) {
    throw new HttpError(400, `the body is no export request: ${(error as Error).message}`)
  }
}
