import { Deferred } from '../../core/deferred.ts'
import { HttpError } from '../../server/http-error.ts'
import type { Log } from '../../sls/wire/log.ts'
import type { InputContext } from '../input.ts'
import type { ListSettled } from '../write/input-writer.ts'
import type { Verdict } from '../write/verdict.ts'

export type Acknowledge = 'accepted' | 'durable' | 'delivered'

type Outcome = Verdict | 'no-memory'

const RETRY_LATER = { headers: { 'retry-after': '1' } }

/**
 * Writes the logs of a request; resolves when they are as safe as `ack` says. Throws 429 if there is no memory, 503 if the logs were
 * given up, 400 if the producer or the service refuses them.
 */
export async function writeAcknowledged(
  logs: readonly Log[],
  ack: Acknowledge,
  signal: AbortSignal,
  context: InputContext,
): Promise<void> {
  const outcome = ack === 'accepted' ? await accepted(logs, context) : await settled(logs, signal, context)
  if (outcome === 'delivered') return
  if (outcome === 'refused') throw new HttpError(400, 'the service refuses these logs')
  if (outcome === 'lost') throw new HttpError(503, 'the logs could not be delivered', RETRY_LATER)
  context.count('refusedRequests')
  throw new HttpError(429, 'there is no memory for more logs now', RETRY_LATER)
}

/** Keeps as little as possible until the result: logs of many small requests may be in memory at once. */
async function accepted(logs: readonly Log[], { writer }: InputContext): Promise<Outcome> {
  let outcome: Outcome = 'delivered'
  const isTaken = await writer.tryWriteAll(logs, (...result) => {
    outcome = outcomeOf(...result)
  })
  return isTaken ? outcome : 'no-memory'
}

async function settled(logs: readonly Log[], signal: AbortSignal, { writer }: InputContext): Promise<Outcome> {
  const outcome = new Deferred<Outcome>()
  const isTaken = await writer.tryWriteAll(logs, (...result) => outcome.resolve(outcomeOf(...result)))
  if (!isTaken) return 'no-memory'
  // Then nobody reads the answer.
  signal.addEventListener('abort', () => outcome.reject(new HttpError(503, 'the client has left')), { once: true })
  return outcome.promise
}

/** An input that is not required drops its logs when there is no memory: then no error says why they were refused. */
function outcomeOf(...[verdict, error]: Parameters<ListSettled>): Outcome {
  return verdict === 'refused' && error === null ? 'no-memory' : verdict
}
