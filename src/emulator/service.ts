import { RouteTable } from '../server/route-table.ts'
import { authenticate } from './auth/authentication.ts'
import { KeyRing } from './auth/credentials.ts'
import type { Counters } from './counters.ts'
import { type Answer, done } from './http/answer.ts'
import type { Request } from './http/request.ts'
import { consumerGroupRoutes } from './routes/consumer-groups.ts'
import { emptyLists } from './routes/empty-lists.ts'
import { getContext } from './routes/get-context.ts'
import { getCursor } from './routes/get-cursor.ts'
import { getHistograms } from './routes/get-histograms.ts'
import { getLogs } from './routes/get-logs.ts'
import { health } from './routes/health.ts'
import { indexRoutes } from './routes/index-config.ts'
import { logstoreRoutes } from './routes/logstores.ts'
import { projectRoutes } from './routes/projects.ts'
import { pullLogs } from './routes/pull-logs.ts'
import { putLogs } from './routes/put-logs.ts'
import { findRoute, type Policy, type Route } from './routes/route.ts'
import { shardRoutes } from './routes/shards.ts'
import { tagRoutes } from './routes/tags.ts'
import { track } from './routes/track.ts'
import type { ScriptedRequest } from './script/script.ts'
import { SearchLine } from './search/line.ts'
import type { Store } from './store/store.ts'

// The first route that matches is used. So routes that check the query come before those that do not.
const ROUTES = new RouteTable<Route>([
  ...putLogs,
  ...getCursor,
  pullLogs,
  ...getLogs,
  ...getHistograms,
  getContext,
  ...consumerGroupRoutes,
  ...shardRoutes,
  ...logstoreRoutes,
  ...indexRoutes,
  ...projectRoutes,
  ...tagRoutes,
  ...emptyLists,
  ...track,
  health,
])

// Answers the preflight request of a browser that wants to send these headers to another origin.
const PREFLIGHT: Answer = {
  ...done,
  headers: {
    'access-control-allow-methods': 'POST, GET',
    'access-control-allow-headers':
      'authorization, content-type, content-md5, x-log-apiversion, x-log-bodyrawsize, x-log-compresstype, x-log-date, ' +
      'x-log-signaturemethod, x-log-content-sha256, x-log-mode, x-acs-security-token',
    'access-control-max-age': '86400',
  },
}

/** Handles a request without knowing of sockets: finds the route, authenticates, and answers or throws a refusal. */
export class Service {
  readonly keys = new KeyRing()
  readonly #store: Store
  readonly #counters: Counters
  readonly #policy: Policy
  readonly #searches = new SearchLine()

  constructor(store: Store, counters: Counters, policy: Policy) {
    this.#store = store
    this.#counters = counters
    this.#policy = policy
  }

  /** Answers a request, or throws or rejects with a refusal. */
  async handle(request: Request, scripted: ScriptedRequest): Promise<Answer> {
    if (request.method === 'OPTIONS') return PREFLIGHT
    const { route, params } = findRoute(ROUTES, request)
    if (route.isPublic !== true && this.#policy.verify) authenticate(request, this.keys)
    return route.handle({
      request,
      params,
      scripted,
      store: this.#store,
      counters: this.#counters,
      policy: this.#policy,
      searches: this.#searches,
    })
  }
}
