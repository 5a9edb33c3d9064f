// What an outage costs and how soon it is over: the server is killed under a steady load and comes back on the same port.
// Run: node bench/outage.mjs [logs per second] [seconds of outage]
import { Producer } from 'loghub-producer'
import { round } from './measure.mjs'
import { groups, record } from './record.mjs'
import { startSinkProcess } from './sink.mjs'

const MIB = 1024 * 1024
const TICK_MS = 5
const CALM_MS = 2000

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function startLoad(port, logsPerSecond) {
  const producer = new Producer({
    endpoint: `http://127.0.0.1:${port}`,
    project: 'bench-project',
    logstore: 'bench-store',
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    lingerMs: 100,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const writers = groups.map((group) => producer.writer(group))
  const counts = { sent: 0, turnedAway: 0, delivered: 0, failed: 0 }
  const settle = (error) => counts[error === null ? 'delivered' : 'failed']++
  const start = performance.now()
  const timer = setInterval(() => {
    const due = ((performance.now() - start) / 1000) * logsPerSecond
    for (; counts.sent + counts.turnedAway < due; ) {
      const { group, contents } = record(counts.sent)
      if (writers[group].trySend(contents, settle)) counts.sent++
      else counts.turnedAway++
    }
  }, TICK_MS)
  return { producer, counts, stop: () => clearInterval(timer) }
}

/** Resolves with the milliseconds until as many logs have their verdict as were sent when it was called. */
async function caughtUp({ counts }) {
  const { sent } = counts
  const start = performance.now()
  while (counts.delivered + counts.failed < sent) await sleep(1)
  return performance.now() - start
}

async function measureOne(logsPerSecond, seconds) {
  const sink = await startSinkProcess()
  const load = startLoad(sink.port, logsPerSecond)
  await sleep(CALM_MS)
  await sink.kill()
  await sleep(seconds * 1000)
  const peakBytes = load.producer.metrics().memory.usedBytes
  const again = await startSinkProcess(sink.port)
  const backlogMs = await caughtUp(load)
  await sleep(CALM_MS)
  load.stop()
  await load.producer.close()
  await again.close()
  const { sent, turnedAway, delivered, failed } = load.counts
  return {
    'outage s': seconds,
    'logs/s': logsPerSecond,
    sent,
    'turned away': turnedAway,
    failed,
    missing: sent - delivered - failed,
    'in memory MiB': round(peakBytes / MIB, 1),
    'caught up after ms': round(backlogMs),
  }
}

export async function measureOutage({ logsPerSecond = 20_000, outages = [1, 5, 15] } = {}) {
  const rows = []
  for (const seconds of outages) rows.push(await measureOne(logsPerSecond, seconds))
  return rows
}

if (process.argv[1] === import.meta.filename) {
  const [logsPerSecond = 20_000, seconds] = process.argv.slice(2).map(Number)
  console.table(await measureOutage({ logsPerSecond, ...(seconds && { outages: [seconds] }) }))
}
