// One run of memory.mjs, in a process of its own: `node --expose-gc bench/memory-run.mjs groups|saturated|outage PORT`.
// Prints one JSON line, in bytes.
import { Producer } from 'loghub-producer'
import { groups, record } from './record.mjs'

const [question, port] = process.argv.slice(2)
const BUDGET = 100 * 1024 * 1024
const GROUPS = 10_000
const SECONDS = 8

const rss = () => process.memoryUsage.rss()
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function producerWith(options) {
  return new Producer({
    endpoint: `http://127.0.0.1:${port}`,
    project: 'bench-project',
    logstore: 'bench-store',
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    totalSizeInBytes: BUDGET,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...options,
  })
}

/** What an open batch costs where each group has one short log: after as many that made the heap grow to its usual size. */
async function perGroup() {
  const producer = producerWith({ maxOpenBatches: 3 * GROUPS, lingerMs: 60_000 })
  const open = async (from, to) => {
    for (let i = from; i < to; i++) producer.trySend({ topic: `topic-${i}`, logs: { contents: { level: 'info', i } } })
    globalThis.gc()
    await rest(100)
    return rss()
  }
  const before = await open(0, GROUPS)
  const after = await open(GROUPS, 3 * GROUPS)
  await producer.close({ timeoutMs: 0 })
  return { bytesPerGroup: (after - before) / GROUPS / 2 }
}

/** Peak over the idle process while logs come faster than they leave: against a server that answers, or none. */
async function peak() {
  const producer = producerWith({})
  const writers = groups.map((group) => producer.writer(group))
  // Idle, but at work before: the HTTP client and the codec are loaded.
  writers[0].trySend(record(0).contents)
  await producer.flush(question === 'outage' ? { timeoutMs: 100 } : {}).catch(() => {})
  globalThis.gc()
  const idle = rss()
  let most = 0
  const end = performance.now() + SECONDS * 1000
  for (let i = 0; performance.now() < end; i++) {
    const log = record(i)
    if (!writers[log.group].trySend(log.contents)) await Promise.race([producer.ready(), rest(50)])
    if (i % 1000 === 999) await new Promise(setImmediate)
    if (i % 1000 === 999) most = Math.max(most, rss())
  }
  const { highWaterBytes } = producer.metrics().memory
  await producer.close({ timeoutMs: question === 'outage' ? 0 : 10_000 })
  return { overIdle: most - idle, overBudget: most - idle - BUDGET, highWaterBytes }
}

console.log(JSON.stringify(question === 'groups' ? await perGroup() : await peak()))
process.exit(0)
