/**
 * CreateLogstore, GetLogstore, UpdateLogstore, DeleteLogstore, ListLogstores. Settings are stored and shown, with the
 * defaults of the service. The name, `ttl`, `shardCount` and `enable_tracking` have an effect.
 *
 * Not imitated: automatic splits, storage classes; the other settings have no effect.
 */
import { type Answer, done, jsonAnswer } from '../http/answer.ts'
import { changedSettings } from '../store/logstore-settings.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'
import { logstoreOf, pageOfNames, type Route, type RouteContext } from './route.ts'

/** Logstores. */
export const logstoreRoutes: readonly Route[] = [
  { method: 'POST', path: '/logstores', handle: create },
  { method: 'GET', path: '/logstores', handle: list },
  { method: 'GET', path: '/logstores/:logstore', handle: (context) => jsonAnswer(logstoreOf(context)) },
  { method: 'PUT', path: '/logstores/:logstore', handle: update },
  { method: 'DELETE', path: '/logstores/:logstore', handle: remove },
]

function create({ store, request }: RouteContext): Answer {
  store.createLogstore(request.project, jsonObject(rawBody(request)), request.nowMs)
  return done
}

function list({ store, request }: RouteContext): Answer {
  const names = store.project(request.project).logstores.keys()
  const { page, total } = pageOfNames(request, [...names], 'logstoreName')
  return jsonAnswer({ count: page.length, total, logstores: page })
}

function update(context: RouteContext): Answer {
  const logstore = logstoreOf(context)
  logstore.settings = changedSettings(logstore.settings, jsonObject(rawBody(context.request)))
  context.store.logstoreChanged(logstore, context.request.nowMs)
  return done
}

function remove({ store, request, params }: RouteContext): Answer {
  store.deleteLogstore(request.project, params.logstore as string)
  return done
}
