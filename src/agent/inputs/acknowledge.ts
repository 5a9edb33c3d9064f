import { Deferred } from '../../core/deferred.ts'
import { HttpError } from '../../server/http-error.ts'
import type { Log } from '../../sls/wire/log.ts'
import type { InputContext } from '../input.ts'
import type { Verdict } from '../write/verdict.ts'

export type Acknowledge = 'accepted' | 'durable' | 'delivered'

const RETRY_LATER = { headers: { 'retry-after': '1' } }

/**
 * Hands over the logs of a request, and resolves when they are as safe as `ack` says. Throws 429 when there is no room, 503 when the
 * logs were given up, 400 when the service refuses them.
 */
export async function writeAcknowledged(
  logs: readonly Log[],
  ack: Acknowledge,
  signal: AbortSignal,
  context: InputContext,
): Promise<void> {
  const settled = new Deferred<Verdict>()
  const isTaken = await context.writer.tryWriteAll(logs, (verdict) => settled.resolve(verdict))
  if (!isTaken) {
    context.count('refusedRequests')
    throw new HttpError(429, 'there is no room for more logs now', RETRY_LATER)
  }
  if (ack === 'accepted') return
  signal.addEventListener('abort', () => settled.reject(new Error('the client has left')), { once: true })
  const verdict = await settled.promise
  if (verdict === 'lost') throw new HttpError(503, 'the logs could not be delivered', RETRY_LATER)
  if (verdict === 'refused') throw new HttpError(400, 'the service refuses these logs')
}
