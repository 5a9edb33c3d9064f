// A process that writes so many logs a second to an emulator: node traffic.mjs URL RATE. Tells its parent when it has begun.
import { Producer } from 'loghub-producer'

const [endpoint, rate] = process.argv.slice(2)
const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
const producer = new Producer({ endpoint, project: 'busy', logstore: 'busy', credentials, lingerMs: 100 })
const PATHS = ['/orders', '/cart', '/login', '/search']
const TURN_MS = 20

let sent = 0
const startMs = performance.now()
setInterval(() => {
  const due = Math.floor(((performance.now() - startMs) / 1000) * Number(rate))
  for (; sent < due; sent++) {
    const contents = { level: sent % 9 ? 'info' : 'error', path: PATHS[sent % 4], status: sent % 9 ? '200' : '500' }
    const others = { message: `request ${sent} done`, user: `user-${sent % 1000}`, duration_ms: String(sent % 400) }
    producer.send({ logs: { contents: { ...contents, ...others } } }).catch(() => {})
  }
}, TURN_MS)
await producer.send({ logs: { contents: { message: 'begins' } } })
process.send('begun')
process.on('disconnect', () => process.exit(0))
