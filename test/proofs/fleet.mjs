// Fleets of real processes on a real cluster of NATS, with agents killed, stopped for longer than their lease and continued, cut off from
// NATS, drained and restarted, their wall clocks set forth and back by up to two hours, servers of NATS killed and started again, and
// inputs added and removed. Of each history a checker says whether two agents wrote one input at a time, an input rested for too long, a checkpoint went back, or a log is missing.
//
//   node test/proofs/fleet.mjs [histories] [seed]      default 5 1; the long form is 100
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { HOW_TO_GET_IT, hasNatsServer } from '../support/nats-server.mjs'
import { ChaosFleet } from './fleet/chaos-fleet.mjs'
import { judgeHistory } from './fleet/judge-history.mjs'
import { machineTimeMs } from './fleet/machine-time.mjs'

const BUILD = resolve(process.env.LOGHUB_TEST_BUILD ?? 'dist')
const TIMING = { heartbeatMs: 500, leaseMs: 2500 }
/** The lease as the others see it, a heartbeat until they look, the end and the start of an input; and a machine that is busy. */
const MAX_GAP_MS = TIMING.leaseMs + 2 * TIMING.heartbeatMs + Number(process.env.SLACK_MS ?? 5000)
/** Of a cluster that lost its leader. */
const ELECTION_MS = 8000
const AGENTS = ['a', 'b', 'c', 'd']
const INPUTS = 12
const DISTURBANCES = 5
const MIN_JUMP_MS = 100
const MAX_JUMP_MS = 7_200_000

const [histories = 5, firstSeed = 1] = process.argv.slice(2).map(Number)
if (![histories, firstSeed].every((n) => Number.isSafeInteger(n) && n >= 1)) {
  console.error('node test/proofs/fleet.mjs [histories] [seed]: whole numbers from 1')
  process.exit(2)
}
if (!hasNatsServer) {
  console.log(`fleet: left out: ${HOW_TO_GET_IT}`)
  process.exit(77)
}
const { startEmulator } = await import(pathToFileURL(join(BUILD, 'emulator/index.js')).href)
/** Never rejects. */
async function history(seed) {
  const fleet = new ChaosFleet(BUILD, TIMING)
  const random = randomOf(seed)
  const lives = new Map()
  const outages = []
  const told = []
  const startedAt = machineTimeMs()
  const seconds = () => Math.round((machineTimeMs() - startedAt) / 1000)
  try {
    await fleet.start(startEmulator, AGENTS)
    await addInputs(
      fleet,
      lives,
      Array.from({ length: INPUTS }, (_, i) => `in-${i}`),
    )
    await sleep(2000)
    for (let i = 0; i < DISTURBANCES; i++) {
      const name = pick(random, Object.keys(DISTURB))
      const from = seconds()
      if (random() < 0.5) told.push(jumpClock(fleet, random))
      const what = await DISTURB[name]({ fleet, random, lives, outages })
      told.push(`${name}${what ? ` ${what}` : ''} ${from}-${seconds()} s`)
      await sleep(500 + random() * 2000)
    }
    await untilAllRun(fleet, lives)
    const now = machineTimeMs()
    for (const life of lives.values()) life.to = Math.min(life.to, now)
    await Promise.all(AGENTS.map((name) => fleet.endAgent(name, 'SIGTERM')))
    const { checkpoints } = fleet
    const logs = fleet.logs()
    const result = judgeHistory({ logs, checkpoints, lives, outages, startedAt, maxGapMs: MAX_GAP_MS })
    const { problems, copies, handovers, longestGapMs } = result
    console.log(
      `fleet: seed ${seed}: ${told.join(', ')}: ${logs.length} logs, ${copies} copies, ${handovers} handovers, ` +
        `longest rest ${longestGapMs} ms: ${problems.length === 0 ? 'right' : 'WRONG'}`,
    )
    for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`)
    return problems.length === 0
  } catch (error) {
    console.log(`fleet: seed ${seed}: ${told.join(', ')}: ${error.stack}`)
    return false
  } finally {
    await fleet.close()
  }
}

/** While whatever else happens: from a tenth of a second to two hours, forth or back. */
function jumpClock(fleet, random) {
  const name = pick(random, AGENTS)
  const byMs = Math.round((random() < 0.5 ? -1 : 1) * MIN_JUMP_MS * (MAX_JUMP_MS / MIN_JUMP_MS) ** random())
  fleet.jumpClock(name, byMs)
  return `clock of ${name} ${byMs > 0 ? '+' : ''}${byMs / 1000} s`
}

/** What may happen; each ends with everything as it was, but for inputs that came or went. */
const DISTURB = {
  kill: async ({ fleet, random }) => {
    const name = pick(random, AGENTS)
    await fleet.endAgent(name, 'SIGKILL')
    await sleep(random() * 2 * TIMING.leaseMs)
    fleet.startAgent(name)
    return name
  },
  'kill two': async ({ fleet, random }) => {
    const names = [...AGENTS].sort(() => random() - 0.5).slice(0, 2)
    await Promise.all(names.map((name) => fleet.endAgent(name, 'SIGKILL')))
    await sleep(random() * 2 * TIMING.leaseMs)
    for (const name of names) fleet.startAgent(name)
    return names.join(' ')
  },
  stop: async ({ fleet, random }) => {
    const name = pick(random, AGENTS)
    const { child } = fleet.agents.get(name)
    child.kill('SIGSTOP')
    await sleep(TIMING.leaseMs * (1.2 + random()))
    child.kill('SIGCONT')
    return name
  },
  'stop for a moment': async ({ fleet, random }) => {
    const name = pick(random, AGENTS)
    const { child } = fleet.agents.get(name)
    child.kill('SIGSTOP')
    await sleep(TIMING.leaseMs * random())
    child.kill('SIGCONT')
    return name
  },
  cut: async ({ fleet, random }) => {
    const name = pick(random, AGENTS)
    const { proxies } = fleet.agents.get(name)
    const isSilent = random() < 0.5
    for (const proxy of proxies) proxy.cut(isSilent)
    await sleep(TIMING.leaseMs * 2 * random())
    for (const proxy of proxies) proxy.mend()
    return isSilent ? `${name} silently` : name
  },
  restart: async ({ fleet, random }) => {
    const name = pick(random, AGENTS)
    await fleet.endAgent(name, 'SIGTERM')
    fleet.startAgent(name)
    return name
  },
  drain: async ({ fleet, random }) => {
    const name = pick(random, AGENTS)
    // One that was just started may not have joined yet.
    const isMember = await fleet.command('drain', name).then(
      () => true,
      () => false,
    )
    await sleep(1000 + random() * 2000)
    if (isMember) await fleet.command('drain', name, '--undo').catch(() => {})
    return name
  },
  'kill a server': async ({ fleet, random, outages }) => {
    const server = pick(random, fleet.cluster.servers)
    const outage = { from: machineTimeMs(), to: Number.POSITIVE_INFINITY }
    outages.push(outage)
    await server.kill()
    await sleep(1000 + random() * 3000)
    await server.start()
    outage.to = machineTimeMs() + ELECTION_MS
  },
  'kill all servers': async ({ fleet, random, outages }) => {
    const outage = { from: machineTimeMs(), to: Number.POSITIVE_INFINITY, isTotal: true }
    outages.push(outage)
    await Promise.all(fleet.cluster.servers.map((server) => server.kill()))
    await sleep(random() * 2 * TIMING.leaseMs)
    await Promise.all(fleet.cluster.servers.map((server) => server.start()))
    outage.to = machineTimeMs() + 2 * ELECTION_MS
  },
  'come and go': async ({ fleet, random, lives }) => {
    const living = [...lives].filter(([, { to }]) => to === Number.POSITIVE_INFINITY).map(([id]) => id)
    const gone = pick(random, living)
    await persistently(() => fleet.command('remove', gone), /no input of this name/)
    lives.get(gone).to = machineTimeMs()
    await addInputs(fleet, lives, [`in-${lives.size}`])
  },
}

async function addInputs(fleet, lives, ids) {
  await persistently(() => fleet.add(ids))
  for (const id of ids) lives.set(id, { from: machineTimeMs(), to: Number.POSITIVE_INFINITY })
}

/** While a cluster has no leader a command fails, and may have done its work or not: then it says so the next time. */
async function persistently(work, isDone) {
  const end = machineTimeMs() + 2 * ELECTION_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (isDone?.test(error.message)) return
      if (machineTimeMs() > end) throw error
      await sleep(500)
    }
  }
}

/** Each input writes again: whatever it was, the fleet has come back by itself. */
async function untilAllRun(fleet, lives) {
  const from = machineTimeMs()
  const end = from + MAX_GAP_MS + 2 * ELECTION_MS
  for (;;) {
    const writing = new Set(fleet.logs().flatMap(({ input, at }) => (at > from ? [input] : [])))
    const resting = [...lives].filter(([id, { to }]) => to === Number.POSITIVE_INFINITY && !writing.has(id))
    if (resting.length === 0) return
    if (machineTimeMs() > end) {
      const { members, inputs } = JSON.parse(await fleet.command('ls'))
      const told = inputs.filter(({ id }) => resting.some(([other]) => other === id))
      throw new Error(`these do not run again: ${JSON.stringify({ told, members })}`)
    }
    await sleep(250)
  }
}

function pick(random, list) {
  return list[Math.floor(random() * list.length)]
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

let wrong = 0
for (let seed = firstSeed; seed < firstSeed + histories; seed++) if (!(await history(seed))) wrong++
console.log(
  wrong === 0 ? `fleet: ${histories} histories are right` : `fleet: ${wrong} of ${histories} histories are wrong`,
)
process.exitCode = wrong === 0 ? 0 : 1
