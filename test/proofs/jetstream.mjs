// A stream and three agents that share it, real processes all of them, killed with SIGKILL and started again: every message arrives,
// and only those twice that a killed agent had not settled. Prints the rate.
//
//   node test/proofs/jetstream.mjs [messages] [kills] [seed]      default 20000 5 1; the long form is 1000000 30
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { HOW_TO_GET_IT, hasNatsServer, startNatsServer } from '../support/nats-server.mjs'

const BUILD = resolve(process.env.LOGHUB_TEST_BUILD ?? 'dist')
const AGENTS = 3
const STREAM = 'PROOF'
const TEXT = 'a line of about a hundred bytes, as applications write them: method=GET path=/orders status=200 ms='
const END_TIMEOUT_MS = 600_000

const [messages = 20_000, kills = 5, seed = 1] = process.argv.slice(2).map(Number)
if (![messages, kills, seed].every((n) => Number.isSafeInteger(n) && n >= 0)) {
  console.error('node test/proofs/jetstream.mjs [messages] [kills] [seed]: whole numbers')
  process.exit(2)
}
if (!hasNatsServer) {
  console.log(`jetstream: left out: ${HOW_TO_GET_IT}`)
  process.exit(77)
}

const { startEmulator } = await import(pathToFileURL(join(BUILD, 'emulator/index.js')).href)
const directory = mkdtempSync(join(tmpdir(), 'loghub-jetstream-'))
const server = await startNatsServer()
const emulator = await startEmulator({ autoCreate: true, maxBytes: 4 * 1024 ** 3 })
const connection = await connect({ servers: server.url })
const manager = await jetstreamManager(connection)
const living = new Map()
const killed = new Set()
let lives = 0
let failed = true

try {
  await manager.streams.add({ name: STREAM, subjects: ['proof.>'], storage: 'file' })
  await publishAll()
  const startedAt = performance.now()
  for (let agent = 0; agent < AGENTS; agent++) startAgent(agent)
  await killSome()
  await untilAllIsAcknowledged()
  const seconds = (performance.now() - startedAt) / 1000
  failed = !judge(seconds)
} finally {
  for (const { child } of living.values()) child.kill('SIGKILL')
  await connection.close()
  await server.stop()
  await emulator.close()
  rmSync(directory, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0

async function publishAll() {
  for (let n = 0; n < messages; n++) {
    connection.publish('proof.app', `n=${n} ${TEXT}${n % 1000}`)
    if (n % 5000 === 4999) await connection.flush()
  }
  await connection.flush()
  const { state } = await manager.streams.info(STREAM)
  if (state.messages !== messages) throw new Error(`the stream has ${state.messages} of ${messages} messages`)
}

/** Each life of an agent has a name of its own, which its logs carry as their source. */
function startAgent(agent) {
  const source = `agent-${agent}-life-${++lives}`
  const file = join(directory, `${source}.yaml`)
  const config = {
    producer: {
      endpoint: emulator.url,
      project: 'proof',
      logstore: 'jetstream',
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
      lingerMs: 100,
    },
    stateDirectory: join(directory, source),
    inputs: [
      {
        id: 'in',
        type: 'jetstream',
        nats: { servers: [server.url] },
        stream: STREAM,
        ackWaitMs: 5000,
        // So that kills find work under way, also in the short form.
        maxUnsettled: Math.max(1000, Math.min(20_000, Math.floor(messages / 20))),
        to: { source },
      },
    ],
  }
  writeFileSync(file, JSON.stringify(config))
  const child = spawn(process.execPath, [join(BUILD, 'cli/loghub.js'), 'agent', '--config', file, '--no-watch'], {
    stdio: ['ignore', 'ignore', process.env.VERBOSE ? 'inherit' : 'ignore'],
  })
  living.set(agent, { child, source })
}

/** Spread over the messages, at moments and of agents that the seed tells. */
async function killSome() {
  const random = randomOf(seed)
  for (let kill = 1; kill <= kills; kill++) {
    const at = (messages * (kill - random() * 0.5)) / (kills + 1)
    while (emulator.stats().logs < at) await sleep(1)
    const agent = Math.floor(random() * AGENTS)
    const { child, source } = living.get(agent)
    child.kill('SIGKILL')
    await once(child, 'exit')
    killed.add(source)
    startAgent(agent)
  }
}

async function untilAllIsAcknowledged() {
  const end = performance.now() + END_TIMEOUT_MS
  for (;;) {
    // The agents make the consumer.
    const consumer = emulator.stats().logs === 0 ? undefined : await manager.consumers.info(STREAM, 'in')
    if (consumer?.num_pending === 0 && consumer.num_ack_pending === 0) return
    if (performance.now() > end) throw new Error(`not all is acknowledged: ${JSON.stringify(consumer)}`)
    await sleep(20)
  }
}

function judge(seconds) {
  /** The lives that stored a message. */
  const sources = new Map()
  let copies = 0
  let wrongCopies = 0
  for (const { source, contents } of emulator.logs({ project: 'proof', logstore: 'jetstream' })) {
    const n = Number(/^n=(\d+) /.exec(contents[0][1])[1])
    const before = sources.get(n)
    if (before === undefined) sources.set(n, source)
    else {
      copies++
      if (!killed.has(before) || before === source) wrongCopies++
      sources.set(n, source)
    }
  }
  const missing = messages - sources.size
  const rate = Math.round(messages / seconds)
  console.log(
    `jetstream: ${messages} messages, ${AGENTS} agents, ${killed.size} kills (seed ${seed}): ${missing} missing, ${copies} copies, ` +
      `${wrongCopies} of them of what was settled; ${rate} messages/s, ${Math.round(rate / AGENTS)} an agent`,
  )
  return missing === 0 && wrongCopies === 0 && killed.size === kills
}

function randomOf(start) {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
