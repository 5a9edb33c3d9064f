/**
 * Web tracking (`/track`): logs from browsers, without a signature, as JSON or as one log in the query. The logstore must
 * have `enable_tracking`, which logstores of `autoCreate` do not have. The log time is the time of arrival.
 *
 * Not imitated: `track.gif` and `track_ua.gif`.
 */
import { type Answer, done } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import { jsonLogGroup, jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'
import { logstoreOf, type Route, type RouteContext } from './route.ts'

const path = '/logstores/:logstore/track'

/** Web tracking. */
export const track: readonly Route[] = [
  { method: 'POST', path, isPublic: true, handle: (context) => store(context, jsonObject(rawBody(context.request))) },
  { method: 'GET', path, isPublic: true, handle: (context) => store(context, formOfQuery(context)) },
]

function formOfQuery({ request }: RouteContext): Record<string, unknown> {
  const { APIVersion: _, __topic__ = '', __source__ = '', ...log } = Object.fromEntries(request.query)
  return { __topic__, __source__, __logs__: [log] }
}

function store(context: RouteContext, form: Record<string, unknown>): Answer {
  const { request, counters, policy } = context
  const logstore = logstoreOf(context)
  if (logstore.settings.enable_tracking !== true) {
    throw refusal('Unauthorized', `logstore ${logstore.name} does not enable web tracking`)
  }
  const logs = Array.isArray(form.__logs__) ? form.__logs__.map((log) => ({ ...log, __time__: undefined })) : undefined
  const time = Math.floor(request.nowMs / 1000)
  const bytes = jsonLogGroup(Buffer.from(JSON.stringify({ ...form, __logs__: logs })), time)
  const logCount = logs?.length ?? 0
  const place = { firstTime: time, lastTime: time, receivedAtMs: request.nowMs, requestId: request.requestId }
  if (!policy.discard) context.store.append(logstore, logstore.shardFor(undefined), { bytes, logCount, ...place })
  counters.countWrite(logCount, request.body.length, bytes.length)
  return done
}
