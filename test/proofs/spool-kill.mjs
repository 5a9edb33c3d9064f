// kill -9 at random moments, some after a SIGSTOP: children send numbered logs in mode `always` and report each that is durable; each next child
// goes on in the same directory, some of them two at once. In the end nothing that was reported is missing, copies are copies of whole
// batches, and each topic of each life is in order.
//
//   node test/proofs/spool-kill.mjs [rounds] [seed]
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const build = process.env.LOGHUB_TEST_BUILD ?? 'dist'
const BUILD = pathToFileURL(resolve(build, 'index.js')).href
const CHILD = join(import.meta.dirname, 'spool-child.mjs')

export async function killRun({ rounds, seed, startEmulator, LogReader }) {
  const random = randomOf(seed)
  const directory = await mkdtemp(join(tmpdir(), 'spool-kill-'))
  const emulator = await startEmulator({
    port: 0,
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    autoCreate: true,
  })
  const durable = new Map()
  let first = 0
  try {
    for (let round = 0; round < rounds; round++) {
      const mood = emulator.script({
        then: () => (random() < 0.3 ? pick(random, [{ status: 503 }, { reset: 'after' }, { delayMs: 30 }]) : {}),
      })
      const children = Array.from({ length: random() < 0.3 ? 2 : 1 }, () => {
        const name = `life-${round}-${first}`
        const child = startChild({ directory, url: emulator.url, name, first })
        first += 100_000
        return { name, ...child }
      })
      await Promise.all(children.map((child) => child.firstLine))
      await delay(random() * 120)
      if (random() < 0.2) await standStill(pick(random, children), random() * 100)
      for (const child of children) child.kill()
      for (const child of children) {
        await child.ended
        durable.set(child.name, child.lines())
      }
      mood.remove()
    }
    const began = performance.now()
    const drained = startChild({ directory, url: emulator.url, name: 'last', first, drain: true })
    await drained.ended
    const drainSeconds = Math.round((performance.now() - began) / 1000)
    const drainedReport = JSON.parse(drained.lines().at(-1) ?? '{}')
    return { ...(await judge(emulator, durable, LogReader)), drainSeconds, drained: drainedReport }
  } finally {
    await emulator.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function judge(emulator, durable, LogReader) {
  const stored = emulator.logs({ project: 'proof', logstore: 'kill' })
  const numbers = stored.map((log) => Number(fieldOf(log, 'n')))
  const found = new Set(numbers)
  let reported = 0
  const missing = []
  for (const lines of durable.values()) {
    reported += lines.length
    for (const n of lines.map(Number)) if (!found.has(n)) missing.push(n)
  }
  const deduped = await readDeduped(emulator, LogReader)
  const unique = new Set(deduped)
  return {
    reported,
    stored: numbers.length,
    copies: numbers.length - found.size,
    missing,
    outOfOrder: outOfOrder(stored),
    dedupedCopies: deduped.length - unique.size,
    dedupedMissing: [...found].filter((n) => !unique.has(n)).length,
  }
}

/** Copies left out, the logs of one life and topic count upwards. */
function outOfOrder(stored) {
  const last = new Map()
  const seen = new Set()
  let wrong = 0
  for (const log of stored) {
    const n = Number(fieldOf(log, 'n'))
    if (seen.has(n)) continue
    seen.add(n)
    const group = `${log.source}/${log.topic}`
    if (n < (last.get(group) ?? -1)) wrong++
    last.set(group, Math.max(n, last.get(group) ?? -1))
  }
  return wrong
}

async function readDeduped(emulator, LogReader) {
  const reader = new LogReader({
    endpoint: emulator.url,
    project: 'proof',
    logstore: 'kill',
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    dedupe: true,
  })
  const numbers = []
  const shards = []
  for (const { shardID } of await reader.listShards()) {
    shards.push({ shardID, cursor: await reader.getCursor(shardID, 'begin') })
  }
  // In turns, as whoever follows a logstore does: the pack ids of one life are then met close together, and are few ranges.
  for (let left = shards; left.length > 0; ) {
    const unread = []
    for (const { shardID, cursor } of left) {
      const { groups, nextCursor } = await reader.pullLogGroups(shardID, cursor, 100)
      for (const { logs } of groups) for (const log of logs) numbers.push(Number(fieldOf(log, 'n')))
      if (nextCursor !== cursor) unread.push({ shardID, cursor: nextCursor })
    }
    left = unread
  }
  await reader.close?.()
  return numbers
}

function fieldOf({ contents }, name) {
  return contents.find(([key]) => key === name)?.[1]
}

function startChild({ directory, url, name, first, drain }) {
  const child = spawn(process.execPath, [CHILD], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...{
        BUILD,
        URL: url,
        DIRECTORY: directory,
        NAME: name,
        FIRST: String(first),
        ORDER: '1',
        DRAIN: drain ? '1' : '0',
      },
    },
  })
  let output = ''
  const firstLine = new Promise((tell) => {
    child.stdout.on('data', (data) => {
      output += data
      tell()
    })
    child.on('close', tell)
  })
  return {
    firstLine,
    ended: new Promise((tell) => child.on('close', tell)),
    kill: () => child.kill('SIGKILL'),
    stop: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
    // A line that was cut is not a report.
    lines: () =>
      output
        .slice(0, output.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line !== ''),
  }
}

/** A machine that is busy, or a debugger. */
async function standStill(child, ms) {
  child.stop()
  await delay(ms)
  child.goOn()
}

function delay(ms) {
  return new Promise((done) => setTimeout(done, ms))
}

function pick(random, items) {
  return items[Math.floor(random() * items.length)]
}

function randomOf(seed) {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

function wholeNumber(text, least) {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  console.error(
    `expected a whole number of ${least} or more, got '${text}'\nUsage: node test/proofs/spool-kill.mjs [rounds] [seed]`,
  )
  process.exit(2)
}

if (process.argv[1] === import.meta.filename) {
  const rounds = wholeNumber(process.argv[2] ?? 20, 1)
  const seed = wholeNumber(process.argv[3] ?? Date.now() % 100_000, 0)
  const { startEmulator } = await import(pathToFileURL(resolve(build, 'emulator/index.js')).href)
  const { LogReader } = await import(BUILD)
  const began = performance.now()
  const result = await killRun({ rounds, seed, startEmulator, LogReader })
  const isGood =
    result.missing.length === 0 &&
    result.outOfOrder === 0 &&
    result.drained.report?.spooled === 0 &&
    result.dedupedCopies === 0 &&
    result.dedupedMissing === 0
  console.log(
    JSON.stringify({
      rounds,
      seed,
      seconds: Math.round((performance.now() - began) / 1000),
      ...result,
      missing: result.missing.length,
    }),
  )
  process.exit(isGood ? 0 : 1)
}
