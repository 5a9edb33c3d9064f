/**
 * GetLogs: the old form (`GET ...?type=log`), and the newer `POST .../logs` with a JSON body and a `meta` part. Time
 * range (from inclusive, to exclusive, log time), topic, query (see query.ts), line, offset, reverse.
 *
 * Not imitated: SQL behind `|`, highlighting, power SQL, nanosecond ranges, token rules of an index: every field of
 * every log is searched. Without an index the service refuses; the emulator does so only with `strict`.
 */

import { limits } from '../../sls/limits.ts'
import { type Answer, jsonAnswer } from '../http/answer.ts'
import { lz4Compressed } from '../http/answer-compression.ts'
import { acceptsLz4, logstoreOf, type Route, type RouteContext } from '../http/route.ts'
import { refusal } from '../http/service-error.ts'
import { parseQuery } from '../search/query.ts'
import { matcherOf } from '../search/query-matcher.ts'
import { matchingLogs } from '../search/search.ts'
import type { Logstore } from '../store/logstore.ts'
import { flatLog, type StoredLog } from '../store/stored-log.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'

export const getLogs: readonly Route[] = [
  { method: 'GET', path: '/logstores/:logstore', query: { type: ['log'] }, handle: oldForm },
  { method: 'POST', path: '/logstores/:logstore/logs', handle: newForm },
]

type Parameters = (name: string) => unknown

/** Logs that match the search part of a request. */
export function searched(context: RouteContext, parameters: Parameters): StoredLog[] {
  const logstore = searchable(context)
  const range = { from: wholeNumber(parameters, 'from'), to: wholeNumber(parameters, 'to') }
  const topic = String(parameters('topic') ?? '')
  const matches = matcherOf(parseQuery(String(parameters('query') ?? '')))
  return [...matchingLogs(logstore, range, (log) => (topic === '' || log.topic === topic) && matches(log))]
}

export function wholeNumber(parameters: Parameters, name: string, byDefault?: number): number {
  const given = parameters(name)
  const value = given === undefined || given === null || given === '' ? byDefault : Number(given)
  if (value !== undefined && Number.isInteger(value) && value >= 0) return value
  throw refusal('ParameterInvalid', `${name} must be a whole number`)
}

function searchable(context: RouteContext): Logstore {
  const logstore = logstoreOf(context)
  if (context.policy.strict && logstore.index === undefined) {
    throw refusal('IndexConfigNotExist', `logstore ${logstore.name} without index config`)
  }
  return logstore
}

function oldForm(context: RouteContext): Answer {
  const data = page(context, (name) => context.request.query.get(name))
  return jsonAnswer(data, { 'x-log-progress': 'Complete', 'x-log-count': String(data.length) })
}

function newForm(context: RouteContext): Answer {
  const body = jsonObject(rawBody(context.request))
  const data = page(context, (name) => body[name])
  const answer = jsonAnswer({ meta: metaOf(data.length), data })
  const compressed = acceptsLz4(context.request) ? lz4Compressed(answer.body) : undefined
  if (compressed === undefined) return answer
  const sizes = { 'x-log-bodyrawsize': String(answer.body.length), 'x-log-compresstype': 'lz4' }
  return { ...answer, headers: { ...answer.headers, ...sizes }, body: compressed }
}

/** Oldest first, or newest first with `reverse`; logs of one instant in the order in which they came. */
function page(context: RouteContext, parameters: Parameters): Record<string, string>[] {
  const logs = searched(context, parameters)
  const isReverse = String(parameters('reverse') ?? 'false') === 'true'
  logs.sort((a, b) => a.time - b.time || (a.nanoseconds ?? 0) - (b.nanoseconds ?? 0))
  if (isReverse) logs.reverse()
  const offset = wholeNumber(parameters, 'offset', 0)
  const line = Math.min(wholeNumber(parameters, 'line', limits.getLogsLines), limits.getLogsLines)
  return logs.slice(offset, offset + line).map(flatLog)
}

/** `telementryType` is the service's own spelling. */
function metaOf(count: number): object {
  return {
    progress: 'Complete',
    aggQuery: '',
    whereQuery: '',
    hasSQL: false,
    processedRows: count,
    elapsedMillisecond: 1,
    cpuSec: 0,
    cpuCores: 0,
    limited: 0,
    count,
    processedBytes: 0,
    telementryType: '',
    powerSql: false,
    insertedSQL: '',
    keys: [],
    terms: [],
  }
}
