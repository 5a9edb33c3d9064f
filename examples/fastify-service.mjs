// Access logs of a fastify service, as a plugin: one log for each response, and the producer closed with the server.
import fastify from 'fastify'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('fastify')

/** `producer` is closed when the server is: after the last response, so that nothing comes too late. */
async function accessLog(server, { producer, topic }) {
  const writer = producer.writer({ topic })
  server.addHook('onResponse', async (request, reply) => {
    const fields = { id: request.id, method: request.method, route: request.routeOptions.url, status: reply.statusCode }
    writer.send({ ...fields, ms: reply.elapsedTime }, logFailure)
  })
  server.addHook('onClose', () => producer.close({ timeoutMs: 5000 }))
}
accessLog[Symbol.for('skip-override')] = true // hooks for the whole server, not for this plugin alone

function logFailure(error) {
  if (error !== null) console.error(`an access log was lost: ${error.code} ${error.message}`)
}

const server = fastify()
await server.register(accessLog, { producer: new Producer(connection), topic })
server.get('/users/:id', (request) => ({ user: request.params.id }))

const url = await server.listen({ port: 0, host: '127.0.0.1' })
await Promise.all(Array.from({ length: 20 }, async (_, i) => (await fetch(`${url}/users/${i}`)).json()))
await (await fetch(`${url}/nowhere`)).json()
await server.close()

const stored = await readTopic(connection, topic)
check(stored.length, 21, 'every response has its log')
check(stored.filter(({ route }) => route === '/users/:id').length, 20, 'with its route')
check(stored.filter(({ status }) => status === '404').length, 1, 'and the one for the page that is not there')
await close()
