// The producer's metrics for Prometheus, on a page that it scrapes. A dashboard: grafana-dashboard.json in this folder.
import { createServer } from 'node:http'
import { Producer } from 'loghub-producer'
import { collect } from 'loghub-producer/prometheus'
import { Registry } from 'prom-client'
import { check, openService, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const producer = new Producer(connection)
const registry = new Registry()
const stopCollecting = collect(registry, producer, { labels: { producer: 'main' } })

const server = createServer(async (_request, response) => {
  response.setHeader('content-type', registry.contentType).end(await registry.metrics())
})
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))

await producer.send({ topic: uniqueTopic('prometheus'), logs: [{ contents: { n: 1 } }, { contents: { n: 2 } }] })
const page = await (await fetch(`http://127.0.0.1:${server.address().port}/metrics`)).text()
check(
  page.includes('loghub_producer_logs_delivered_total{producer="main"} 2'),
  true,
  'the page counts what was delivered',
)
check(page.includes('loghub_producer_memory_limit_bytes{producer="main"} 104857600'), true, 'and has the memory budget')

stopCollecting()
check(await registry.metrics(), '\n', 'until it is told to stop')
server.closeAllConnections()
server.close()
await producer.close()
await close()
