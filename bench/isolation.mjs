// What a project that hangs costs another one: `npm run build && node bench/isolation.mjs --seconds 5`. The same load goes to
// one project, first alone, then while a second project, which takes connections and never answers, is sent as much. The
// server of the healthy project takes 5 ms for each request, so that lanes and not processors are what is scarce.
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { parseArgs } from 'node:util'
import { Producer } from 'loghub-producer'
import { record } from './record.mjs'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } })
const seconds = Number(values.seconds)
const RATE = 5_000

const healthy = createServer((request, response) => {
  request.resume().on('end', () => setTimeout(() => response.writeHead(200, { 'x-log-requestid': 'r' }).end(), 5))
})
const hole = createTcpServer((socket) => socket.on('error', () => {}).resume())
for (const server of [healthy, hole]) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const urlOf = (server) => `http://127.0.0.1:${server.address().port}`

/** Logs of the healthy project that are delivered in the time, and how long they took. */
async function run(withHung) {
  const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
  const producer = new Producer({
    ...{ credentials, logstore: 'logs', lingerMs: 50, batchCountThreshold: 50, totalSizeInBytes: 16 * 1024 * 1024 },
    ...{ lanes: 4, requestTimeoutMs: 2_000, logger: { debug() {}, info() {}, warn() {}, error() {} } },
  })
  producer.putProject({ project: 'healthy', endpoint: urlOf(healthy), credentials })
  if (withHung) producer.putProject({ project: 'hung', endpoint: urlOf(hole), credentials })
  const latencies = []
  const start = performance.now()
  let sent = 0
  let turnedAway = 0
  while (performance.now() - start < seconds * 1e3) {
    const due = ((performance.now() - start) / 1e3) * RATE
    for (; sent < due; sent++) {
      const logs = { contents: record(sent).contents }
      const at = performance.now()
      const isTaken = producer.trySend({ project: 'healthy', logs }, (error) => {
        if (error === null) latencies.push(performance.now() - at)
      })
      if (!isTaken) turnedAway++
      if (withHung) producer.trySend({ project: 'hung', logs }, () => {})
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const delivered = latencies.length
  await producer.close({ timeoutMs: 200 })
  latencies.sort((a, b) => a - b)
  const at = (share) => Math.round(latencies[Math.floor(latencies.length * share)])
  return { 'logs/s': Math.round(delivered / seconds), turnedAway, 'p50 ms': at(0.5), 'p99 ms': at(0.99) }
}

const alone = await run(false)
const besideHung = await run(true)
console.table({ alone, 'beside a project that hangs': besideHung })
const share = besideHung['logs/s'] / alone['logs/s']
console.log(`${Math.round(share * 100)} % of the rate that it has alone`)
process.exit(share >= 0.9 ? 0 : 1)
