// Many groups over real sockets to an emulator that misbehaves in every way it can, one project always down; then the
// account, as one line of JSON. The parent is the emulator; this process is the application. It ends by itself or hangs.
// Environment: BUILD, URL, SECONDS, SEED, GROUPS, BUDGET.
import { readFileSync } from 'node:fs'

const { BUILD, URL: endpoint } = process.env
const [seconds, seed, groups, budget] = ['SECONDS', 'SEED', 'GROUPS', 'BUDGET'].map((name) => Number(process.env[name]))
const { Producer } = await import(BUILD)
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const random = randomOf(seed)
const projects = ['one', 'two', 'three', 'down']
const producer = new Producer({
  endpoint,
  project: projects[0],
  credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
  logstore: 'logs',
  totalSizeInBytes: budget,
  overflow: 'drop-oldest',
  router: 'key-hash',
  lanes: { min: 1, max: 16 },
  lingerMs: 200,
  requestTimeoutMs: 2_000,
  deliveryTimeoutMs: 10_000,
  maxRetryBackoffMs: 1_000,
  logger: silent,
})
for (const project of projects) producer.putProject({ project })

const verdicts = { delivered: 0, failed: 0, refused: 0, twice: 0, offered: 0 }
await warmUp()
const idleRss = rss()
let peakRss = idleRss
const end = performance.now() + seconds * 1e3
let imbalances = 0
for (let turn = 0; performance.now() < end; turn++) {
  for (let n = 0; n < 200; n++) sendOne()
  // Faster than the emulator takes it in bursts, so that memory fills and is shed.
  if (turn % 20 === 0) await new Promise((resolve) => setTimeout(resolve, random() * 40))
  else await new Promise(setImmediate)
  if (turn % 50 === 0) look()
}
const closing = performance.now()
const report = await producer.close({ timeoutMs: 15_000 })
await new Promise(setImmediate)
const { logs, memory, requests, batches } = producer.metrics()
look()
console.log(
  JSON.stringify({
    seed,
    seconds,
    groups,
    verdicts,
    logs,
    report,
    imbalances,
    requests: requests.made,
    failedRequests: requests.failed,
    retriesByReason: requests.retriesByReason,
    splitsByReason: requests.splitsByReason,
    batches: batches.delivered,
    usedBytes: memory.usedBytes,
    highWaterMiB: mib(memory.highWaterBytes),
    budgetMiB: mib(budget),
    idleRssMiB: mib(idleRss),
    peakRssMiB: mib(peakRss),
    closeMs: Math.round(performance.now() - closing),
    resources: process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && name !== 'TTYWrap'),
  }),
)

function sendOne() {
  const group = Math.floor(random() * groups)
  const contents = {
    group: String(group),
    text: 'x'.repeat(Math.floor(random() * 600)),
    ...(random() < 0.0005 && { poison: '1' }),
  }
  let calls = 0
  const settle = (error) => {
    if (++calls > 1) verdicts.twice++
    else if (error === null) verdicts.delivered++
    else if (error.name === 'SendError') verdicts.failed++
    else verdicts.refused++
  }
  verdicts.offered++
  const request = { project: projects[group % projects.length], topic: String(group), logs: { contents } }
  if (random() < 0.5) producer.send(request, settle)
  else producer.send(request).then(() => settle(null), settle)
}

/** Everything is loaded and compiled before memory is compared. The faults may hit this send, too. */
async function warmUp() {
  verdicts.offered++
  await producer.send({ project: 'one', logs: { contents: { warm: 'up' } } }).then(
    () => verdicts.delivered++,
    () => verdicts.failed++,
  )
  globalThis.gc?.()
}

function look() {
  peakRss = Math.max(peakRss, rss())
  const { accepted, delivered, failed, dropped, inMemory } = producer.metrics().logs
  if (accepted !== delivered + failed + dropped + inMemory) imbalances++
}

function rss() {
  if (process.platform !== 'linux') return process.memoryUsage.rss()
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
}

function mib(bytes) {
  return Math.round((bytes / 1024 / 1024) * 10) / 10
}

/** mulberry32: the same choices for the same seed. */
function randomOf(start) {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
