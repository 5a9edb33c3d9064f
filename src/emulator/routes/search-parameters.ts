import { limits } from '../../sls/limits.ts'
import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'
import type { Search } from '../search/search.ts'
import type { Logstore } from '../store/logstore.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'
import { logstoreOf, type RouteContext } from './route.ts'

/** Parameters of a call by name, from the query or from a JSON body. */
export type Parameters = (name: string) => unknown

// Log times are unsigned 32-bit numbers.
const LATEST_TIME = 2 ** 32
const LARGEST_OFFSET = 100_000
const MOST_WAITING = 100

/** The parameters of a `GET`. */
export function queryParameters({ request }: RouteContext): Parameters {
  return (name) => request.query.get(name)
}

/** The parameters of a `POST` with a JSON body. */
export function bodyParameters({ request }: RouteContext): Parameters {
  const body = jsonObject(rawBody(request))
  return (name) => (Object.hasOwn(body, name) ? body[name] : undefined)
}

/** A whole number, 0 or more. Refuses other values, and a missing one without a default. */
export function wholeNumber(parameters: Parameters, name: string, byDefault?: number): number {
  const given = parameters(name)
  const value = given === undefined || given === null || given === '' ? byDefault : wholeNumberOf(given)
  if (value !== undefined && value >= 0) return value
  throw refusal('ParameterInvalid', `${name} must be a whole number`)
}

/** `true` or `false`, as a text or as a boolean. */
export function flag(parameters: Parameters, name: string): boolean {
  const text = typeof parameters(name) === 'boolean' ? String(parameters(name)) : textOf(parameters, name).toLowerCase()
  if (text === '' || text === 'false') return false
  if (text === 'true') return true
  throw refusal('ParameterInvalid', `${name} must be true or false`)
}

/** A text, empty if it is missing. Refuses other values. */
export function textOf(parameters: Parameters, name: string): string {
  const given = parameters(name) ?? ''
  if (typeof given === 'string') return given
  throw refusal('ParameterInvalid', `${name} must be a text`)
}

/** The range of log times that a call names. */
export function rangeOf(parameters: Parameters): { readonly from: number; readonly to: number } {
  const from = wholeNumber(parameters, 'from')
  const to = wholeNumber(parameters, 'to')
  if (from > to) throw refusal('ParameterInvalid', 'from must not be after to')
  // There are no logs beyond the latest log time.
  return { from: Math.min(from, LATEST_TIME), to: Math.min(to, LATEST_TIME) }
}

/** The search of a call. @param query without the part after `|` */
export function searchOf(context: RouteContext, parameters: Parameters, query: string): Search {
  return {
    logstore: searchable(context),
    range: rangeOf(parameters),
    topic: textOf(parameters, 'topic'),
    query,
    maxWork: context.policy.maxScannedLogs,
    signal: context.request.signal,
  }
}

/** The page that a call asks for. A `line` above the maximum of the service is lowered to it. */
export function pageOf(parameters: Parameters) {
  const offset = wholeNumber(parameters, 'offset', 0)
  if (offset > LARGEST_OFFSET) throw refusal('ParameterInvalid', `offset must not be larger than ${LARGEST_OFFSET}`)
  const count = Math.min(wholeNumber(parameters, 'line', limits.getLogsLines), limits.getLogsLines)
  return { offset, count, isReverse: flag(parameters, 'reverse') }
}

/** Runs a search after all earlier ones. Refuses it if too many wait. */
export function inLine<T>({ searches }: RouteContext, search: () => Promise<T>): Promise<T> {
  if (searches.length >= MOST_WAITING) throw refusal('ReadQuotaExceed', 'too many searches at once')
  return searches.run(search)
}

function searchable(context: RouteContext): Logstore {
  const logstore = logstoreOf(context)
  if (context.policy.strict && logstore.index === undefined) {
    throw refusal('IndexConfigNotExist', `logstore ${logstore.name} without index config`)
  }
  return logstore
}
