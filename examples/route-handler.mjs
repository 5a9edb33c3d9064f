// A route handler as Next.js has them (app/api/.../route.js), which takes a Request and returns a Response. There is one producer
// for the process, kept on globalThis, because development servers load a module again after each change.
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('route-handler')

/** lib/loghub.js: Next.js needs `serverExternalPackages: ['loghub-producer']` in its configuration. */
function loghub() {
  globalThis.loghubProducer ??= new Producer({ ...connection, exitHook: true })
  return globalThis.loghubProducer
}

/** Wraps a handler. `after` is `after` of `next/server`: what it is given runs when the response has been sent. */
function withAccessLog(handler, after) {
  return async (request, context) => {
    const startedAt = performance.now()
    const response = await handler(request, context)
    const fields = { method: request.method, path: new URL(request.url).pathname, status: response.status }
    loghub()
      .writer({ topic })
      .send({ ...fields, ms: Math.round(performance.now() - startedAt) }, () => {})
    after(() => loghub().flush({ timeoutMs: 3000 })) // only where the platform freezes the process between requests
    return response
  }
}

const afterwards = []
export const GET = withAccessLog(
  () => Response.json({ ok: true }),
  (work) => afterwards.push(work),
)

const response = await GET(new Request('http://localhost/api/orders?id=7'), { params: {} })
check(await response.json(), { ok: true }, 'the handler answers first')
for (const work of afterwards) await work()
const [log] = await readTopic(connection, topic)
check([log.method, log.path, log.status], ['GET', '/api/orders', '200'], 'and its log is stored afterwards')
await loghub().close()
await close()
