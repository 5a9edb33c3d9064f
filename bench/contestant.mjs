// The producer as one command, against any server on a port: one callback for each log, every byte answered. Prints one
// JSON line. Needs `npm run build`. Arguments:
//
//   PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP [RECORD] [CODEC] [FORM] [ROUTER]
//
// LANES 0: the default; SENDERS is for languages with threads; RECORD: a name from shapes.mjs, or `vendor` (the default);
// FORM: `callback` (the default) or `promise`; ROUTER: `least-loaded` (the default) or another.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Producer } from 'loghub-producer'
import { peakRssMiB } from './measure.mjs'
import { groups, record } from './record.mjs'
import { shapedRecord } from './shapes.mjs'

const [port, logs, , batchBytes, batchLogs, lanes, warmUp] = process.argv.slice(2, 9).map(Number)
const [shape = 'vendor', compression = 'lz4', form = 'callback', router = 'least-loaded'] = process.argv.slice(9)
const recordOf = shape === 'vendor' ? record : shapedRecord(shape)
const producer = new Producer({
  endpoint: `http://127.0.0.1:${port}`,
  project: 'bench-project',
  logstore: 'bench-store',
  credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
  batchSizeThresholdInBytes: batchBytes,
  batchCountThreshold: batchLogs,
  compression,
  router,
  ...(lanes > 0 && { lanes }),
})
const writers = groups.map((group) => producer.writer(group))
let delivered = 0
let failed = 0
const settle = (error) => {
  if (error === null) delivered++
  else if (failed++ === 0) console.error(error)
}
const succeed = () => settle(null)

async function send(count) {
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const log = recordOf(i)
    bytes += log.bytes
    const writer = writers[log.group]
    if (form === 'promise') writer.send(log.contents).then(succeed, settle)
    else while (!writer.trySend(log.contents, settle)) await producer.ready()
    // A program that does nothing but log still lets its event loop turn; and where it does not await each send, it asks
    // now and then whether there is room: only so many sends may wait.
    if (i % 1000 === 999) await new Promise(setImmediate).then(() => producer.ready())
  }
  await producer.flush()
  return bytes
}

await send(warmUp)
delivered = 0
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const cpu = process.cpuUsage()
const start = performance.now()
const bytes = await send(logs)
const wallSeconds = (performance.now() - start) / 1e3
const used = process.cpuUsage(cpu)
delay.disable()
const cpuSeconds = (used.user + used.system) / 1e6
await producer.close()
console.log(
  JSON.stringify({
    peer: 'loghub-producer',
    logs: delivered,
    failed,
    bytes,
    wallSeconds,
    cpuSeconds,
    mbPerCpuSecond: bytes / 1e6 / cpuSeconds,
    mbPerSecond: bytes / 1e6 / wallSeconds,
    logsPerSecond: Math.round(logs / wallSeconds),
    eventLoopDelayP99Ms: delay.percentile(99) / 1e6,
    peakRssMiB: peakRssMiB(),
  }),
)
process.exitCode = failed === 0 && delivered === logs ? 0 : 1
