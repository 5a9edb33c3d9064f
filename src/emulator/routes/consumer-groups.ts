/**
 * Consumer groups: create, list, update, delete, heartbeat with the assignment of shards, checkpoints. Shards are
 * distributed evenly among the living consumers. A consumer that must give up a shard learns it from its heartbeat; another
 * one gets the shard when the former no longer names it, or is dead.
 *
 * Not imitated: with `order`, the children of a split shard do not wait until it is consumed.
 */
import { type Answer, done, jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'
import { CONSUMER_NAME, ConsumerGroup, checkTimeout } from '../store/consumer-group.ts'
import { parseBoundedJson } from '../wire/bounded-json.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'
import { logstoreOf, queryNumber, type Route, type RouteContext } from './route.ts'

const groups = '/logstores/:logstore/consumergroups'
const group = `${groups}/:group`

/** The calls of consumer groups, their heartbeats and checkpoints. */
export const consumerGroupRoutes: readonly Route[] = [
  { method: 'POST', path: groups, handle: create },
  { method: 'GET', path: groups, handle: list },
  { method: 'POST', path: group, query: { type: ['heartbeat'] }, handle: heartbeat },
  { method: 'POST', path: group, query: { type: ['checkpoint'] }, handle: saveCheckpoint },
  { method: 'GET', path: group, handle: showCheckpoints },
  { method: 'PUT', path: group, handle: update },
  { method: 'DELETE', path: group, handle: remove },
]

function create(context: RouteContext): Answer {
  const { consumerGroup, timeout, order } = jsonObject(rawBody(context.request))
  if (typeof consumerGroup !== 'string' || !CONSUMER_NAME.test(consumerGroup)) {
    throw refusal('ParameterInvalid', 'consumerGroup must be a name without blanks and slashes')
  }
  const logstore = logstoreOf(context)
  context.store.checkRoomFor(32 * 1024)
  logstore.addConsumerGroup(new ConsumerGroup(consumerGroup, checkTimeout(timeout), isTrue('order', order ?? false)))
  context.store.saveLogstore(logstore)
  return done
}

function list(context: RouteContext): Answer {
  const found = [...logstoreOf(context).consumerGroups.values()]
  return jsonAnswer(found.map(({ name, timeoutSeconds: timeout, order }) => ({ name, timeout, order })))
}

function update(context: RouteContext): Answer {
  const changed = groupOf(context)
  const { timeout = changed.timeoutSeconds, order = changed.order } = jsonObject(rawBody(context.request))
  const seconds = checkTimeout(timeout)
  const inOrder = isTrue('order', order)
  changed.order = inOrder
  changed.timeoutSeconds = seconds
  context.store.saveLogstore(logstoreOf(context))
  return done
}

function remove(context: RouteContext): Answer {
  const { name } = groupOf(context)
  const logstore = logstoreOf(context)
  logstore.consumerGroups.delete(name)
  context.store.saveLogstore(logstore)
  return done
}

function heartbeat(context: RouteContext): Answer {
  const body = parseBoundedJson(rawBody(context.request), 1000)
  if (!Array.isArray(body) || !body.every((id) => Number.isSafeInteger(id) && id >= 0)) {
    throw refusal('PostBodyInvalid', 'a heartbeat is a list of shard ids')
  }
  const shards = logstoreOf(context).shards.map(({ id }) => id)
  return jsonAnswer(groupOf(context).heartbeat(consumerOf(context), body as number[], shards, context.request.nowMs))
}

function saveCheckpoint(context: RouteContext): Answer {
  const { shard, checkpoint } = jsonObject(rawBody(context.request))
  const { query, nowMs } = context.request
  const logstore = logstoreOf(context)
  if (typeof checkpoint !== 'string') throw refusal('ParameterInvalid', 'checkpoint must be a text')
  const number = wholeNumberOf(shard)
  if (number === undefined) throw refusal('ShardNotExist', `shard ${String(shard)} does not exist`)
  const { id } = logstore.shard(number)
  const isForced = isTrue('forceSuccess', query.get('forceSuccess') || true)
  const consumer = isForced ? (query.get('consumer') ?? '').slice(0, 256) : consumerOf(context)
  groupOf(context).saveCheckpoint(id, consumer, checkpoint, isForced, nowMs)
  context.store.saveLogstore(logstore)
  return done
}

function showCheckpoints(context: RouteContext): Answer {
  const group = groupOf(context)
  if ((context.request.query.get('shard') ?? '') === '') return jsonAnswer(group.checkpointsShown())
  const { id } = logstoreOf(context).shard(queryNumber(context.request, 'shard', 0))
  return jsonAnswer([group.checkpointOf(id)])
}

function groupOf(context: RouteContext): ConsumerGroup {
  return logstoreOf(context).consumerGroup(context.params.group as string)
}

function consumerOf({ request }: RouteContext): string {
  const consumer = request.query.get('consumer') ?? ''
  if (!CONSUMER_NAME.test(consumer)) throw refusal('ParameterInvalid', 'consumer must be a name without blanks')
  return consumer
}

/** A flag, as a text in any case or not. */
function isTrue(name: string, value: unknown): boolean {
  const text = typeof value === 'string' ? value.toLowerCase() : value
  if (text === true || text === 'true') return true
  if (text === false || text === 'false') return false
  throw refusal('ParameterInvalid', `${name} must be true or false`)
}
