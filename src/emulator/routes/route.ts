import type { RouteTable } from '../../server/route-table.ts'
import type { Counters } from '../counters.ts'
import type { Answer } from '../http/answer.ts'
import type { Request, RequestHead } from '../http/request.ts'
import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'
import type { ScriptedRequest } from '../script/script.ts'
import type { SearchLine } from '../search/line.ts'
import type { Logstore } from '../store/logstore.ts'
import type { Store } from '../store/store.ts'

/** The arguments of a route. */
export interface RouteContext {
  readonly request: Request
  /** Values of the `:name` parts of the path. */
  readonly params: Readonly<Record<string, string>>
  readonly store: Store
  readonly counters: Counters
  readonly scripted: ScriptedRequest
  readonly policy: Policy
  readonly searches: SearchLine
}

/** The options of the emulator that decide how strict it is. */
export interface Policy {
  /** Whether to enforce documented rules that the service does not enforce. */
  readonly strict: boolean
  /** See `EmulatorOptions.verify`. */
  readonly verify: boolean
  readonly discard: boolean
  /** See `EmulatorOptions.maxScannedLogs`. */
  readonly maxScannedLogs: number
}

/** A kind of request and its handler. */
export interface Route {
  readonly method: string
  /** A part that begins with a colon matches anything; the value is passed under that name. */
  readonly path: string
  /** Values that the query must have. A key with several values accepts any of them. */
  readonly query?: Readonly<Record<string, readonly string[]>>
  /** Whether it needs no signature. */
  readonly isPublic?: boolean
  handle(context: RouteContext): Answer | Promise<Answer>
}

/** A route, and the values of the named parts of the path. */
export interface RouteMatch {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Finds the route of a request. Throws `InvalidMethod`, or names the unknown `type` if only that does not match. */
export function findRoute(table: RouteTable<Route>, head: RequestHead): RouteMatch {
  const isAsked = (route: Route) => queryMatches(route, head)
  const found = table.find(head.method, head.segments, isAsked)
  if (found.route !== undefined) return { route: found.route, params: found.params }
  const type = head.query.get('type')
  if (type !== undefined && found.methods.includes(head.method)) {
    throw refusal('ParameterInvalid', `type ${type} of ${head.method} ${head.path} is not imitated by the emulator`)
  }
  throw refusal('InvalidMethod', `invalid request method : ${head.method} ${head.path}`)
}

/** The logstore of the path, which must exist. */
export function logstoreOf({ store, request, params }: RouteContext): Logstore {
  const logstore = store.logstore(request.project, params.logstore as string)
  store.expire(logstore, request.nowMs)
  return logstore
}

/** A whole number of the query, 0 or more. Empty means absent: the Node SDK sends it so. */
export function queryNumber(request: Request, name: string, byDefault: number): number {
  const text = request.query.get(name) ?? ''
  if (text === '') return byDefault
  const value = wholeNumberOf(text)
  if (value === undefined || value < 0) throw refusal('ParameterInvalid', `${name} must be a number`)
  return value
}

/** A page of names in alphabetic order, by `offset` and `size`. The parameter named by `filter` gives a part of the name. */
export function pageOfNames(request: Request, all: readonly string[], filter: string) {
  const wanted = request.query.get(filter) ?? ''
  const names = all.filter((name) => name.includes(wanted)).sort()
  const offset = queryNumber(request, 'offset', 0)
  const size = queryNumber(request, 'size', 100)
  return { page: names.slice(offset, offset + Math.min(size, 500)), total: names.length }
}

function queryMatches(route: Route, head: RequestHead): boolean {
  // A route without a type does not match a request with one: it would answer a different question.
  if (route.query?.type === undefined && (head.query.get('type') ?? '') !== '' && route.method === 'GET') return false
  return Object.entries(route.query ?? {}).every(([key, values]) => values.includes(head.query.get(key) ?? ''))
}
