// Hours of use in minutes: sends at a steady rate, with an outage every so often, and looks for what stays behind.
// `npm run build && node --expose-gc bench/soak.mjs --minutes 30 --rate 40000`. Prints one JSON line; exit code 1 if a log is
// unaccounted for, or the heap after draining is more than 5 % over what it was after the first seconds.
import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'

if (process.send === undefined) await main()
else await serve()

/** The child: an emulator that only counts, and resets every connection during an outage. */
async function serve() {
  const { startEmulator } = await import('loghub-producer/emulator')
  const emulator = await startEmulator({ autoCreate: true, storage: 'discard', verify: false })
  let outage
  process.on('message', (message) => {
    if (message === 'down') outage = emulator.script({ then: { reset: 'before' } })
    else if (message === 'up') outage?.remove()
    else emulator.close().then(() => process.disconnect())
  })
  process.send(emulator.url)
}

async function main() {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '5' }, rate: { type: 'string', default: '40000' } },
  })
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)]
  const { Producer } = await import('loghub-producer')
  const { groups, record } = await import('./record.mjs')
  const server = fork(import.meta.filename)
  const endpoint = await new Promise((resolve) => server.once('message', resolve))
  const producer = new Producer({
    ...{ endpoint, project: 'soak', logstore: 'soak', credentials: { accessKeyId: 'id', accessKeySecret: 'secret' } },
    ...{ totalSizeInBytes: 64 * 1024 * 1024, maxRetryBackoffMs: 2_000, lingerMs: 200 },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const writers = groups.map((group) => producer.writer(group))
  const told = { delivered: 0, failed: 0 }
  const settle = (error) => {
    if (error === null) told.delivered++
    else told.failed++
  }
  let sent = 0
  let outages = 0

  /** At the rate that was asked for; what finds no room waits, and is made up for. */
  async function sendFor(seconds) {
    const start = performance.now()
    const before = sent
    while (performance.now() - start < seconds * 1e3) {
      const due = before + Math.floor(((performance.now() - start) / 1e3) * rate)
      for (; sent < due; sent++) {
        const log = record(sent)
        while (!writers[log.group].trySend(log.contents, settle)) await producer.ready()
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async function drainedHeap() {
    await producer.flush()
    for (let n = 0; n < 5; n++) {
      globalThis.gc?.()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return process.memoryUsage().heapUsed
  }

  let peakRss = 0
  const watch = setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage.rss())
  }, 100)
  await sendFor(20)
  const heapAtStart = await drainedHeap()
  const cpu = process.cpuUsage()
  const end = performance.now() + minutes * 60e3
  while (performance.now() < end) {
    await sendFor(15)
    server.send('down')
    outages++
    // By the clock: a sender that finds no room waits for the end of the outage.
    setTimeout(() => server.send('up'), 5_000)
    await sendFor(5)
  }
  const heapAtEnd = await drainedHeap()
  const used = process.cpuUsage(cpu)
  clearInterval(watch)
  await producer.close()
  server.send('end')
  const { logs, requests } = producer.metrics()
  const growth = heapAtEnd / heapAtStart - 1
  console.log(
    JSON.stringify({
      ...{ minutes, rate, sent, ...told, outages, refused: logs.refused, retries: requests.retriesByReason },
      ...{ heapAtStartMiB: mib(heapAtStart), heapAtEndMiB: mib(heapAtEnd), heapGrowth: Number(growth.toFixed(4)) },
      ...{ peakRssMiB: mib(peakRss), budgetMiB: 64, cpuSeconds: Math.round((used.user + used.system) / 1e6) },
    }),
  )
  process.exitCode = told.delivered + told.failed === sent && growth <= 0.05 ? 0 : 1
}

function mib(bytes) {
  return Math.round((bytes / 1024 / 1024) * 10) / 10
}
