/**
 * PutLogs (PostLogStoreLogs) at `/shards/lb`, `/shards/route?key=` and `/logstores/{name}`, which the Go SDK uses; each as
 * protobuf, as JSON, or as a package list with `x-log-mode: batch_group`. A request is accepted or refused as a whole.
 *
 * Not imitated: `processor` and `seqid` are ignored, `appendMeta` adds no tags, the number of logs in a group is not
 * limited, and only scripted quotas apply. Log times and keys are checked only with `strict`. A wrong digest is refused with
 * `SignatureNotMatch`.
 */
import { type Answer, done } from '../http/answer.ts'
import { headerOf } from '../http/request.ts'
import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'
import { parseHashKey } from '../store/hash-range.ts'
import type { Logstore } from '../store/logstore.ts'
import { NAME } from '../store/logstore-settings.ts'
import type { Shard } from '../store/shard.ts'
import { decodedLogs } from '../store/stored-log.ts'
import { decodeLogGroup } from '../wire/log-group.ts'
import { checkLogRules } from '../wire/log-rules.ts'
import { type ReceivedGroup, receivedGroups } from '../wire/write-body.ts'
import type { Route, RouteContext } from './route.ts'

const STRICT_LOGSTORE = /^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/

/** PutLogs at all of its paths. */
export const putLogs: readonly Route[] = [
  { method: 'POST', path: '/logstores/:logstore/shards/lb', handle: put },
  { method: 'POST', path: '/logstores/:logstore/shards/route', handle: put },
  { method: 'POST', path: '/logstores/:logstore', handle: put },
]

function put(context: RouteContext): Answer {
  const { request, store, counters, policy } = context
  if (!policy.verify) {
    const rawSize = wholeNumberOf(headerOf(request.headers, 'x-log-bodyrawsize')) ?? request.body.length
    counters.countWrite(0, request.body.length, rawSize)
    return done
  }
  checkLogstoreName(context)
  const groups = receivedGroups(request)
  for (const group of groups) checkLogs(context, group)
  const logstore = store.logstoreToWrite(request.project, context.params.logstore as string, request.nowMs)
  const rawBytes = groups.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const shard = logstore.shardFor(hashKey(context))
  checkQuota(context, shard, rawBytes)
  for (const group of groups) if (!policy.discard) append(context, logstore, shard, group)
  counters.countWrite(
    groups.reduce((sum, { logCount }) => sum + logCount, 0),
    request.body.length,
    rawBytes,
  )
  return done
}

/** For an invalid name, the service does not answer here that the logstore is missing, but that it does not know the call. */
function checkLogstoreName({ request, params, policy }: RouteContext): void {
  const rule = policy.strict ? STRICT_LOGSTORE : NAME
  if (!rule.test(params.logstore as string)) {
    throw refusal('InvalidMethod', `invalid request method : ${request.path}`)
  }
}

function checkLogs({ request, policy, scripted }: RouteContext, group: ReceivedGroup): void {
  if (policy.strict) checkLogRules(decodeLogGroup(group.bytes), request.nowMs)
  const { refuseLog } = scripted.effect
  if (refuseLog !== undefined && [...decodedLogs(group.bytes)].some(refuseLog)) {
    throw refusal('PostBodyInvalid', 'a log is refused by the script')
  }
}

function hashKey({ request }: RouteContext): bigint | undefined {
  const isRouted = request.segments[3] === 'route'
  const text = isRouted ? (request.query.get('key') ?? '') : headerOf(request.headers, 'x-log-hashkey')
  if (text === undefined) return undefined
  const key = parseHashKey(text)
  if (key === undefined) throw refusal('ParameterInvalid', 'key must be up to 32 hex digits')
  return key
}

function checkQuota({ request, scripted }: RouteContext, shard: Shard, bytes: number): void {
  const { shardBuckets, projectBuckets } = scripted
  if (projectBuckets?.tryTake(request.project, bytes) === false) {
    throw refusal('WriteQuotaExceed', 'Project write quota exceed')
  }
  if (shardBuckets?.tryTake(`${request.project}/${request.segments[1]}/${shard.id}`, bytes) === false) {
    throw refusal('ShardWriteQuotaExceed', `shard write quota exceed, shard ${shard.id}`)
  }
}

function append({ store, request }: RouteContext, logstore: Logstore, shard: Shard, group: ReceivedGroup): void {
  store.append(logstore, shard, { ...group, receivedAtMs: request.nowMs, requestId: request.requestId })
}
