// Three agents share thirty files, and one of them is killed: `npm run demo:fleet`. The others take over where its last delivered line
// was. In the end every line that was written is stored; exit code 1 if one is missing. Needs a nats-server on the PATH, or NATS_URL.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulator } from 'loghub-producer/emulator'
import { openNats } from '../nats.mjs'
import { Application } from './application.mjs'
import { Fleet } from './fleet.mjs'

const AGENTS = ['agent-1', 'agent-2', 'agent-3']
const FILES = 30
const LINES_PER_SECOND = 3000
const BEFORE_KILL_MS = 6000
const AFTER_KILL_MS = 14_000
const END_MS = 30_000

const nats = await openNats()
const emulator = await startEmulator({ autoCreate: true })
const directory = mkdtempSync(join(tmpdir(), 'loghub-fleet-'))
const application = new Application(directory, { files: FILES, linesPerSecond: LINES_PER_SECOND })
const fleet = new Fleet({ directory, natsUrl: nats.url, endpoint: emulator.url })
const startMs = performance.now()
const say = (text) => console.log(`${((performance.now() - startMs) / 1000).toFixed(1).padStart(5)} s  ${text}`)

try {
  console.log(`NATS                    ${nats.url}\nLog Service (emulator)  ${emulator.url}`)
  console.log(`${AGENTS.length} agents, ${FILES} files of an application that writes ${LINES_PER_SECOND} lines/s\n`)
  for (const name of AGENTS) fleet.start(name)
  await fleet.whenMembers(AGENTS)
  await fleet.add(application.inputs())
  application.start()
  await watch(BEFORE_KILL_MS)
  say('agent-2 is killed: kill -9')
  fleet.kill('agent-2')
  await watch(AFTER_KILL_MS)
  const written = application.stop()
  say('the application has ended')
  const account = await settled(written)
  await fleet.stop()
  printAccount(written, account)
  process.exitCode = account.missing === 0 ? 0 : 1
} finally {
  application.stop()
  await fleet.close()
  await emulator.close()
  await nats.close()
  rmSync(directory, { recursive: true, force: true })
}

/** Says every two seconds who has how many inputs. */
async function watch(ms) {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(2000)) {
    const { inputs } = await fleet.status()
    const counts = new Map(AGENTS.map((name) => [name, 0]))
    for (const { owner = 'nobody' } of inputs) counts.set(owner, (counts.get(owner) ?? 0) + 1)
    const shares = [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
    say(`${shares}; ${application.written} lines written, ${emulator.stats().logs} stored`)
  }
}

/** Waits until all is stored, but not for ever. */
async function settled(written) {
  for (const end = performance.now() + END_MS; ; await sleep(500)) {
    const lines = emulator.logs({ project: 'demo', logstore: 'fleet' }).map(({ contents }) => contents[0][1])
    const different = new Set(lines).size
    const account = { stored: lines.length, copies: lines.length - different, missing: written - different }
    if (account.missing === 0 || performance.now() > end) return account
  }
}

function printAccount(written, { stored, copies, missing }) {
  const row = (name, value) => console.log(`  ${name.padEnd(30)}${value.toLocaleString('en-US').padStart(10)}`)
  console.log('\nAccount, in lines')
  row('written by the application', written)
  row('stored by the service', stored)
  row('of these copies', copies)
  row('missing', missing)
  const verdict = `written = stored - copies${missing === 0 ? ', nothing is missing' : ' + missing'}`
  console.log(`\n${missing === 0 ? 'It balances' : 'It does NOT balance'}: ${verdict}.`)
  console.log('Copies are lines that the killed agent had delivered, but not noted as delivered: at least once.')
}
