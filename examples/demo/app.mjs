// A small web service as it might be anywhere. All that concerns logging is the hook at its end.
import { createHistogram } from 'node:perf_hooks'
import fastify from 'fastify'

// `durable`: a request is answered only once its log is on disk, so that nothing that a client has seen can be lost.
export async function startApp(producer, { durable = false, port = 0, idPrefix = 'req' } = {}) {
  const accessLog = producer.writer({ topic: 'access', source: 'web-1' })
  const verdicts = { logged: 0, delivered: 0, failed: 0, microseconds: createHistogram() }
  let nextId = 1
  const server = fastify({ genReqId: () => `${idPrefix}-${nextId++}`, forceCloseConnections: true })

  server.get('/hello/:name', (request) => ({ id: request.id, hello: request.params.name }))
  server.get('/missing', (request, reply) => reply.code(404).send({ id: request.id, error: 'not found' }))
  server.post('/orders', (request, reply) => reply.code(201).send({ id: request.id, items: request.body.items.length }))

  const fieldsOf = (request, reply) => ({
    requestId: request.id,
    method: request.method,
    path: request.url,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 1000) / 1000,
    client: request.headers['user-agent'],
  })

  const awaitDurable = async (request, reply, payload) => {
    verdicts.logged++
    await accessLog.send(fieldsOf(request, reply))
    return payload
  }

  const logOnly = async (request, reply) => {
    const start = performance.now()
    verdicts.logged++
    // Not awaited: the request is over, and the verdict comes when the batch has been stored.
    accessLog.send(fieldsOf(request, reply), (error) => {
      verdicts.microseconds.record(Math.max(1, Math.round((performance.now() - start) * 1000)))
      if (error === null) verdicts.delivered++
      else verdicts.failed++
    })
  }

  if (durable) server.addHook('onSend', awaitDurable)
  else server.addHook('onResponse', logOnly)

  const url = await server.listen({ port, host: '127.0.0.1' })
  return { url, verdicts, close: () => server.close() }
}
