// An outage of two hours in virtual time, while a gigabyte goes to disk: memory stays flat. Then the service is back, and all of
// it arrives.
//
//   node --expose-gc test/proofs/spool-outage.mjs [MiB, default 64]
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const build = process.env.LOGHUB_TEST_BUILD ?? 'dist'
const { Producer, SinkError } = await import(pathToFileURL(resolve(build, 'index.js')).href)

const MIB = 2 ** 20
const SECONDS = 2 * 3600
const STEP_SECONDS = 10
/** What the heap, the index of records and the buffers of the system may add over the outage. */
const MOST_GROWTH_MIB = 64

/** Time that moves only when it is told to. */
class VirtualClock {
  #nowMs = 0
  #timers = new Set()

  now() {
    return Date.UTC(2026, 0, 1) + this.#nowMs
  }

  monotonicMs() {
    return this.#nowMs
  }

  setTimer(callback, delayMs) {
    const timer = { dueMs: this.#nowMs + Math.max(delayMs, 0.001), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  async advance(byMs) {
    const endMs = this.#nowMs + byMs
    for (;;) {
      const next = [...this.#timers].reduce((a, b) => (b.dueMs < a.dueMs ? b : a), { dueMs: Number.POSITIVE_INFINITY })
      if (next.dueMs > endMs) break
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      this.#timers.delete(next)
      next.callback()
      await turn()
    }
    this.#nowMs = endMs
    await turn()
  }
}

class Service {
  isDown = true
  logs = 0

  async send({ payload }) {
    if (this.isDown) throw new SinkError('ERR_LOGHUB_NETWORK', 'down', { failureClass: 'back-off' })
    this.logs += payload.rawSizeInBytes > 0 ? 1 : 0
    return { requestId: 'r' }
  }

  async close() {}
}

const mib = Number(process.argv[2] ?? 64)
if (!(mib > 0)) {
  console.error(`the MiB to spool must be a number above 0, got '${process.argv[2]}'`)
  process.exit(2)
}
const directory = await mkdtemp(join(tmpdir(), 'spool-outage-'))
try {
  const result = await outage()
  console.log(JSON.stringify(result))
  process.exitCode = result.problems.length === 0 ? 0 : 1
} finally {
  await rm(directory, { recursive: true, force: true })
}

async function outage() {
  const clock = new VirtualClock()
  const sink = new Service()
  const producer = new Producer({
    ...{ project: 'proof', logstore: 'outage', clock, sink, compression: 'none', lingerMs: 1000 },
    totalSizeInBytes: 32 * MIB,
    spool: { directory, mode: 'always', maxBytes: (mib + 64) * MIB },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const steps = SECONDS / STEP_SECONDS
  const value = 'x'.repeat(1000)
  const logsEach = Math.ceil((mib * MIB) / steps / 1030)
  const rss = []
  for (let step = 0; step < steps; step++) {
    for (let n = 0; n < logsEach; n++) producer.trySend({ logs: { contents: { value } } })
    await clock.advance(STEP_SECONDS * 1000)
    // The disk is real, and takes real time.
    while (producer.metrics().logs.inMemory > 0) await new Promise((done) => setTimeout(done, 1))
    if (step % (steps / 12) === 0) {
      globalThis.gc?.()
      rss.push(Math.round(process.memoryUsage().rss / MIB))
    }
  }
  const { logs, spool } = producer.metrics()
  const spooledMib = Math.round(spool.bytes / MIB)
  const began = performance.now()
  sink.isDown = false
  while (producer.metrics().logs.onDisk > 0) await clock.advance(1000)
  const drainSeconds = Math.round((performance.now() - began) / 100) / 10
  const after = producer.metrics()
  await producer.close()
  // The first hour fills what is there for good: the heap, the buffers, the lanes.
  const settled = rss.slice(2)
  const growthMib = Math.max(...settled) - settled[0]
  const problems = [
    logs.accepted !== steps * logsEach && `${logs.accepted} of ${steps * logsEach} logs were accepted`,
    logs.onDisk !== logs.accepted && `${logs.onDisk} of ${logs.accepted} logs were on disk`,
    after.logs.delivered !== logs.accepted && `${after.logs.delivered} of ${logs.accepted} logs were delivered`,
    growthMib > MOST_GROWTH_MIB && `RSS grew by ${growthMib} MiB`,
  ].filter(Boolean)
  return { spooledMib, logs: logs.accepted, rssMib: rss, growthMib, drainSeconds, problems }
}
