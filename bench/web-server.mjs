// The application of `web-outage.mjs`, in a process of its own: answers requests and logs ten lines of each with pino, to
// the service on a port or, with port 0, to nowhere. Tells its port, and on every message what it holds.
import { createServer } from 'node:http'
import { Producer } from 'loghub-producer'
import { pinoStream } from 'loghub-producer/pino'
import pino from 'pino'

const LINES = 10
export const BUDGET_BYTES = 16 * 1024 * 1024

function startServer(servicePort) {
  const producer = servicePort === 0 ? undefined : startProducer(servicePort)
  const logger = pino({ base: null }, producer === undefined ? { write() {} } : pinoStream(producer))
  const server = createServer(({ method, url }, response) => {
    for (let line = 0; line < LINES; line++) logger.info({ req: { method, url }, line, user: 'ada' }, 'served')
    response.end('{"ok":true}')
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
  process.on('message', () => process.send(readingOf(producer)))
}

function startProducer(port) {
  return new Producer({
    endpoint: `http://127.0.0.1:${port}`,
    project: 'bench-project',
    logstore: 'bench-store',
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    totalSizeInBytes: BUDGET_BYTES,
    overflow: 'reject',
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
}

function readingOf(producer) {
  const { logs, memory } = producer?.metrics() ?? {}
  return { rss: process.memoryUsage().rss, memoryUsed: memory?.usedBytes ?? 0, logs: logs ?? {} }
}

if (process.argv[1] === import.meta.filename) startServer(Number(process.argv[2]))
