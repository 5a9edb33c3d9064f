/**
 * ListShards, and SplitShard and MergeShards (`POST ...?action=`). A shard that was split or merged becomes readonly and
 * keeps its data; new shards get the next free ids.
 *
 * Not imitated: a split takes no time; there are no automatic splits.
 */
import { type Answer, jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'
import { parseHashKey } from '../store/hash-range.ts'
import type { Shard } from '../store/shard.ts'
import { logstoreOf, type Route, type RouteContext } from './route.ts'

// The limit of automatic splits of the service.
const MOST_NEW_SHARDS = 64

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
  const id = wholeNumberOf(context.params.shard)
  if (id === undefined) throw refusal('ShardNotExist', `shard ${context.params.shard} does not exist`)
  return logstoreOf(context).shard(id)
}

function split(context: RouteContext): Answer {
  const { request, store } = context
  const at = splitAt(request.query.get('key') ?? '', request.query.get('shardCount') ?? '')
  const logstore = logstoreOf(context)
  const shards = logstore.split(shardOf(context).id, at, request.nowMs)
  store.logstoreChanged(logstore, request.nowMs)
  return jsonAnswer(shards)
}

/** A key splits a shard in two, a count into that many. Without either, it is split in the middle. */
function splitAt(keyText: string, countText: string): { key: bigint } | { count: number } {
  const count = countText === '' ? 2 : wholeNumberOf(countText)
  if (count === undefined) throw refusal('ParameterInvalid', 'shardCount must be a number')
  if (count < 2 || count > MOST_NEW_SHARDS) {
    throw refusal('ParameterInvalid', `shardCount must be 2 to ${MOST_NEW_SHARDS}`)
  }
  if (keyText === '') return { count }
  if (count > 2) throw refusal('ParameterInvalid', 'a shard is split at a key, or into shardCount parts of one size')
  const key = parseHashKey(keyText)
  if (key === undefined) throw refusal('ParameterInvalid', 'key must be up to 32 hex digits')
  return { key }
}

function merge(context: RouteContext): Answer {
  const logstore = logstoreOf(context)
  const shards = logstore.merge(shardOf(context).id, context.request.nowMs)
  context.store.logstoreChanged(logstore, context.request.nowMs)
  return jsonAnswer(shards)
}
