/**
 * PullLogs (`type=log` and `type=logs`): up to `count` LogGroups from a cursor, with exactly the bytes that were written, as
 * a LogGroupList. It is compressed if `Accept-Encoding` names lz4, zstd or deflate.
 *
 * Of `query` (SPL) only `* | where CONDITION` is imitated; a group that loses logs by it is encoded again. `processor`, and
 * `pullMode` without a query, are refused. An answer ends at 10 MB of groups; the limit of the service is not known.
 */

import { limits } from '../../sls/limits.ts'
import type { Answer } from '../http/answer.ts'
import { compressedAnswer } from '../http/answer-compression.ts'
import type { Request } from '../http/request.ts'
import { refusal } from '../http/service-error.ts'
import { type RuledGroups, ruledGroups, streamRuleOf } from '../search/stream-rule.ts'
import { cursorOf, sequenceOf } from '../store/cursor.ts'
import type { StoredGroup } from '../store/shard.ts'
import { logGroupList } from '../wire/log-group.ts'
import { queryNumber, type Route, type RouteContext } from './route.ts'
import { inLine } from './search-parameters.ts'
import { shardOf } from './shards.ts'

/** PullLogs. */
export const pullLogs: Route = {
  method: 'GET',
  path: '/logstores/:logstore/shards/:shard',
  query: { type: ['log', 'logs'] },
  handle: pull,
}

async function pull(context: RouteContext): Promise<Answer> {
  const { request } = context
  const shard = shardOf(context)
  const count = queryNumber(request, 'count', 100)
  const rule = streamRuleOf(request.query.get('query') ?? '')
  for (const name of rule === undefined ? ['pullMode', 'processor'] : ['processor']) refuseUnless(request, name)
  if (count < 1 || count > limits.pullLogGroups) throw refusal('ParameterInvalid', 'count must be 1 to 1000')
  const from = Math.max(sequenceOf(shard, request.query.get('cursor') ?? ''), shard.firstSequence)
  const endCursor = request.query.get('end_cursor') ?? request.query.get('endCursor') ?? ''
  const end = endCursor === '' ? shard.nextSequence : sequenceOf(shard, endCursor)
  const groups = withinLimit(shard.slice(from, Math.max(0, Math.min(count, end - from))))
  const pulled = groups.map(({ bytes }) => bytes)
  const ruled = rule && (await inLine(context, () => ruledGroups(pulled, rule, request.signal)))
  const body = logGroupList(ruled?.groups ?? pulled)
  const headers = {
    'content-type': 'application/x-protobuf',
    'x-log-cursor': cursorOf(shard, from + groups.length),
    'x-log-count': String(ruled?.groups.length ?? groups.length),
    'x-log-bodyrawsize': String(body.length),
    ...(ruled && ruleHeaders(pulled, ruled)),
  }
  return compressedAnswer(request, { status: 200, headers, body })
}

/** Headers with the counts before and after the query. */
function ruleHeaders(pulled: readonly Uint8Array[], { linesBefore, lines }: RuledGroups): Record<string, string> {
  return {
    'x-log-rawdatacount': String(pulled.length),
    'x-log-rawdatasize': String(pulled.reduce((sum, { length }) => sum + length, 0)),
    'x-log-rawdatalines': String(linesBefore),
    'x-log-resultlines': String(lines),
    'x-log-failedlines': '0',
  }
}

/** A parameter that would change the answer is refused, not ignored. */
function refuseUnless({ query }: Request, name: string): void {
  const value = query.get(name) ?? ''
  if (value === '' || (name === 'pullMode' && value !== 'scan_on_stream')) return
  throw refusal('ParameterInvalid', `${name} of PullLogs is not imitated by the emulator`)
}

/** The groups up to the size limit, but at least one, so that a reader always makes progress. */
function withinLimit(groups: readonly StoredGroup[]): readonly StoredGroup[] {
  let bytes = 0
  const end = groups.findIndex((group, i) => {
    bytes += group.bytes.length
    return i > 0 && bytes > limits.serverBodyInBytes
  })
  return end < 0 ? groups : groups.slice(0, end)
}
