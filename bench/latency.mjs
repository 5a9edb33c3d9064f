// From `send` to its verdict, at a steady rate. Run: node bench/latency.mjs [logs per second] [seconds]
import { Producer } from 'loghub-producer'
import { median, round } from './measure.mjs'
import { groups } from './record.mjs'
import { shapes } from './shapes.mjs'
import { startSinkProcess } from './sink.mjs'

const LINGER_MS = 100
const TICK_MS = 5

async function measureRate(port, logsPerSecond, seconds) {
  const producer = new Producer({
    endpoint: `http://127.0.0.1:${port}`,
    project: 'bench-project',
    logstore: 'bench-store',
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    lingerMs: LINGER_MS,
  })
  const writer = producer.writer(groups[0])
  const taken = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  for (let sent = 0; sent < logsPerSecond * seconds; ) {
    const due = ((performance.now() - start) / 1000) * logsPerSecond
    for (; sent < due; sent++) {
      const sentAt = performance.now()
      writer.trySend(shapes['eight fields'](sent), () => taken.push(performance.now() - sentAt))
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await producer.close()
  const { user, system } = process.cpuUsage(cpu)
  // The first second pays for loading and compiling.
  return { taken: taken.slice(logsPerSecond), cpuShare: (user + system) / 1e3 / (performance.now() - start) }
}

export async function measureLatency({ rates = [100, 1000, 10_000, 50_000], seconds = 6 } = {}) {
  const sink = await startSinkProcess()
  const rows = []
  for (const rate of rates) {
    const { taken, cpuShare } = await measureRate(sink.port, rate, seconds)
    taken.sort((a, b) => a - b)
    const at = (share) => round(taken[Math.min(taken.length - 1, Math.floor(taken.length * share))], 1)
    const row = {
      'logs/s': rate,
      'linger ms': LINGER_MS,
      'p50 ms': round(median(taken), 1),
      'p99 ms': at(0.99),
      'max ms': at(1),
    }
    rows.push({ ...row, 'CPU %': round(cpuShare * 100) })
  }
  await sink.close()
  return rows
}

if (process.argv[1] === import.meta.filename) {
  const [rate, seconds = 6] = process.argv.slice(2).map(Number)
  console.table(await measureLatency({ seconds, ...(rate && { rates: [rate] }) }))
}
