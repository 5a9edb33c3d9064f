// A web service that logs every request through the producer, under load, through an outage of the Log Service, to the
// last log: `npm run demo`. Everything runs in this process. Ends with exit code 1 if a single log is missing.
// Options: --seconds N (traffic, default 10), --rate N (requests per second, default 2000; 0: as fast as it goes), --kill (the
// web service is a process of its own, which is killed in the middle of the outage: kill.mjs).
import { Producer } from 'loghub-producer'
import { startEmulator } from 'loghub-producer/emulator'
import { balance, printAccount } from './account.mjs'
import { startApp } from './app.mjs'
import { killDemo } from './kill.mjs'
import { readOptions } from './options.mjs'
import { scheduleOutage } from './outage.mjs'
import { Progress } from './progress.mjs'
import { readBack } from './read-back.mjs'
import { runTraffic } from './traffic.mjs'

const { seconds, rate, kill } = readOptions(process.argv.slice(2))
if (kill) process.exit(await killDemo({ seconds, rate }))

const emulator = await startEmulator({ autoCreate: true })
const connection = {
  endpoint: emulator.url,
  project: 'demo-project',
  logstore: 'access-log',
  credentials: { accessKeyId: 'demo-key-id', accessKeySecret: 'demo-key-secret' },
}
const producer = new Producer({
  ...connection,
  lingerMs: 200, // soon to be seen; the default of 2 s makes larger batches
  retries: 1000, // the delivery timeout alone decides how long an outage may be
  maxRetryBackoffMs: 1000,
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
})

console.log(`Log Service (emulator)  ${emulator.url}`)
const app = await startApp(producer)
console.log(`Web service (fastify)   ${app.url}`)
console.log(`Traffic                 ${rate || 'unlimited'} requests/s for ${seconds} s, an outage in the middle\n`)

const outage = scheduleOutage(emulator, seconds)
const progress = new Progress({ producer, app, outage, seconds })
const traffic = await runTraffic({ url: app.url, seconds, rate })
await app.close()
progress.note('traffic has ended, the producer closes')
const report = await producer.close({ timeoutMs: 20_000 })
outage.end()
progress.end()

const stored = await readBack(connection)
await emulator.close()
const account = balance({ traffic, app, metrics: producer.metrics(), report, stored })
printAccount(account)
process.exitCode = account.problems.length === 0 ? 0 : 1
