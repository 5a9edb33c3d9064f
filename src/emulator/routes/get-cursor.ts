/**
 * GetCursor (`type=cursor&from=begin|end|seconds`) and GetCursorTime (`type=cursor_time`). Times are those at which the
 * server received the logs, not log times.
 *
 * Imitated completely, as far as known. If the oldest groups have been dropped, `begin` is the oldest one that is left.
 */
import { type Answer, jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'
import { cursorOf, sequenceOf } from '../store/cursor.ts'
import type { Shard } from '../store/shard.ts'
import type { Route, RouteContext } from './route.ts'
import { shardOf } from './shards.ts'

// In milliseconds this is still an exact number.
const LATEST_SECONDS = 1e12

const path = '/logstores/:logstore/shards/:shard'

/** GetCursor and GetCursorTime. */
export const getCursor: readonly Route[] = [
  { method: 'GET', path, query: { type: ['cursor'] }, handle: cursor },
  { method: 'GET', path, query: { type: ['cursor_time'] }, handle: cursorTime },
]

function cursor(context: RouteContext): Answer {
  const shard = shardOf(context)
  return jsonAnswer({ cursor: cursorOf(shard, sequenceFrom(shard, context.request.query.get('from') ?? '')) })
}

function sequenceFrom(shard: Shard, from: string): number {
  if (from === 'begin') return shard.firstSequence
  if (from === 'end') return shard.nextSequence
  const seconds = wholeNumberOf(from)
  if (seconds !== undefined && seconds >= 0 && seconds < LATEST_SECONDS) return shard.sequenceAt(seconds * 1000)
  throw refusal('ParameterInvalid', 'from must be begin, end or epoch seconds')
}

function cursorTime(context: RouteContext): Answer {
  const shard = shardOf(context)
  const sequence = sequenceOf(shard, context.request.query.get('cursor') ?? '')
  const receivedAtMs = shard.slice(sequence, 1)[0]?.receivedAtMs ?? context.request.nowMs
  return jsonAnswer({ cursor_time: Math.floor(receivedAtMs / 1000) })
}
