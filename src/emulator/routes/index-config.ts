/**
 * The index configuration of a logstore: put, shown, changed, deleted.
 *
 * Not imitated: it is only kept. Searches look at every field, whatever it says.
 */
import { type Answer, done, jsonAnswer } from '../http/answer.ts'
import { logstoreOf, type Route, type RouteContext } from '../http/route.ts'
import { refusal } from '../http/service-error.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'

const path = '/logstores/:logstore/index'

export const indexRoutes: readonly Route[] = [
  { method: 'GET', path, handle: show },
  { method: 'POST', path, handle: (context) => keep(context, jsonObject(rawBody(context.request))) },
  { method: 'PUT', path, handle: (context) => keep(context, jsonObject(rawBody(context.request))) },
  { method: 'DELETE', path, handle: (context) => keep(context, undefined) },
]

function show(context: RouteContext): Answer {
  const { index, name } = logstoreOf(context)
  if (index === undefined) throw refusal('IndexConfigNotExist', `logstore ${name} without index config`)
  return jsonAnswer(index)
}

function keep(context: RouteContext, index: unknown): Answer {
  const logstore = logstoreOf(context)
  logstore.index = index
  context.store.logstoreChanged(logstore, context.request.nowMs)
  return done
}
