// The vendor's Node client as a careful user would batch around it: arrays by group, sent by bytes or count, eight
// requests under way at most. It has no producer and does not compress. Arguments and output as contestant.mjs:
// PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP.
import Client from '@alicloud/log'
import { peakRssMiB } from '../measure.mjs'
import { groups, record } from '../record.mjs'

const MOST_UNDER_WAY = 8
const [port, logs, , batchBytes, batchLogs, , warmUp] = process.argv.slice(2).map(Number)
// The client puts the project before the endpoint's name: without a project the endpoint is the whole address.
const client = new Client({ accessKeyId: 'id', accessKeySecret: 'secret', endpoint: `http://127.0.0.1:${port}` })

const open = groups.map(() => ({ logs: [], bytes: 0 }))
const underWay = new Set()
let delivered = 0
let failed = 0

function post(group) {
  const { logs: batch } = open[group]
  open[group] = { logs: [], bytes: 0 }
  const request = client.postLogStoreLogs('', 'bench-store', { ...groups[group], logs: batch }).then(
    () => {
      delivered += batch.length
    },
    (error) => {
      if (failed === 0) console.error(error)
      failed += batch.length
    },
  )
  const ended = request.then(() => underWay.delete(ended))
  underWay.add(ended)
}

async function send(count) {
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const log = record(i)
    const batch = open[log.group]
    batch.logs.push({ timestamp: Math.floor(Date.now() / 1000), content: log.contents })
    batch.bytes += log.bytes
    bytes += log.bytes
    if (batch.bytes < batchBytes && batch.logs.length < batchLogs) continue
    post(log.group)
    while (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay)
  }
  for (const [group, batch] of open.entries()) if (batch.logs.length > 0) post(group)
  await Promise.all(underWay)
  return bytes
}

await send(warmUp)
delivered = 0
const cpu = process.cpuUsage()
const start = performance.now()
const bytes = await send(logs)
const wallSeconds = (performance.now() - start) / 1e3
const { user, system } = process.cpuUsage(cpu)
const cpuSeconds = (user + system) / 1e6
console.log(
  JSON.stringify({
    peer: '@alicloud/log, batched by hand',
    logs: delivered,
    failed,
    bytes,
    wallSeconds,
    cpuSeconds,
    mbPerCpuSecond: bytes / 1e6 / cpuSeconds,
    mbPerSecond: bytes / 1e6 / wallSeconds,
    peakRssMiB: peakRssMiB(),
  }),
)
process.exit(failed === 0 && delivered === logs ? 0 : 1)
