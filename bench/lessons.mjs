// What published producers were seen to do wrong, in numbers, measured on this one: `npm run build && node --expose-gc
// bench/lessons.mjs`. Each line is a run of its own, against a server in this process.
import { createServer } from 'node:http'
import { Producer } from 'loghub-producer'

const MIB = 1024 * 1024
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const rows = {}

/** A server that answers as the function says, and counts connections. */
async function serve(reply) {
  let connections = 0
  const server = createServer((request, response) => request.resume().on('end', () => reply(request, response)))
  server.on('connection', () => connections++)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    port: server.address().port,
    connections: () => connections,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

const stored = (_request, response) => response.writeHead(200, { 'x-log-requestid': 'r' }).end()

function producerFor(endpoint, options) {
  return new Producer({
    ...{ endpoint, project: 'one', logstore: 'logs', credentials: { accessKeyId: 'id', accessKeySecret: 'secret' } },
    logger: silent,
    ...options,
  })
}

/** How much gets in beyond the budget before the first refusal, and what one impossible log does. */
async function budgetOvershoot() {
  const server = await serve(() => {})
  const producer = producerFor(server.url, { totalSizeInBytes: MIB, overflow: 'reject' })
  const text = 'x'.repeat(10_000)
  while (producer.trySend({ logs: { contents: { text } } }));
  const over = producer.metrics().memory.highWaterBytes / MIB
  const huge = await producer.send({ logs: { contents: { text: 'x'.repeat(2 * MIB) } } }).catch(({ code }) => code)
  rows['budget of 1 MiB: most in use, MiB'] = over.toFixed(3)
  rows['a log of 2 MiB into it'] = huge
  await producer.close({ timeoutMs: 0 })
  await server.close()
}

/** A healthy logstore beside 1,300 failing batches of another. */
async function headOfLine() {
  const server = await serve((request, response) => {
    if (request.url.includes('/sick/')) response.writeHead(503, { 'x-log-requestid': 'r' }).end('{}')
    else stored(request, response)
  })
  const producer = producerFor(server.url, {
    ...{ baseRetryBackoffMs: 10_000, maxRetryBackoffMs: 10_000, batchCountThreshold: 1, lingerMs: 0 },
  })
  for (let n = 0; n < 1300; n++) producer.send({ logstore: 'sick', logs: { contents: { n } } }, () => {})
  const start = performance.now()
  await producer.send({ logstore: 'well', logs: { contents: { n: 1 } } })
  rows['a healthy logstore behind 1,300 failing batches, ms'] = Math.round(performance.now() - start)
  await producer.close({ timeoutMs: 0 })
  await server.close()
}

/** 20 s of refused connections, with default options: what is lost? */
async function outage() {
  const first = await serve(stored)
  const { port } = first
  const producer = producerFor(first.url, {})
  await producer.send({ logs: { contents: { warm: 'up' } } })
  await first.close()
  let lost = 0
  const start = performance.now()
  const sends = []
  for (let second = 0; second < 20; second++) {
    for (let n = 0; n < 100; n++) {
      sends.push(producer.send({ topic: String(second), logs: { contents: { n } } }).catch(() => lost++))
    }
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  const server = createServer((request, response) => request.resume().on('end', () => stored(request, response)))
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  const up = performance.now()
  await Promise.all(sends)
  rows['logs lost in an outage of 20 s, of 2,000'] = lost
  rows['all delivered after its end, s'] = ((performance.now() - up) / 1e3).toFixed(1)
  rows['requests made in it'] = producer.metrics().requests.made
  rows['the whole, s'] = ((performance.now() - start) / 1e3).toFixed(1)
  await producer.close({ timeoutMs: 0 })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** 900 small batches at once. */
async function connections() {
  const server = await serve((request, response) => setTimeout(() => stored(request, response), 20))
  const producer = producerFor(server.url, { batchCountThreshold: 1 })
  await Promise.all(
    Array.from({ length: 900 }, (_, n) => producer.send({ topic: String(n), logs: { contents: { n } } })),
  )
  rows['connections opened for 900 batches at once'] = server.connections()
  await producer.close()
  await server.close()
}

/** Timers set while nothing is to do, with a thousand topics seen before. */
async function idle() {
  let timers = 0
  const clock = {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimer: (callback, delayMs) => {
      timers++
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  }
  const server = await serve(stored)
  const producer = producerFor(server.url, { clock, lingerMs: 10 })
  await Promise.all(
    Array.from({ length: 1000 }, (_, n) => producer.send({ topic: String(n), logs: { contents: { n } } })),
  )
  await new Promise((resolve) => setTimeout(resolve, 6000))
  timers = 0
  const cpu = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, 5000))
  const { user, system } = process.cpuUsage(cpu)
  rows['timers set in 5 s with nothing to do'] = timers
  rows['processor time in them, ms'] = Math.round((user + system) / 1e3)
  await producer.close()
  await server.close()
}

for (const lesson of [budgetOvershoot, headOfLine, connections, idle, outage]) await lesson()
console.table(rows)
