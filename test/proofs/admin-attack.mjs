// Proves that the admin listener of an agent survives requests with bytes changed at random: each is answered or ended in bounded
// time, nothing of the agent has changed afterwards, memory and handles are what they were. Needs a build (npm run build).
//
//   node test/proofs/admin-attack.mjs [--requests 100000] [--seed 42]
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AdminServer, Agent } from '../../dist/agent/index.js'
import { startEmulator } from '../../dist/emulator/index.js'
import { Producer } from '../../dist/index.js'
import { sendMutatedRequests } from '../support/mutated-requests.mjs'

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '42' } },
})
const folder = mkdtempSync(join(tmpdir(), 'loghub-attack-'))
writeFileSync(join(folder, 'a.log'), 'one\n')
const emulator = await startEmulator({ autoCreate: true })
const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
const producer = new Producer({ endpoint: emulator.url, project: 'proof', logstore: 'attack', credentials })
const agent = new Agent({ producer, stateDirectory: join(folder, 'state') })
await agent.add({ id: 'kept', type: 'file', paths: [join(folder, '*.log')], startAt: 'beginning' })
const logger = { debug() {}, info() {}, warn() {}, error: (message) => console.error(message) }
const admin = new AdminServer(agent, { port: 0, token: 'secret', logger })
const port = Number(new URL(await admin.listen()).port)

const open = () => readdirSync('/proc/self/fd').length
const memory = () => {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().rss / 2 ** 20)
}
await sendMutatedRequests({ port, requests: 2000, seed: Number(values.seed) + 1 })
const before = { handles: open(), rssMib: memory() }
const began = performance.now()
const told = await sendMutatedRequests({ port, requests: Number(values.requests), seed: Number(values.seed) })
const seconds = Math.round((performance.now() - began) / 100) / 10
await new Promise((resolve) => setTimeout(resolve, 500))
const after = { handles: open(), rssMib: memory() }
const ids = agent.specs().map(({ id }) => id)
const health = await fetch(`http://127.0.0.1:${port}/health`)
console.log(
  JSON.stringify({ requests: Number(values.requests), ...told, seconds, before, after, ids, health: health.status }),
)
await agent.close()
await admin.close()
await producer.close()
await emulator.close()
rmSync(folder, { recursive: true, force: true })
const isSame = ids.length === 1 && health.status === 200 && after.handles <= before.handles + 5
process.exit(isSame && told.hung === 0 && after.rssMib < before.rssMib + 100 ? 0 : 1)
