/**
 * PullLogs (`type=log` and `type=logs`): up to `count` LogGroups from a cursor on, exactly the bytes that were written,
 * as a LogGroupList; compressed where `Accept-Encoding` names lz4, zstd or deflate.
 *
 * Not imitated: `query`, `pullMode` and `processor` are refused. An answer ends at 10 MB of groups; the service's own
 * limit is not known.
 */

import { limits } from '../../sls/limits.ts'
import type { Answer } from '../http/answer.ts'
import { compressedAnswer } from '../http/answer-compression.ts'
import type { Request } from '../http/request.ts'
import { refusal } from '../http/service-error.ts'
import { cursorOf, sequenceOf } from '../store/cursor.ts'
import type { StoredGroup } from '../store/shard.ts'
import { logGroupList } from '../wire/log-group.ts'
import { queryNumber, type Route, type RouteContext } from './route.ts'
import { shardOf } from './shards.ts'

/** PullLogs. */
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
  for (const name of ['query', 'pullMode', 'processor']) refuseUnless(request, name)
  if (count < 1 || count > limits.pullLogGroups) throw refusal('ParameterInvalid', 'count must be 1 to 1000')
  const from = Math.max(sequenceOf(shard, request.query.get('cursor') ?? ''), shard.firstSequence)
  const endCursor = request.query.get('end_cursor') ?? request.query.get('endCursor') ?? ''
  const end = endCursor === '' ? shard.nextSequence : sequenceOf(shard, endCursor)
  const groups = withinLimit(shard.slice(from, Math.max(0, Math.min(count, end - from))))
  const body = logGroupList(groups.map(({ bytes }) => bytes))
  const headers = {
    'content-type': 'application/x-protobuf',
    'x-log-cursor': cursorOf(shard, from + groups.length),
    'x-log-count': String(groups.length),
    'x-log-bodyrawsize': String(body.length),
  }
  return compressedAnswer(request, { status: 200, headers, body })
}

/** What would change the answer is not passed over in silence. */
function refuseUnless({ query }: Request, name: string): void {
  const value = query.get(name) ?? ''
  if (value === '' || (name === 'pullMode' && value !== 'scan_on_stream')) return
  throw refusal('ParameterInvalid', `${name} of PullLogs is not imitated by the emulator`)
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
