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

/** What a route works with. */
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

/** What the emulator was told about how strict it is to be. */
export interface Policy {
  /** Documented rules hold to the letter. */
  readonly strict: boolean
  /** Whether writes are checked at all; see `EmulatorOptions.verify`. */
  readonly verify: boolean
  readonly discard: boolean
  /** See `EmulatorOptions.maxScannedLogs`. */
  readonly maxScannedLogs: number
}

/** One kind of request and what answers it. */
export interface Route {
  readonly method: string
  /** Parts that begin with a colon match anything and are handed on under that name. */
  readonly path: string
  /** Values that the query must have; a key with several takes any of them. */
  readonly query?: Readonly<Record<string, readonly string[]>>
  /** Needs no signature. */
  readonly isPublic?: boolean
  handle(context: RouteContext): Answer | Promise<Answer>
}

/** A route with the parts of the path that it names. */
export interface RouteMatch {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Finds the route of a request; throws `InvalidMethod`, and names what of the query is unknown where the path is not. */
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

/** A whole number of the query, 0 or more; empty means absent, as the Node SDK sends it. */
export function queryNumber(request: Request, name: string, byDefault: number): number {
  const text = request.query.get(name) ?? ''
  if (text === '') return byDefault
  const value = wholeNumberOf(text)
  if (value === undefined || value < 0) throw refusal('ParameterInvalid', `${name} must be a number`)
  return value
}

/** A page of names in alphabetic order, by `offset`, `size` and a part of the name that the parameter `filter` gives. */
export function pageOfNames(request: Request, all: readonly string[], filter: string) {
  const wanted = request.query.get(filter) ?? ''
  const names = all.filter((name) => name.includes(wanted)).sort()
  const offset = queryNumber(request, 'offset', 0)
  const size = queryNumber(request, 'size', 100)
  return { page: names.slice(offset, offset + Math.min(size, 500)), total: names.length }
}

function queryMatches(route: Route, head: RequestHead): boolean {
  // A route that asks for no type does not take a request that names one: it would answer something else.
  if (route.query?.type === undefined && (head.query.get('type') ?? '') !== '' && route.method === 'GET') return false
  return Object.entries(route.query ?? {}).every(([key, values]) => values.includes(head.query.get(key) ?? ''))
}
