/**
 * GetLogs, in the old form (`GET ...?type=log`) and the newer one (`POST .../logs` with a JSON body and an answer with
 * `meta`). Parameters: time range (log time; from is inclusive, to is exclusive), topic, query (see search/query.ts), line,
 * offset, reverse. After `|`, SQL over the logs that the search finds (see search/sql.ts).
 *
 * An answer is `Incomplete` if examining all logs would take more than `maxScannedLogs`, or if the page is larger than 10
 * MB. Unlike the service, asking again gives the same answer.
 *
 * Not imitated: highlighting, power SQL, nanosecond ranges, the token rules of an index. Every field of every log is
 * searched. A logstore without an index is refused by the service, by the emulator only with `strict`.
 */
import { limits } from '../../sls/limits.ts'
import { type Answer, jsonAnswer } from '../http/answer.ts'
import { compressedAnswer } from '../http/answer-compression.ts'
import { searchPage } from '../search/search.ts'
import { type SqlResult, splitQuery, sqlOver } from '../search/sql.ts'
import type { FoundLog } from '../search/top-page.ts'
import { flatLog, packMetaOf } from '../store/stored-log.ts'
import type { LogView } from '../wire/log-view.ts'
import type { Route, RouteContext } from './route.ts'
import {
  bodyParameters,
  inLine,
  type Parameters,
  pageOf,
  queryParameters,
  searchOf,
  textOf,
} from './search-parameters.ts'

/** GetLogs in both forms. */
export const getLogs: readonly Route[] = [
  { method: 'GET', path: '/logstores/:logstore', query: { type: ['log'] }, handle: oldForm },
  { method: 'POST', path: '/logstores/:logstore/logs', handle: newForm },
]

type Row = Readonly<Record<string, string>>

interface Found {
  readonly rows: readonly Row[]
  readonly isComplete: boolean
  readonly scannedLogs: number
  readonly sql: SqlResult | undefined
  readonly whereQuery: string
}

async function oldForm(context: RouteContext): Promise<Answer> {
  const found = await inLine(context, () => find(context, queryParameters(context)))
  const { rows, sql } = found
  return compressedAnswer(
    context.request,
    jsonAnswer(rows, {
      'x-log-progress': progressOf(found),
      'x-log-count': String(rows.length),
      'x-log-processed-rows': String(found.scannedLogs),
      'x-log-has-sql': String(sql !== undefined),
      'x-log-where-query': encodeURIComponent(found.whereQuery),
      'x-log-query-info': JSON.stringify(queryInfo(found)),
      ...(sql !== undefined && { 'x-log-agg-query': encodeURIComponent(sql.statement) }),
    }),
  )
}

async function newForm(context: RouteContext): Promise<Answer> {
  const parameters = bodyParameters(context)
  const found = await inLine(context, () => find(context, parameters))
  return compressedAnswer(context.request, jsonAnswer({ meta: metaOf(found), data: found.rows }))
}

async function find(context: RouteContext, parameters: Parameters): Promise<Found> {
  const { search: whereQuery, statement } = splitQuery(textOf(parameters, 'query'))
  const search = searchOf(context, parameters, whereQuery)
  const withMeta = statement?.toLowerCase() === 'with_pack_meta'
  if (statement !== undefined && !withMeta) {
    const sql = await sqlOver(search, statement)
    return { ...sql, sql, whereQuery }
  }
  const { found, isComplete, scannedLogs } = await searchPage(search, pageOf(parameters))
  const shown = withinLimit(found)
  const rows = shown.map(({ log, arrival }) =>
    withMeta ? { ...flatLog(log), ...packMeta(log, arrival) } : flatLog(log),
  )
  return { rows, isComplete: isComplete && shown.length === found.length, scannedLogs, sql: undefined, whereQuery }
}

/** The fields that GetContextLogs needs. */
function packMeta(log: LogView, arrival: number): Row {
  const packId = log.head.tags.find(([key]) => key === '__pack_id__')?.[1]
  return packId === undefined ? {} : { __pack_meta__: packMetaOf(log, arrival), '__tag__:__pack_id__': packId }
}

/** The logs up to the size limit, but at least one, so that a reader always makes progress. */
function withinLimit(logs: readonly FoundLog[]): readonly FoundLog[] {
  let bytes = 0
  const end = logs.findIndex(({ log }, i) => {
    bytes += log.sizeInBytes
    return i > 0 && bytes > limits.serverBodyInBytes
  })
  return end < 0 ? logs : logs.slice(0, end)
}

function progressOf({ isComplete }: Found): 'Complete' | 'Incomplete' {
  return isComplete ? 'Complete' : 'Incomplete'
}

/** The content of `x-log-query-info`, which older SDKs read. */
function queryInfo({ sql, rows }: Found): object {
  return { keys: sql?.columns ?? [], terms: [], limited: String(sql === undefined ? 0 : rows.length), mode: 1 }
}

/** `telementryType` is the service's own spelling. */
function metaOf(found: Found): object {
  const { rows, sql, scannedLogs, whereQuery } = found
  return {
    progress: progressOf(found),
    aggQuery: sql?.statement ?? '',
    whereQuery,
    hasSQL: sql !== undefined,
    processedRows: scannedLogs,
    elapsedMillisecond: 1,
    cpuSec: 0,
    cpuCores: 0,
    limited: sql === undefined ? 0 : rows.length,
    count: rows.length,
    processedBytes: 0,
    telementryType: '',
    powerSql: false,
    insertedSQL: '',
    keys: sql?.columns ?? [],
    terms: [],
    columnTypes: sql?.columns.map(() => 'varchar') ?? [],
    isAccurate: true,
    scanBytes: 0,
    mode: 0,
    phraseQueryInfo: null,
  }
}
