/**
 * CreateLogstore, GetLogstore, UpdateLogstore, DeleteLogstore, ListLogstores. Settings are kept and shown again; only
 * the name, `ttl` and `shardCount` are looked at.
 *
 * Not imitated: logs do not expire with `ttl`, `shardCount` cannot be changed, no quota on logstores. `Read` and write
 * permissions do not exist.
 */
import { type Answer, done, jsonAnswer } from '../http/answer.ts'
import { logstoreOf, queryNumber, type Route, type RouteContext } from '../http/route.ts'
import { checkSettings } from '../store/logstore-settings.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'

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
  const wanted = request.query.get('logstoreName') ?? ''
  const names = [...store.project(request.project).logstores.keys()].filter((name) => name.includes(wanted)).sort()
  const offset = Math.max(0, queryNumber(request, 'offset', 0))
  const page = names.slice(offset, offset + Math.max(0, queryNumber(request, 'size', 100)))
  return jsonAnswer({ count: page.length, total: names.length, logstores: page })
}

function update(context: RouteContext): Answer {
  const logstore = logstoreOf(context)
  const { settings } = logstore
  const { ttl = settings.ttl, ...others } = jsonObject(rawBody(context.request))
  const { logstoreName, shardCount } = settings
  const changed = { ...settings, ...others, ttl: Number(ttl), logstoreName, shardCount }
  checkSettings(changed)
  logstore.settings = changed
  context.store.logstoreChanged(logstore, context.request.nowMs)
  return done
}

function remove({ store, request, params }: RouteContext): Answer {
  store.deleteLogstore(request.project, params.logstore as string)
  return done
}
