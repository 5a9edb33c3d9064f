import { HttpError } from '../../server/http-error.ts'
import type { HttpRoute } from '../../server/routed.ts'
import type { RoutedRequest } from '../../server/routed-request.ts'
import type { Log } from '../../sls/wire/log.ts'
import type { Agent } from '../agent.ts'

const MAX_VALUE = 4096
const MAX_BUFFERED_BYTES = 1024 * 1024

/** `GET /tap/:id`, or another path with `:id`: the logs of an input as server-sent events, at most 100 per second. One client at a time. */
export function tapRoute(agent: Agent, path = '/tap/:id'): HttpRoute {
  return { method: 'GET', path, handle: (request) => tap(agent, request) }
}

function tap(agent: Agent, request: RoutedRequest): undefined {
  const id = request.params.id as string
  if (!agent.specs().some((one) => one.id === id)) throw new HttpError(404, `there is no input ${JSON.stringify(id)}`)
  let send: (log: Log, skipped: number) => void = () => {}
  const close = agent.tap(id, (log, skipped) => send(log, skipped))
  if (close === undefined) throw new HttpError(409, 'another client taps this input already', { code: 'tapped' })
  const stream = request.events({ maxBufferedBytes: MAX_BUFFERED_BYTES, whenFull: 'skip' })
  send = (log, skipped) => stream.send('log', { ...shown(log), ...(skipped > 0 && { skipped }) })
  stream.onEnd(close)
  return undefined
}

function shown({ contents, time }: Log): object {
  const entries = (Array.isArray(contents) ? contents : Object.entries(contents)) as [string, unknown][]
  return {
    time: time === undefined ? undefined : Number(time),
    contents: entries.map(([key, value]) => [key, shortText(value)]),
  }
}

function shortText(value: unknown): string {
  const text =
    value instanceof Uint8Array
      ? Buffer.from(value.subarray(0, MAX_VALUE)).toString()
      : typeof value === 'object' && value !== null
        ? (JSON.stringify(value) ?? '')
        : String(value ?? '')
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}
