/**
 * The index configuration of a logstore: create, show, update, delete.
 *
 * Not imitated: the configuration is only stored. Searches examine every field, whatever it says.
 */
import { type Answer, done, jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'
import { logstoreOf, type Route, type RouteContext } from './route.ts'

const path = '/logstores/:logstore/index'
const LONGEST_CONFIG = 256 * 1024

/** The index configuration. */
export const indexRoutes: readonly Route[] = [
  { method: 'GET', path, handle: show },
  { method: 'POST', path, handle: create },
  { method: 'PUT', path, handle: update },
  { method: 'DELETE', path, handle: (context) => keep(context, undefined) },
]

function show(context: RouteContext): Answer {
  const { index } = logstoreOf(context)
  if (index === undefined) throw missing(context)
  return jsonAnswer(JSON.parse(index))
}

function create(context: RouteContext): Answer {
  const { index, name } = logstoreOf(context)
  if (index !== undefined) throw refusal('IndexAlreadyExist', `logstore ${name} has an index config already`)
  return keep(context, configOf(context))
}

function update(context: RouteContext): Answer {
  if (logstoreOf(context).index === undefined) throw missing(context)
  return keep(context, configOf(context))
}

function missing({ params }: RouteContext) {
  return refusal('IndexConfigNotExist', `logstore ${params.logstore} without index config`)
}

function configOf({ request }: RouteContext): string {
  const text = JSON.stringify(jsonObject(rawBody(request)))
  if (text.length > LONGEST_CONFIG) {
    throw refusal('ParameterInvalid', `the index config is longer than ${LONGEST_CONFIG} bytes`)
  }
  return text
}

function keep(context: RouteContext, index: string | undefined): Answer {
  const logstore = logstoreOf(context)
  context.store.checkRoomFor(2 * ((index?.length ?? 0) - (logstore.index?.length ?? 0)))
  logstore.index = index
  context.store.logstoreChanged(logstore, context.request.nowMs)
  return done
}
