import { type Answer, emptyAnswer } from './answer.ts'
import { ByteBudget } from './byte-budget.ts'
import type { Guard } from './guards.ts'
import { answerOfError, HttpError } from './http-error.ts'
import type { HttpExchange } from './http-exchange.ts'
import { pathSegments, type RoutePattern, RouteTable } from './route-table.ts'
import { RoutedRequest } from './routed-request.ts'

/** One request line and what answers it. */
export interface HttpRoute extends RoutePattern {
  /** Asked after those of the table. */
  readonly guard?: Guard
  /** Returns the answer; nothing where it has begun an event stream. What it throws is answered as an error. */
  handle(request: RoutedRequest): Answer | undefined | Promise<Answer | undefined>
}

/** What holds for all routes of a table. */
export interface RoutedOptions {
  /** Asked before anything else. */
  readonly guard?: Guard
  /** The largest body, as sent and again once it is decompressed, in bytes. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Bytes of all unfinished bodies together. Default 16 bodies. */
  readonly maxBodiesBytes?: number
  /** What a handler threw that is no {@link HttpError}: a bug. The client is only told that there was one. */
  readonly onError?: (error: unknown) => void
}

/**
 * A table of routes as the `onExchange` of an `HttpServer`: finds the route, asks the guards, runs the handler, and
 * turns what they throw into an answer. `HEAD` is answered by the `GET` route. Unknown paths get 404, unknown methods 405.
 */
export function routed(routes: readonly HttpRoute[], options: RoutedOptions = {}): (exchange: HttpExchange) => void {
  const table = new RouteTable(routes)
  const { maxBodyBytes = 1024 * 1024, guard, onError } = options
  const budget = new ByteBudget(options.maxBodiesBytes ?? 16 * maxBodyBytes)
  const limits = { maxBodyBytes, budget }

  async function answerOf(exchange: HttpExchange): Promise<Answer | undefined> {
    guard?.(guarded(exchange))
    const { path, query } = targetOf(exchange.message.url ?? '/')
    const { route, params } = routeOf(table, exchange.message.method ?? 'GET', path)
    route.guard?.(guarded(exchange))
    const request = new RoutedRequest(exchange, path, query, params, limits)
    try {
      return await route.handle(request)
    } finally {
      request.release()
    }
  }

  return (exchange) => {
    answerOf(exchange)
      .catch((error: unknown) => {
        if (!(error instanceof HttpError)) onError?.(error)
        return answerOfError(error)
      })
      .then((answer) => {
        if (answer !== undefined || !exchange.isAnswered) exchange.answer(answer ?? emptyAnswer())
      })
      .catch((error: unknown) => onError?.(error))
  }
}

function guarded({ message }: HttpExchange) {
  return { method: message.method ?? 'GET', headers: message.headers }
}

function routeOf(table: RouteTable<HttpRoute>, method: string, path: string) {
  const segments = pathSegments(path)
  if (segments === undefined) throw new HttpError(400, 'the path is not valid percent-encoding')
  const found = table.find(method === 'HEAD' ? 'GET' : method, segments)
  if (found.route !== undefined) return found
  if (found.methods.length === 0) throw new HttpError(404, `there is nothing at ${path}`)
  const allow = found.methods.join(', ')
  throw new HttpError(405, `${path} takes ${allow}`, { headers: { allow } })
}

function targetOf(target: string): { path: string; query: URLSearchParams } {
  const question = target.indexOf('?')
  if (question < 0) return { path: target, query: new URLSearchParams() }
  return { path: target.slice(0, question), query: new URLSearchParams(target.slice(question + 1)) }
}
