import { aboutRoute, CONSOLE_API as PREFIX } from '../console/about.ts'
import { pageRoutes } from '../console/page-routes.ts'
import type { Clock } from '../core/clock.ts'
import { jsonAnswer } from '../server/answer.ts'
import { allOf, onlyHosts, sameOrigin } from '../server/guards.ts'
import { HttpError } from '../server/http-error.ts'
import type { HttpExchange } from '../server/http-exchange.ts'
import { type HttpRoute, routed } from '../server/routed.ts'
import { numberOf } from './console-parameters.ts'
import { searchRoutes } from './console-search.ts'
import type { Counters } from './counters.ts'
import { wholeNumberOf } from './http/whole-number.ts'
import { logstoreFigures } from './inspection.ts'
import { ruleOf } from './script/rule-form.ts'
import type { Script, ScriptRule } from './script/script.ts'
import type { Store } from './store/store.ts'

const CONSOLE_TARGET = /^\/console(?:[/?]|$)/

/** The parts of the emulator that the console shows and changes. */
export interface ConsoleParts {
  readonly store: Store
  readonly counters: Counters
  readonly script: Script
  readonly clock: Clock
  /** See `EmulatorOptions.maxScannedLogs`. */
  readonly maxScannedLogs: number
  /** Number of open connections. */
  readonly connections: () => number
}

/**
 * The console: its page, and its feeds under `/console/api/`, which are JSON or server-sent events. They need no signature,
 * but answer only requests to this machine (`Host`) and from pages of this server (`Origin`).
 */
export class ConsoleRoutes {
  readonly #answer: (exchange: HttpExchange) => void

  constructor(parts: ConsoleParts) {
    this.#answer = routed(routesOf(parts), { guard: allOf(onlyHosts(), sameOrigin()) })
  }

  /** Whether a request is for the console. A signed request of a client is not, whatever its path. */
  takes({ message }: HttpExchange): boolean {
    return CONSOLE_TARGET.test(message.url ?? '') && message.headers.authorization === undefined
  }

  answer(exchange: HttpExchange): void {
    this.#answer(exchange)
  }
}

function routesOf({ store, counters, script, clock, maxScannedLogs, connections }: ConsoleParts): HttpRoute[] {
  const { log, throughput } = counters
  return [
    ...pageRoutes(),
    ...searchRoutes(store, clock, maxScannedLogs),
    aboutRoute('emulator', clock, 'loghub emulator'),
    { method: 'GET', path: `${PREFIX}stats`, handle: () => jsonAnswer(counters.snapshot(store, connections())) },
    { method: 'GET', path: `${PREFIX}logstores`, handle: () => jsonAnswer(logstoreFigures(store)) },
    {
      method: 'GET',
      path: `${PREFIX}throughput`,
      handle: ({ query }) => jsonAnswer(throughput.list(clock.now()).filter(({ second }) => second > afterOf(query))),
    },
    { method: 'GET', path: `${PREFIX}requests`, handle: ({ query }) => jsonAnswer(log.list(afterOf(query))) },
    {
      method: 'GET',
      path: `${PREFIX}requests/events`,
      handle: (request) => {
        if (!log.feed.hasRoom) throw new HttpError(503, 'too many readers of events')
        log.feed.add(request.events())
        return undefined
      },
    },
    { method: 'GET', path: `${PREFIX}rules`, handle: () => jsonAnswer(script.list()) },
    {
      method: 'POST',
      path: `${PREFIX}rules`,
      handle: async (request) => {
        const rule: ScriptRule = ruleOf(await request.json())
        script.add(rule)
        return jsonAnswer(script.list().at(-1), { status: 201 })
      },
    },
    {
      method: 'DELETE',
      path: `${PREFIX}rules/:number`,
      handle: ({ params }) => {
        if (script.remove(wholeNumberOf(params.number) ?? -1)) return undefined
        throw new HttpError(404, `there is no rule ${params.number}`)
      },
    },
  ]
}

/** The number of the last record that the reader has. */
function afterOf(query: URLSearchParams): number {
  return numberOf(query, 'after', 0)
}
