import { jsonAnswer } from '../../../server/answer.ts'
import { bearerToken, type Guard } from '../../../server/guards.ts'
import { HttpError } from '../../../server/http-error.ts'
import type { RoutedRequest } from '../../../server/routed-request.ts'
import { constant, nonEmptyText, object, oneOf, type TypeOf, wholeNumber } from '../../config/schema.ts'
import type { Input, InputContext } from '../../input.ts'
import { lineFields } from '../../lines/line-options.ts'
import { LogLines } from '../../lines/log-lines.ts'
import { writeAcknowledged } from '../acknowledge.ts'
import { ListeningInput } from '../listening-input.ts'
import { logsOfBody } from '../logs-of-body.ts'
import { tlsSchema } from '../tls-options.ts'

export const httpRequired = {
  type: constant('http'),
  port: wholeNumber(0, 65_535, 'Port to listen on; 0 takes a free one.'),
}
export const httpOptional = {
  host: nonEmptyText('Address to listen on. Default 127.0.0.1.'),
  path: nonEmptyText('Path of the URL. Default /.'),
  tls: tlsSchema,
  token: nonEmptyText('Requests must have it: Authorization: Bearer TOKEN.'),
  ack: oneOf(
    ['accepted', 'durable', 'delivered'],
    'When a request is answered with 200: when its logs are in memory, on disk (without a spool: delivered), or stored by the service. Default accepted.',
  ),
  maxBodyBytes: wholeNumber(1, 256 * 1024 * 1024, 'Largest body, both as sent and decompressed. Default 4194304.'),
  maxConnections: wholeNumber(1, 1_000_000, 'Connections open at once; more are closed at once. Default 1000.'),
  parser: lineFields.parser,
  time: lineFields.time,
}

const schema = object(httpRequired, httpOptional)
export type HttpOptions = Omit<TypeOf<typeof schema>, 'type'>

/** Receives logs by POST: JSON, JSON lines or text lines, also compressed. */
export function httpInput(options: HttpOptions, baseDirectory: string): Input {
  const { host = '127.0.0.1', port, path = '/', token, tls, maxConnections, maxBodyBytes = 4 * 1024 * 1024 } = options
  const guard: Guard | undefined = token === undefined ? undefined : bearerToken(token)
  return new ListeningInput({ host, port, guard, maxBodyBytes, maxConnections, tls, baseDirectory }, (context) => {
    const { clock, count } = context
    const lines = new LogLines(options, { nowMs: () => clock.now(), count: (name) => count(name) })
    return [{ method: 'POST', path, handle: (request) => take(request, options, lines, context) }]
  })
}

async function take(request: RoutedRequest, { ack = 'accepted' }: HttpOptions, lines: LogLines, context: InputContext) {
  const body = await request.body()
  const logs = logsOfBody(body, request.headers['content-type'], lines)
  if (typeof logs === 'string') {
    context.count('badRequests')
    throw new HttpError(400, logs)
  }
  if (logs.length > 0) await writeAcknowledged(logs, ack, request.signal, context)
  return jsonAnswer({ accepted: logs.length })
}
