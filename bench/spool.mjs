// What the spool costs and what it can do: appending beside SQLite in WAL mode, opening 1 GiB, and the producer with and without it.
//
//   npm run build && node bench/spool.mjs [append|open|producer|latency] ...
//
// SQLite is Node's own (node:sqlite, 22.5 and later); where it is absent that line is left out.
import { spawn } from 'node:child_process'
import { mkdtemp, open as openFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const MIB = 1024 * 1024
const BODY = 256 * 1024
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
const quantile = (values, q) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) * q)]

async function spoolCode() {
  const outfile = resolve('node_modules/.cache/spool-bench.mjs')
  await build({ entryPoints: ['src/spool/index.ts'], bundle: true, platform: 'node', format: 'esm', outfile })
  return import(pathToFileURL(outfile).href)
}

async function inDirectory(work) {
  const directory = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), 'spool-bench-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const record = (body, n) => ({ group: `group-${n % 10}`, count: 1000, timeMs: Date.now(), body })

/** MB a second for 256 KiB bodies, eight appends at a time. */
async function appendRate(DiskSpool, durability) {
  return inDirectory(async (directory) => {
    const spool = await DiskSpool.open({ directory, durability, maxBytes: 4096 * MIB })
    const body = Buffer.alloc(BODY, 'payload ')
    const count = 800
    let next = 0
    const began = performance.now()
    const worker = async () => {
      while (next < count) await spool.append(record(body, next++))
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    const seconds = (performance.now() - began) / 1000
    await spool.close()
    return (count * BODY) / seconds / 1e6
  })
}

async function sqliteRate() {
  const sqlite = await import('node:sqlite').catch(() => undefined)
  if (sqlite === undefined) return undefined
  return inDirectory(async (directory) => {
    const database = new sqlite.DatabaseSync(join(directory, 'queue.db'))
    database.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE queue (id INTEGER PRIMARY KEY, body BLOB)',
    )
    const insert = database.prepare('INSERT INTO queue (body) VALUES (?)')
    const body = Buffer.alloc(BODY, 'payload ')
    const count = 400
    const began = performance.now()
    for (let n = 0; n < count; n++) insert.run(body)
    const seconds = (performance.now() - began) / 1000
    database.close()
    return (count * BODY) / seconds / 1e6
  })
}

async function append() {
  const { DiskSpool } = await spoolCode()
  for (const durability of ['batch', 'interval', 'os']) {
    const rates = []
    for (let run = 0; run < 5; run++) rates.push(await appendRate(DiskSpool, durability))
    console.log(`append, ${durability}: ${median(rates).toFixed(0)} MB/s`)
  }
  const rates = [await sqliteRate(), await sqliteRate(), await sqliteRate()]
  if (rates[0] !== undefined) console.log(`append, node:sqlite WAL, synchronous=FULL: ${median(rates).toFixed(0)} MB/s`)
}

/** 1 GiB in batches of 256 KiB, and again in records of 1 KiB: a million of them. */
async function open() {
  const { DiskSpool } = await spoolCode()
  for (const bytes of [BODY, 1024]) {
    await inDirectory(async (directory) => {
      const options = { directory, durability: 'os', maxBytes: 4096 * MIB }
      const count = Math.floor((1024 * MIB) / bytes)
      const writer = await DiskSpool.open(options)
      const body = Buffer.alloc(bytes, 'payload ')
      for (let n = 0; n < count; n += 1000) {
        await Promise.all(
          Array.from({ length: Math.min(1000, count - n) }, (_, i) => writer.append(record(body, n + i))),
        )
      }
      await writer.close()
      global.gc?.()
      const before = process.memoryUsage()
      const cpu = process.cpuUsage()
      const began = performance.now()
      const spool = await DiskSpool.open(options)
      const ms = performance.now() - began
      const { user, system } = process.cpuUsage(cpu)
      global.gc?.()
      const after = process.memoryUsage()
      const { unsettled, indexBytes } = spool.stats()
      const perRecord = (indexBytes / unsettled.records).toFixed(1)
      const grown = ((after.rss - before.rss) / MIB).toFixed(0)
      console.log(
        `open 1 GiB of ${unsettled.records} records: ${ms.toFixed(0)} ms (CPU ${((user + system) / 1000).toFixed(0)} ms), index ${perRecord} bytes a record, RSS +${grown} MiB`,
      )
      const readBegan = performance.now()
      let read = 0
      for (const group of spool.groups()) {
        for (let taken = spool.take(group); taken !== undefined && read < 256 * MIB; taken = spool.take(group)) {
          read += (await spool.read(taken.id)).body.length
        }
      }
      console.log(`  read back: ${(read / 1e6 / ((performance.now() - readBegan) / 1000)).toFixed(0)} MB/s`)
      await spool.close()
    })
  }
}

async function sinkServer() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'x-log-requestid': 'a'.repeat(24) }).end())
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }
}

/** Logs a second, and CPU a log, of a producer that sends `count` logs of eight fields with callbacks. */
async function producerRun(Producer, url, count, spool) {
  const producer = new Producer({
    endpoint: url,
    ...{ project: 'p', logstore: 'l', credentials: { accessKeyId: 'i', accessKeySecret: 's' }, spool },
  })
  const fields = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`field-${i}`, `value ${i} `.repeat(6)]))
  if (spool !== undefined) await isOpen(producer)
  const writers = Array.from({ length: 10 }, (_, i) => producer.writer({ topic: `t${i}` }))
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (let n = 0; n < count; n++) {
    while (!writers[n % 10].trySend(fields, () => {})) await producer.ready()
    if (n % 2000 === 0) await new Promise((done) => setImmediate(done))
  }
  await producer.flush()
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await producer.close()
  return { rate: count / seconds, cpuUs: (user + system) / count }
}

/** Interleaved: the machine's mood is the same for all. */
async function producer() {
  const { Producer } = await import(pathToFileURL(resolve('dist/index.js')).href)
  const server = await sinkServer()
  const modes = {
    'memory only': undefined,
    'always, batch': 'batch',
    'always, interval': 'interval',
    'always, os': 'os',
  }
  const runs = Object.fromEntries(Object.keys(modes).map((name) => [name, []]))
  for (let round = 0; round < 5; round++) {
    for (const [name, durability] of Object.entries(modes)) {
      await inDirectory(async (directory) => {
        const spool = durability && { directory, mode: 'always', durability, maxBytes: 4096 * MIB }
        runs[name].push(await producerRun(Producer, server.url, 200_000, spool))
      })
    }
  }
  const base = median(runs['memory only'].map(({ rate }) => rate))
  const baseCpu = median(runs['memory only'].map(({ cpuUs }) => cpuUs))
  for (const [name, results] of Object.entries(runs)) {
    const rate = median(results.map((result) => result.rate))
    const cpu = median(results.map((result) => result.cpuUs))
    console.log(
      `producer, ${name}: ${(rate / 1000).toFixed(0)}k logs/s (${((rate / base) * 100).toFixed(0)} %), CPU ${cpu.toFixed(2)} us a log (${((baseCpu / cpu) * 100).toFixed(0)} % of the logs for the same CPU)`,
    )
  }
  server.close()
}

/** A destination in a process of its own, which answers after so long: it takes no time of the producer. */
async function distantSink(ms) {
  const code = `
    const answer = (response) => response.writeHead(200, { 'x-log-requestid': 'a'.repeat(24) }).end()
    const server = require('node:http').createServer((request, response) =>
      request.resume().on('end', () => setTimeout(answer, ${ms}, response)))
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise((done) => child.stdout.once('data', (text) => done(Number(text))))
  return { url: `http://127.0.0.1:${port}`, close: () => child.kill() }
}

/** What the disk itself takes: 4 KiB and a sync. */
async function bareSyncs(directory) {
  const file = await openFile(join(directory, 'bare'), 'w')
  const block = Buffer.alloc(4096)
  const all = []
  for (let n = 0; n < 100; n++) {
    const began = performance.now()
    await file.write(block, 0, block.length, n * block.length)
    await file.datasync()
    all.push(performance.now() - began)
  }
  await file.close()
  return all
}

const p50And99 = (all) => `p50 ${quantile(all, 0.5).toFixed(1)} ms, p99 ${quantile(all, 0.99).toFixed(1)} ms`

/**
 * 1,000 logs a second into a spool in mode `always`: from `send` to durable with linger 5 ms; and from `send` to delivered, to a
 * destination 20 ms away, without a backlog and while one is replayed, in turns.
 */
async function latency() {
  const { Producer } = await import(pathToFileURL(resolve('dist/index.js')).href)
  const sink = await distantSink(20)
  const config = {
    endpoint: sink.url,
    project: 'p',
    logstore: 'l',
    credentials: { accessKeyId: 'i', accessKeySecret: 's' },
    lingerMs: 20,
  }
  const run = async (directory, forMs, options, over = {}) => {
    const producer = new Producer({ ...config, ...over, spool: { directory, mode: 'always' } })
    await isOpen(producer)
    const all = await timed(producer, forMs, options)
    const { replayed } = producer.metrics().spool
    await producer.close({ timeoutMs: 5_000 })
    return { all, replayed }
  }
  await inDirectory(async (directory) => {
    await run(join(directory, 'warm'), 2_000, {})
    console.log(`4 KiB and a sync, nothing else: ${p50And99(await bareSyncs(directory))}`)
    const { all } = await run(join(directory, 'durable'), 4_000, { resolveOn: 'durable' }, { lingerMs: 5 })
    console.log(`to durable, 1,000 logs/s, linger 5 ms: ${p50And99(all)}`)
    const pairs = []
    for (let round = 0; round < 5; round++) {
      const without = await run(join(directory, `empty-${round}`), 2_000, {})
      const backlog = join(directory, `backlog-${round}`)
      await fillBacklog(Producer, config, backlog)
      const during = await run(backlog, 2_000, {})
      pairs.push({
        without: quantile(without.all, 0.99),
        during: quantile(during.all, 0.99),
        replayed: during.replayed,
      })
    }
    const ratio = median(pairs.map(({ without, during }) => during / without))
    console.log(
      `fresh logs, linger 20 ms, p99: ${median(pairs.map(({ without }) => without)).toFixed(0)} ms without backlog, ${median(pairs.map(({ during }) => during)).toFixed(0)} ms while one is replayed (${median(pairs.map(({ replayed }) => replayed))} batches meanwhile); ratio of each pair: median ${ratio.toFixed(1)}`,
    )
  })
  sink.close()
}

/** 400 MB of logs for a destination that is down. */
async function fillBacklog(Producer, config, directory) {
  const down = new Producer({
    ...config,
    endpoint: 'http://127.0.0.1:9',
    spool: { directory, mode: 'always' },
    logger: silent,
  })
  await isOpen(down)
  const padding = 'x'.repeat(20_000)
  for (let n = 0; n < 20_000; n++) {
    const log = { topic: `t${n % 20}`, logs: { contents: { n: String(n), padding: `${padding}${Math.random()}` } } }
    while (!down.trySend(log)) await down.ready()
  }
  await down.flush({ until: 'durable' })
  await down.close({ timeoutMs: 1000 })
}

/** Opening is a matter of once, and of its own line. */
async function isOpen(producer) {
  while (producer.metrics().spool === undefined) await new Promise((done) => setTimeout(done, 5))
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Milliseconds from send to its verdict, for 1,000 logs a second. */
async function timed(producer, forMs, options) {
  const all = []
  const began = performance.now()
  const sends = []
  for (let n = 0; performance.now() - began < forMs; n++) {
    const sent = performance.now()
    sends.push(
      producer
        .send({ logs: { contents: { n: String(n) } }, ...options })
        .then(() => all.push(performance.now() - sent)),
    )
    const dueMs = began + n
    if (dueMs > performance.now()) await new Promise((done) => setTimeout(done, 1))
  }
  await Promise.all(sends)
  return all
}

const benches = { append, open, producer, latency }
const wanted = process.argv.slice(2)
for (const [name, run] of Object.entries(benches)) if (wanted.length === 0 || wanted.includes(name)) await run()
