// Many agents, each a process of the real program, with many idle inputs on a real server of NATS: how long it takes until each input runs
// where it shall after an agent was killed, how many inputs moved, and how many messages go to and from the server while nothing happens.
//
//   node test/proofs/fleet-scale.mjs [agents] [inputs]      default 5 100; the long form is 20 1000
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { HOW_TO_GET_IT, hasNatsServer, startNatsServer } from '../support/nats-server.mjs'

const BUILD = resolve(process.env.LOGHUB_TEST_BUILD ?? 'dist')
const INPUT = resolve(import.meta.dirname, 'fleet/idle-input.mjs')
const LEASE_MS = 10_000
const HEARTBEAT_MS = 2000
/** For the end of a lease, a heartbeat until somebody looks, and a machine that is busy with all these processes. */
const MAX_SETTLE_MS = LEASE_MS + 2 * HEARTBEAT_MS + 10_000
const IDLE_MS = 20_000
const START_MS = 180_000

const [agents = 5, inputs = 100] = process.argv.slice(2).map(Number)
if (![agents, inputs].every((n) => Number.isSafeInteger(n) && n >= 2)) {
  console.error('node test/proofs/fleet-scale.mjs [agents] [inputs]: whole numbers from 2')
  process.exit(2)
}
if (!hasNatsServer) {
  console.log(`fleet-scale: left out: ${HOW_TO_GET_IT}`)
  process.exit(77)
}
const { FleetControl, NatsCoordinator } = await import(pathToFileURL(join(BUILD, 'fleet/index.js')).href)

const directory = mkdtempSync(join(tmpdir(), 'loghub-fleet-scale-'))
const monitor = await freePort()
const server = await startNatsServer({ config: `http: "127.0.0.1:${monitor}"` })
const children = new Map()
const coordinator = await NatsCoordinator.connect(
  { servers: [server.url], fleet: 'scale' },
  { name: 'scale', baseDirectory: '.' },
)
const control = await FleetControl.open(coordinator)
const ids = Array.from({ length: inputs }, (_, i) => `input-${i}`)

function startAgent(name) {
  const file = join(directory, `${name}.yaml`)
  const config = {
    producer: {
      endpoint: 'http://127.0.0.1:9',
      project: 'proof',
      logstore: 'fleet',
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    },
    stateDirectory: join(directory, name),
    fleet: {
      name: 'scale',
      member: name,
      nats: { servers: [server.url] },
      heartbeatMs: HEARTBEAT_MS,
      leaseMs: LEASE_MS,
    },
  }
  writeFileSync(file, JSON.stringify(config))
  const program = [join(BUILD, 'cli/loghub.js'), 'agent', '--config', file, '--no-watch']
  const child = spawn(process.execPath, program, { stdio: 'ignore' })
  children.set(name, child)
}

const ownersNow = () => new Map(ids.map((id) => [id, control.view.ownerOf(id)]))

function isSettled() {
  const { members, plan } = control.view
  if (members.size !== children.size) return false
  return [...ownersNow()].every(([id, owner]) => owner !== undefined && owner === plan.memberOf.get(id))
}

/** Settled, and still so a while later: members that tell of their load make a new plan. */
async function untilSettled(timeoutMs) {
  const from = performance.now()
  while (!isSettled()) {
    if (performance.now() - from > timeoutMs) {
      const resting = [...ownersNow().values()].filter((owner) => owner === undefined).length
      throw new Error(`not settled after ${timeoutMs} ms: ${control.view.members.size} members, ${resting} inputs rest`)
    }
    await sleep(50)
  }
  return Math.round(performance.now() - from)
}

async function messages() {
  const answer = await fetch(`http://127.0.0.1:${monitor}/varz`)
  const { in_msgs, out_msgs } = await answer.json()
  return in_msgs + out_msgs
}

try {
  for (const id of ids) await control.add({ id, type: 'module', module: INPUT })
  for (let i = 0; i < agents; i++) startAgent(`agent-${i}`)
  const startMs = await untilSettled(START_MS)
  await sleep(3000)
  await untilSettled(START_MS)

  const before = await messages()
  await sleep(IDLE_MS)
  const idlePerSecond = Math.round((((await messages()) - before) / IDLE_MS) * 1000)

  const was = ownersNow()
  const victim = 'agent-0'
  const orphans = ids.filter((id) => was.get(id) === victim)
  children.get(victim).kill('SIGKILL')
  children.delete(victim)
  const settledMs = await untilSettled(MAX_SETTLE_MS)
  const moved = ids.filter((id) => ownersNow().get(id) !== was.get(id))
  const strangers = moved.filter((id) => was.get(id) !== victim)
  console.log(
    `fleet-scale: ${agents} processes, ${inputs} inputs: all run ${startMs} ms after the start; idle, ${idlePerSecond} messages/s; ` +
      `${settledMs} ms after a kill all run again, ${moved.length} have moved, ${orphans.length} of the dead and ${strangers.length} others`,
  )
  if (strangers.length > 0 || moved.length !== orphans.length) process.exitCode = 1
} finally {
  for (const child of children.values()) child.kill('SIGKILL')
  await Promise.all([...children.values()].map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
  control.close()
  await coordinator.close()
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  await new Promise((done) => probe.close(done))
  return port
}
