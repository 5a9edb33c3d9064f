// The producer on the vendor's benchmark record, as one command: one callback for each log, every byte answered by the
// server. Arguments: PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP (LANES 0: the default; SENDERS is for
// languages with threads). Prints one JSON line. Needs `npm run build`.
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Producer } from 'loghub-producer'
import { groups, record } from './record.mjs'

const [port, logs, , batchBytes, batchLogs, lanes, warmUp] = process.argv.slice(2).map(Number)
const producer = new Producer({
  endpoint: `http://127.0.0.1:${port}`,
  project: 'bench-project',
  logstore: 'bench-store',
  credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
  batchSizeThresholdInBytes: batchBytes,
  batchCountThreshold: batchLogs,
  ...(lanes > 0 && { lanes }),
})
const writers = groups.map((group) => producer.writer(group))
let delivered = 0
let failed = 0
const settle = (error) => {
  if (error === null) delivered++
  else if (failed++ === 0) console.error(error)
}

async function send(count) {
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const log = record(i)
    bytes += log.bytes
    while (!writers[log.group].trySend(log.contents, settle)) await producer.ready()
    // A program that does nothing but log still lets its event loop turn.
    if (i % 1000 === 999) await new Promise(setImmediate)
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

/** On Linux from /proc: there `resourceUsage` may report the peak of the process that started this one. */
function peakRssMiB() {
  if (process.platform !== 'linux') return Math.round(process.resourceUsage().maxRSS / 1024)
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024)
}
