import { aboutRoute } from '../../console/about.ts'
import { pageRoutes } from '../../console/page-routes.ts'
import { systemClock } from '../../core/clock.ts'
import type { Producer } from '../../producer/producer.ts'
import { allOf, onlyHosts, sameOrigin } from '../../server/guards.ts'
import { HttpServer } from '../../server/http-server.ts'
import { routed } from '../../server/routed.ts'
import { producerFeeds } from './producer-feeds.ts'
import { ProducerHistory } from './producer-history.ts'

/** Options of `serveProducer`. */
export interface ServeProducerOptions {
  /** Port to listen on. Default 9330; 0 takes a free one. */
  readonly port?: number
  /** Name of the producer in the console and `loghub top`. Default: the name of the script that was started. */
  readonly name?: string
}

/** A producer whose state can be read over HTTP. */
export interface ServedProducer extends AsyncDisposable {
  /** Its URL, such as `http://127.0.0.1:9330`; the console is at `/console`. */
  readonly url: string
  /** Closes all connections and the port. The producer is not affected. */
  close(): Promise<void>
}

export const DEFAULT_PRODUCER_PORT = 9330

/**
 * Serves the state of a producer of this process to the console (at `/console`) and `loghub top`: listens on 127.0.0.1 and answers with the
 * result of `inspect()`, without any content of logs. Nothing can be changed. Every user of the machine reaches the port. It does not keep
 * the process alive. Rejects with the system's error if the port is in use.
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
