import type { Counters } from '../counters.ts'
import type { ScriptedRequest } from '../script/script.ts'
import type { Logstore } from '../store/logstore.ts'
import type { Store } from '../store/store.ts'
import type { Answer } from './answer.ts'
import { headerOf, type Request, type RequestHead } from './request.ts'
import { refusal } from './service-error.ts'

/** What a route works with. */
export interface RouteContext {
  readonly request: Request
  /** Values of the `:name` parts of the path. */
  readonly params: Readonly<Record<string, string>>
  readonly store: Store
  readonly counters: Counters
  readonly scripted: ScriptedRequest
  readonly policy: Policy
}

export interface Policy {
  /** Documented rules hold to the letter. */
  readonly strict: boolean
  /** Whether writes are checked at all; see `EmulatorOptions.verify`. */
  readonly verify: boolean
  readonly discard: boolean
}

export interface Route {
  readonly method: string
  /** Parts that begin with a colon match anything and are handed on under that name. */
  readonly path: string
  /** Values that the query must have; a key with several takes any of them. */
  readonly query?: Readonly<Record<string, readonly string[]>>
  /** Needs no signature. */
  readonly isPublic?: boolean
  handle(context: RouteContext): Answer
}

export interface RouteMatch {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

export function findRoute(routes: readonly Route[], head: RequestHead): RouteMatch {
  for (const route of routes) {
    if (route.method !== head.method || !queryMatches(route, head)) continue
    const params = pathParams(route.path.split('/').slice(1), head.segments)
    if (params !== undefined) return { route, params }
  }
  throw refusal('InvalidMethod', `invalid request method : ${head.method} ${head.path}`)
}

/** The logstore of the path, which must exist. */
export function logstoreOf({ store, request, params }: RouteContext): Logstore {
  return store.logstore(request.project, params.logstore as string)
}

/** A whole number of the query; empty means absent, as the Node SDK sends it. */
export function queryNumber(request: Request, name: string, byDefault: number): number {
  const text = request.query.get(name) ?? ''
  if (text === '') return byDefault
  if (!/^-?\d{1,15}$/.test(text)) throw refusal('ParameterInvalid', `${name} must be a number`)
  return Number(text)
}

/** Clients' HTTP libraries name gzip on every call without meaning it; only an explicit lz4 counts. */
export function acceptsLz4(request: Request): boolean {
  return /\blz4\b/.test(headerOf(request.headers, 'accept-encoding') ?? '')
}

function queryMatches(route: Route, head: RequestHead): boolean {
  return Object.entries(route.query ?? {}).every(([key, values]) => values.includes(head.query.get(key) ?? ''))
}

function pathParams(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] as string
    if (part.startsWith(':') && segment !== '') params[part.slice(1)] = segment
    else if (part !== segment) return undefined
  }
  return params
}
