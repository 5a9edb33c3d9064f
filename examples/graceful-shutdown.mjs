// How a server in a container ends without losing a log: on SIGTERM it stops accepting requests, finishes those in progress,
// and closes the producer last. The time limits add up to less than the grace period (30 s in Kubernetes).
// A script needs only the last step: `await producer.close()`. If nothing else must be closed, `exitHook: true`
// does the same without code.
import { once } from 'node:events'
import http from 'node:http'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('shutdown')
const producer = new Producer({ ...connection, lingerMs: 60_000 }) // so long that at the signal everything is in memory

const server = http.createServer((request, response) => {
  response.end('hello\n')
  producer.send({ topic, logs: { contents: { path: request.url } } }, (error) => {
    if (error !== null) console.error(error.message)
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}`

async function shutDown() {
  const serverClosed = once(server, 'close')
  server.close() // no new connections
  server.closeIdleConnections()
  await serverClosed // requests under way are answered
  return producer.close({ timeoutMs: 10_000 })
}

const signalled = new Promise((resolve) => process.once('SIGTERM', resolve))
await Promise.all(Array.from({ length: 25 }, async (_, i) => (await fetch(`${url}/${i}`)).text()))
process.kill(process.pid, 'SIGTERM') // what the container's runtime does
await signalled
const waiting = producer.metrics().logs.inMemory
const report = await shutDown()

console.log(`at SIGTERM ${waiting} logs were in memory; close() reported`, report)
check(report, { delivered: 25, failed: 0, abandoned: 0, spooled: 0 }, 'close() delivered what was in memory')
check((await readTopic(connection, topic)).length, 25, 'every request has its log')
await close()
