// Access logs of a Koa service, errors included.
import Koa from 'koa'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('koa')

function accessLog(writer) {
  return async (context, next) => {
    const startedAt = performance.now()
    let error
    try {
      await next()
    } catch (thrown) {
      error = thrown
      throw thrown
    } finally {
      const { method, path } = context
      const status = error === undefined ? context.status : (error.status ?? 500)
      writer.send({ method, path, status, ms: Math.round(performance.now() - startedAt), error }, () => {})
    }
  }
}

const producer = new Producer(connection)
const app = new Koa()
app.silent = true // errors are in the access log
app.use(accessLog(producer.writer({ topic })))
app.use((context) => {
  if (context.path === '/bad') throw new Error('on purpose')
  context.body = 'hello'
})

const server = app.listen(0, '127.0.0.1')
await new Promise((listening) => server.once('listening', listening))
const url = `http://127.0.0.1:${server.address().port}`
for (const path of ['/', '/bad']) await (await fetch(url + path)).text()
server.closeAllConnections()
await new Promise((closed) => server.close(closed))
await producer.close({ timeoutMs: 5000 })

const stored = await readTopic(connection, topic)
check(
  stored.map(({ path, status }) => [path, status]),
  [
    ['/', '200'],
    ['/bad', '500'],
  ],
  'each response has its log',
)
check(stored[1].error.startsWith('Error: on purpose'), true, 'with the error that made it')
await close()
