// Proves that many files are followed with few handles and no noise: all of them are read, with no more than `maxOpenFiles` open at once;
// what is appended to some is found; and while they are quiet they take next to nothing of a core. Needs a build (npm run build).
//
//   node test/proofs/many-files.mjs [--files 10000] [--idle-seconds 20]
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Agent } from '../../dist/agent/index.js'
import { startEmulator } from '../../dist/emulator/index.js'
import { Producer } from '../../dist/index.js'

const { values } = parseArgs({
  options: { files: { type: 'string', default: '10000' }, 'idle-seconds': { type: 'string', default: '20' } },
})
const FILES = Number(values.files)
const MAX_OPEN = 256
const WAIT_MS = 900_000

const folder = mkdtempSync(join(tmpdir(), 'loghub-many-'))
const pathOf = (n) => join(folder, `d${n % 100}`, `${n}.log`)
for (let n = 0; n < 100; n++) mkdirSync(join(folder, `d${n}`))
for (let n = 0; n < FILES; n++) writeFileSync(pathOf(n), `first line of ${n}\nsecond line of ${n}\n`)

const emulator = await startEmulator({ autoCreate: true })
const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
const producer = new Producer({
  endpoint: emulator.url,
  project: 'proof',
  logstore: 'many',
  lingerMs: 200,
  credentials,
})
const agent = new Agent({ producer, stateDirectory: join(folder, 'state') })

const openLogs = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).endsWith('.log')
    } catch {
      return false
    }
  }).length

const stored = () => emulator.stats().logs
async function until(count) {
  const began = performance.now()
  let mostOpen = 0
  while (stored() < count) {
    if (performance.now() - began > WAIT_MS) throw new Error(`${stored()} of ${count} lines within ${WAIT_MS} ms`)
    mostOpen = Math.max(mostOpen, openLogs())
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { seconds: Math.round((performance.now() - began) / 100) / 10, mostOpen }
}

await agent.add({
  id: 'many',
  type: 'file',
  paths: [join(folder, '*/*.log')],
  startAt: 'beginning',
  maxOpenFiles: MAX_OPEN,
})
const all = await until(2 * FILES)
for (let n = 0; n < FILES; n += 100) appendFileSync(pathOf(n), `third line of ${n}\n`)
const some = await until(2 * FILES + Math.ceil(FILES / 100))

// Quiet: after the batches of before are gone.
await new Promise((resolve) => setTimeout(resolve, 2000))
const cpu = process.cpuUsage()
const began = performance.now()
await new Promise((resolve) => setTimeout(resolve, Number(values['idle-seconds']) * 1000))
const { user, system } = process.cpuUsage(cpu)
const idlePercent = Math.round(((user + system) / 1000 / (performance.now() - began)) * 10_000) / 100
const rssMib = Math.round(process.memoryUsage().rss / 2 ** 20)
const lines = stored()
console.log(JSON.stringify({ files: FILES, lines, all, some, idlePercent, rssMib }))
await agent.close()
await producer.close()
await emulator.close()
rmSync(folder, { recursive: true, force: true })
const isExact = lines === 2 * FILES + Math.ceil(FILES / 100)
process.exit(isExact && all.mostOpen <= MAX_OPEN + 64 ? 0 : 1)
