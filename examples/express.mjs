// Access logs of an express service: one log for each response, also for those that the client did not wait for.
import express from 'express'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('express')

function accessLog(writer) {
  return (request, response, next) => {
    const startedAt = performance.now()
    response.once('close', () => {
      const { method, path, route } = request
      const ms = Math.round(performance.now() - startedAt)
      const isComplete = response.writableFinished
      writer.send({ method, route: route?.path ?? path, status: response.statusCode, ms, isComplete }, ignore)
    })
    next()
  }
}

// What is not delivered is told by the producer's `failure` event and metrics.
function ignore() {}

const producer = new Producer(connection)
const app = express()
app.use(accessLog(producer.writer({ topic })))
app.get('/users/:id', (request, response) => response.json({ user: request.params.id }))

const server = app.listen(0, '127.0.0.1')
await new Promise((listening) => server.once('listening', listening))
const url = `http://127.0.0.1:${server.address().port}`
await Promise.all(Array.from({ length: 20 }, async (_, i) => (await fetch(`${url}/users/${i}`)).json()))
await (await fetch(`${url}/nowhere`)).text()

// First the server, then the producer: the last responses have logs, too.
await new Promise((closed) => {
  server.close(closed)
  server.closeIdleConnections()
})
await producer.close({ timeoutMs: 5000 })

const stored = await readTopic(connection, topic)
check(stored.length, 21, 'every response has its log')
check(stored.filter(({ route }) => route === '/users/:id').length, 20, 'with its route')
await close()
