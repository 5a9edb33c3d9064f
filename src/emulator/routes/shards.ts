/**
 * ListShards, and SplitShard and MergeShards (`POST ...?action=`). A split or merged shard becomes readonly and keeps
 * its data; new shards get the next free ids.
 *
 * Not imitated: splitting takes no time, a split into more than two is refused, there is no automatic split.
 */
import { type Answer, jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import { parseHashKey } from '../store/hash-range.ts'
import type { Shard } from '../store/shard.ts'
import { logstoreOf, type Route, type RouteContext } from './route.ts'

/** Shards. */
export const shardRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/logstores/:logstore/shards',
    handle: (context) => jsonAnswer(logstoreOf(context).shards),
  },
  { method: 'POST', path: '/logstores/:logstore/shards/:shard', query: { action: ['split'] }, handle: split },
  { method: 'POST', path: '/logstores/:logstore/shards/:shard', query: { action: ['merge'] }, handle: merge },
]

/** The shard of the path, which must exist. */
export function shardOf(context: RouteContext): Shard {
  const id = context.params.shard as string
  if (!/^\d{1,9}$/.test(id)) throw refusal('ShardNotExist', `shard ${id} does not exist`)
  return logstoreOf(context).shard(Number(id))
}

function split(context: RouteContext): Answer {
  const { request, store } = context
  const text = request.query.get('key') ?? ''
  const count = request.query.get('shardCount') ?? ''
  if (count !== '' && count !== '2') throw refusal('ParameterInvalid', 'the emulator splits a shard in two only')
  const key = text === '' ? undefined : parseHashKey(text)
  if (text !== '' && key === undefined) throw refusal('ParameterInvalid', 'key must be up to 32 hex digits')
  const logstore = logstoreOf(context)
  const shards = logstore.split(shardOf(context).id, key, request.nowMs)
  store.logstoreChanged(logstore, request.nowMs)
  return jsonAnswer(shards)
}

function merge(context: RouteContext): Answer {
  const logstore = logstoreOf(context)
  const shards = logstore.merge(shardOf(context).id, context.request.nowMs)
  context.store.logstoreChanged(logstore, context.request.nowMs)
  return jsonAnswer(shards)
}
