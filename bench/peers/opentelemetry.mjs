// OpenTelemetry's batch processor with its OTLP exporter (protobuf, gzip): the other way in which Node programs send logs.
// It groups nothing and signs nothing, and drops what its queue cannot take, so the sender waits for room by itself.
// Arguments and output as contestant.mjs: PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP.
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { peakRssMiB } from '../measure.mjs'
import { record } from '../record.mjs'

const [port, logs, senders, , batchLogs, , warmUp] = process.argv.slice(2).map(Number)
// More than 4096 in a batch makes it slower.
const batchSize = Math.min(batchLogs, 4096)
const queueSize = batchSize * 16
let delivered = 0
let failed = 0

class CountingExporter extends OTLPLogExporter {
  export(records, told) {
    super.export(records, (result) => {
      if (result.code === 0) delivered += records.length
      else if (failed === 0) console.error(result.error)
      if (result.code !== 0) failed += records.length
      told(result)
    })
  }
}

const exporter = new CountingExporter({
  url: `http://127.0.0.1:${port}/v1/logs`,
  compression: 'gzip',
  concurrencyLimit: senders * 4,
})
const processor = new BatchLogRecordProcessor({
  exporter,
  maxQueueSize: queueSize,
  maxExportBatchSize: batchSize,
  scheduledDelayMillis: 2000,
})
const provider = new LoggerProvider({ processors: [processor] })
const logger = provider.getLogger('bench')

async function send(count) {
  const settledBefore = delivered + failed
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const log = record(i)
    bytes += log.bytes
    logger.emit({ timestamp: Date.now(), attributes: log.contents })
    while (settledBefore + i - delivered - failed >= queueSize - batchSize) await new Promise(setImmediate)
  }
  await provider.forceFlush()
  while (delivered + failed < settledBefore + count) await new Promise(setImmediate)
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
    peer: 'OpenTelemetry sdk-logs',
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
