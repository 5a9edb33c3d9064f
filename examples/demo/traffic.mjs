// The clients: requests at a steady rate over keep-alive connections. Keeps the id of every answered request.
import http from 'node:http'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

const CONNECTIONS = 32
const ORDER = JSON.stringify({ items: ['tea', 'cups'] })
const REQUESTS = [
  { method: 'GET', path: '/hello/world' },
  { method: 'GET', path: '/hello/%E4%BD%A0%E5%A5%BD' },
  { method: 'POST', path: '/orders', headers: { 'content-type': 'application/json' }, body: ORDER },
  { method: 'GET', path: '/missing' },
]

export async function runTraffic({ url, seconds, rate }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const result = { ids: new Set(), sent: 0, unanswered: 0, microseconds: createHistogram(), seconds: 0 }
  const underWay = new Set()
  const start = performance.now()
  const elapsed = () => (performance.now() - start) / 1000

  const sendOne = () => {
    const one = request(url, agent, REQUESTS[result.sent++ % REQUESTS.length], result).then(() => underWay.delete(one))
    underWay.add(one)
  }
  while (elapsed() < seconds) {
    const due = rate === 0 ? Infinity : elapsed() * rate
    while (result.sent < due && underWay.size < CONNECTIONS) sendOne()
    if (underWay.size === CONNECTIONS) await Promise.race(underWay)
    else await sleep(2)
  }
  await Promise.all(underWay)
  result.seconds = elapsed()
  agent.destroy()
  return result
}

/** Never rejects. */
function request(url, agent, { method, path, headers, body }, result) {
  const start = performance.now()
  return new Promise((resolve) => {
    const unanswered = () => {
      result.unanswered++
      resolve()
    }
    const message = http.request(url + path, { agent, method, headers: { 'user-agent': 'demo/1', ...headers } })
    message.on('error', unanswered)
    message.on('response', async (response) => {
      try {
        const text = Buffer.concat(await response.toArray()).toString()
        result.microseconds.record(Math.max(1, Math.round((performance.now() - start) * 1000)))
        result.ids.add(JSON.parse(text).id)
        resolve()
      } catch {
        unanswered()
      }
    })
    message.end(body)
  })
}
