/**
 * GetHistograms (`GET ...?type=histogram`): how many logs match in each part of a time range.
 *
 * Not imitated: the service's own choice of parts; without `interval` the range is cut into at most 60.
 */
import { type Answer, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteContext } from '../http/route.ts'
import { refusal } from '../http/service-error.ts'
import { searched, wholeNumber } from './get-logs.ts'

const MOST_PARTS = 10_000

export const getHistograms: Route = {
  method: 'GET',
  path: '/logstores/:logstore',
  query: { type: ['histogram'] },
  handle: histograms,
}

function histograms(context: RouteContext): Answer {
  const parameters = (name: string) => context.request.query.get(name)
  const from = wholeNumber(parameters, 'from')
  const to = wholeNumber(parameters, 'to')
  const interval = Math.max(1, wholeNumber(parameters, 'interval', Math.ceil((to - from) / 60)))
  if ((to - from) / interval > MOST_PARTS) throw refusal('ParameterInvalid', 'interval is too small for this range')
  const logs = searched(context, parameters)
  const counts = new Map<number, number>()
  for (const { time } of logs) {
    const part = Math.floor((time - from) / interval)
    counts.set(part, (counts.get(part) ?? 0) + 1)
  }
  const parts = []
  for (let start = from, part = 0; start < to; start += interval, part++) {
    const end = Math.min(start + interval, to)
    parts.push({ from: start, to: end, count: counts.get(part) ?? 0, progress: 'Complete' })
  }
  return jsonAnswer(parts, { 'x-log-progress': 'Complete', 'x-log-count': String(logs.length) })
}
