// The web service as a process of its own, which may be killed at any moment: it answers a request once its log is on disk, and what
// it left there is sent by the next one on the same directory.
import { Producer } from 'loghub-producer'
import { startApp } from './app.mjs'

const { connection, directory, port, idPrefix } = JSON.parse(process.argv[2])

const producer = new Producer({
  ...connection,
  lingerMs: 10, // a client waits as long for its answer
  maxRetryBackoffMs: 1000,
  spool: { directory, mode: 'always' },
  resolveOn: 'durable',
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
})
const app = await startApp(producer, { durable: true, port, idPrefix })

const tell = (what) => process.send({ ...what, metrics: producer.metrics() })
const telling = setInterval(() => tell({}), 100)
process.once('message', async () => {
  clearInterval(telling)
  await app.close()
  await producer.flush({ timeoutMs: 60_000 }) // until nothing is on disk: close would leave it to the next process
  const report = await producer.close({ timeoutMs: 20_000 })
  tell({ report })
  process.disconnect()
})
tell({ url: app.url })
