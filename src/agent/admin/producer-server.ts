import { aboutRoute } from '../../console/about.ts'
import { pageRoutes } from '../../console/page-routes.ts'
import { systemClock } from '../../core/clock.ts'
import type { Producer } from '../../producer/producer.ts'
import { allOf, onlyHosts, sameOrigin } from '../../server/guards.ts'
import { HttpServer } from '../../server/http-server.ts'
import { routed } from '../../server/routed.ts'
import { producerFeeds } from './producer-feeds.ts'
import { ProducerHistory } from './producer-history.ts'

/** Where a producer tells of itself, and under which name. */
export interface ServeProducerOptions {
  /** Default 9330; 0 takes a free one. */
  readonly port?: number
  /** How the console and `loghub top` name it. Default: the name of the script that was started. */
  readonly name?: string
}

/** A producer that can be looked at from outside. */
export interface ServedProducer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:9330`; its console is at `/console`. */
  readonly url: string
  /** Ends all connections and frees the port; the producer is left as it is. */
  close(): Promise<void>
}

export const DEFAULT_PRODUCER_PORT = 9330

/**
 * Lets the console (at `/console`) and `loghub top` look at a producer of this process: listens on 127.0.0.1, answers what `inspect()` tells and nothing of
 * what logs say, and changes nothing. Every user of the machine reaches the port. It does not keep the process alive.
 * Rejects with the system's error where the port is taken.
 */
export async function serveProducer(
  producer: Pick<Producer, 'inspect' | 'metrics'>,
  { port = DEFAULT_PRODUCER_PORT, name }: ServeProducerOptions = {},
): Promise<ServedProducer> {
  const history = new ProducerHistory(producer, systemClock)
  const routes = [
    ...pageRoutes(),
    aboutRoute('producer', systemClock, name),
    ...producerFeeds(() => ({ ...producer.inspect() }), history),
  ]
  const server = new HttpServer({
    onExchange: routed(routes, { guard: allOf(onlyHosts(), sameOrigin()) }),
    limits: { maxConnections: 64, headersTimeoutMs: 10_000, requestTimeoutMs: 10_000 },
    isBackground: true,
  })
  const close = () => {
    history.close()
    return server.close()
  }
  try {
    const listening = await server.listen({ host: '127.0.0.1', port })
    return { url: `http://127.0.0.1:${listening}`, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    history.close()
    throw error
  }
}
