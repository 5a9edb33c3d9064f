// What an outage of the service costs the requests of a web server: two servers under the same steady load, request by
// request in turns, of which one logs to the service and the other to nowhere. The service is killed, or stopped so that it
// takes connections and never answers, and comes back. What else runs on the machine, both servers feel.
// Run: npm run build && node bench/web-outage.mjs [seconds of outage] [requests per second to each]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { round } from './measure.mjs'
import { startSinkProcess } from './sink.mjs'
import { BUDGET_BYTES } from './web-server.mjs'

const MIB = 1024 * 1024
const TICK_MS = 5

async function startServer(servicePort) {
  const child = fork(join(import.meta.dirname, 'web-server.mjs'), [String(servicePort)], { execArgv: [] })
  const [port] = await once(child, 'message')
  const reading = async () => {
    child.send('reading')
    return (await once(child, 'message'))[0]
  }
  return { port, reading, stop: () => child.kill('SIGKILL') }
}

/** An open load: a request goes out when it is due, whether or not the last one was answered. */
function startLoad(ports, perSecond) {
  const agent = new Agent({ keepAlive: true })
  const taken = ports.map(() => [])
  const start = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - start) / 1000) * perSecond
    for (; sent < due; sent++) for (const [index, port] of ports.entries()) request(agent, port, taken[index])
  }, TICK_MS)
  return {
    /** Milliseconds of the requests that were answered since the last call, for each port. */
    take: () => taken.map((each) => each.splice(0)),
    stop: () => {
      clearInterval(timer)
      agent.destroy()
    },
  }
}

function request(agent, port, taken) {
  const start = performance.now()
  get({ agent, port, host: '127.0.0.1', path: '/orders/7' }, (response) => {
    response.resume().on('end', () => taken.push(performance.now() - start))
  }).on('error', () => taken.push(Number.POSITIVE_INFINITY))
}

function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b)
  return round(sorted[Math.floor(sorted.length * part)] ?? Number.NaN, 1)
}

async function measureOne(how, seconds, perSecond) {
  let service = await startSinkProcess()
  const [logging, silent] = [await startServer(service.port), await startServer(0)]
  const load = startLoad([logging.port, silent.port], perSecond)
  const calmMs = Math.max(1000, (seconds * 1000) / 4)
  await sleep(calmMs) // for the compiler
  load.take()
  const rows = []
  const phase = async (name, ms) => {
    await sleep(ms)
    const [ours, nowhere] = load.take()
    const { rss, memoryUsed, logs } = await logging.reading()
    rows.push({
      service: name,
      requests: ours.length,
      'p50 ms': quantile(ours, 0.5),
      'p99 ms': quantile(ours, 0.99),
      'p50 without logging': quantile(nowhere, 0.5),
      'p99 without logging': quantile(nowhere, 0.99),
      'in memory MiB': round(memoryUsed / MIB, 1),
      'RSS MiB': round(rss / MIB),
      'logs refused so far': logs.refused,
    })
  }
  await phase('answers', calmMs)
  if (how === 'killed') await service.kill()
  else service.pause()
  await phase(how, seconds * 1000)
  if (how === 'killed') service = await startSinkProcess(service.port)
  else service.resume()
  await phase('answers again', calmMs)
  load.stop()
  for (const each of [logging, silent]) each.stop()
  await service.kill()
  return rows
}

export async function measureWebOutage({ seconds = 60, perSecond = 200 } = {}) {
  return [...(await measureOne('killed', seconds, perSecond)), ...(await measureOne('stopped', seconds, perSecond))]
}

if (process.argv[1] === import.meta.filename) {
  const [seconds = 60, perSecond = 200] = process.argv.slice(2).map(Number)
  const rows = await measureWebOutage({ seconds, perSecond })
  console.table(rows)
  const isBounded = rows.every((row) => row['in memory MiB'] <= BUDGET_BYTES / MIB)
  const isAnswered = rows.every((row) => Number.isFinite(row['p99 ms']))
  process.exitCode = isBounded && isAnswered ? 0 : 1
}
