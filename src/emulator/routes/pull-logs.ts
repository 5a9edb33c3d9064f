/**
 * PullLogs (`type=log` and `type=logs`): up to `count` LogGroups from a cursor on, exactly the bytes that were written,
 * as a LogGroupList; LZ4 where `Accept-Encoding` names it.
 *
 * Not imitated: `query`, `pullMode` and `processor` are ignored, zstd and deflate answers are sent plain. An answer ends
 * at 10 MB of groups; the service's own limit is not known.
 */

import { limits } from '../../sls/limits.ts'
import type { Answer } from '../http/answer.ts'
import { lz4Compressed } from '../http/answer-compression.ts'
import { acceptsLz4, queryNumber, type Route, type RouteContext } from '../http/route.ts'
import { refusal } from '../http/service-error.ts'
import { cursorOf, sequenceOf } from '../store/cursor.ts'
import type { StoredGroup } from '../store/shard.ts'
import { logGroupList } from '../wire/log-group.ts'
import { shardOf } from './shards.ts'

export const pullLogs: Route = {
  method: 'GET',
  path: '/logstores/:logstore/shards/:shard',
  query: { type: ['log', 'logs'] },
  handle: pull,
}

function pull(context: RouteContext): Answer {
  const { request } = context
  const shard = shardOf(context)
  const count = queryNumber(request, 'count', 100)
  if (count < 1 || count > limits.pullLogGroups) throw refusal('ParameterInvalid', 'count must be 1 to 1000')
  const from = Math.max(sequenceOf(shard, request.query.get('cursor') ?? ''), shard.firstSequence)
  const endCursor = request.query.get('end_cursor') ?? request.query.get('endCursor') ?? ''
  const end = endCursor === '' ? shard.nextSequence : sequenceOf(shard, endCursor)
  const groups = withinLimit(shard.slice(from, Math.max(0, Math.min(count, end - from))))
  const body = logGroupList(groups.map(({ bytes }) => bytes))
  const compressed = body.length > 0 && acceptsLz4(request) ? lz4Compressed(body) : undefined
  const headers = {
    'content-type': 'application/x-protobuf',
    'x-log-cursor': cursorOf(shard, from + groups.length),
    'x-log-count': String(groups.length),
    'x-log-bodyrawsize': String(body.length),
    ...(compressed !== undefined && { 'x-log-compresstype': 'lz4' }),
  }
  return { status: 200, headers, body: compressed ?? body }
}

/** At least one, so that a reader always gets on. */
function withinLimit(groups: readonly StoredGroup[]): readonly StoredGroup[] {
  let bytes = 0
  const end = groups.findIndex((group, i) => {
    bytes += group.bytes.length
    return i > 0 && bytes > limits.serverBodyInBytes
  })
  return end < 0 ? groups : groups.slice(0, end)
}
