/**
 * GetHistograms (`GET ...?type=histogram`, and the same at `/index`, which some SDKs use): how many logs match in each part
 * of a time range.
 *
 * Not imitated: how the service chooses the parts. Without `interval` there are at most 60.
 */
import { type Answer, jsonAnswer } from '../http/answer.ts'
import { compressedAnswer } from '../http/answer-compression.ts'
import { refusal } from '../http/service-error.ts'
import { searchCounts } from '../search/search.ts'
import { splitQuery } from '../search/sql.ts'
import type { Route, RouteContext } from './route.ts'
import { inLine, queryParameters, rangeOf, searchOf, textOf, wholeNumber } from './search-parameters.ts'

const MOST_PARTS = 10_000

/** GetHistograms, at both of its paths. */
export const getHistograms: readonly Route[] = ['/logstores/:logstore', '/logstores/:logstore/index'].map((path) => ({
  method: 'GET',
  path,
  query: { type: ['histogram'] },
  handle: histograms,
}))

async function histograms(context: RouteContext): Promise<Answer> {
  const parameters = queryParameters(context)
  const { from, to } = rangeOf(parameters)
  const interval = Math.max(1, wholeNumber(parameters, 'interval', Math.ceil((to - from) / 60)))
  const partCount = Math.ceil((to - from) / interval)
  if (partCount > MOST_PARTS) throw refusal('ParameterInvalid', 'interval is too small for this range')
  const search = searchOf(context, parameters, splitQuery(textOf(parameters, 'query')).search)
  const partOf = (time: number) => Math.floor((time - from) / interval)
  const { counts, isComplete } = await inLine(context, () => searchCounts(search, partOf))
  const progress = isComplete ? 'Complete' : 'Incomplete'
  const parts = Array.from({ length: partCount }, (_, part) => {
    const start = from + part * interval
    return { from: start, to: Math.min(start + interval, to), count: counts.get(part) ?? 0, progress }
  })
  const total = parts.reduce((sum, { count }) => sum + count, 0)
  return compressedAnswer(
    context.request,
    jsonAnswer(parts, { 'x-log-progress': progress, 'x-log-count': String(total) }),
  )
}
