import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Producer } from 'loghub-producer'
import { AdminServer, Agent } from 'loghub-producer/agent'
import { startEmulator } from 'loghub-producer/emulator'
import { startDemoFleet } from './demo-fleet.mjs'

export const TOKEN = 'demo-token'
const logger = { debug() {}, info() {}, warn() {}, error() {} }

/** An agent with inputs that are well and one that is not, a spool, and a logstore in trouble. */
export async function startDemoAgent() {
  const directory = mkdtempSync(join(tmpdir(), 'loghub-console-'))
  const emulator = await startEmulator({ autoCreate: true })
  const producer = new Producer({
    endpoint: emulator.url,
    project: 'shop',
    logstore: 'app',
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    lingerMs: 300,
    spool: { directory: join(directory, 'spool'), mode: 'always' },
    logger,
  })
  const agent = new Agent({ producer, stateDirectory: join(directory, 'state'), baseDirectory: directory, logger })
  const file = join(directory, 'app.log')
  writeFileSync(file, '')
  await agent.add([
    { id: 'app-log', type: 'file', paths: [file] },
    { id: 'web', type: 'http', port: 0, token: 'of the input' },
    { id: 'host', type: 'host-metrics', intervalMs: 1000, to: { logstore: 'host' } },
    { id: 'audit', type: 'file', paths: [file], to: { logstore: 'audit' } },
    { id: 'backup', type: 'exec', command: ['/no/such/program'], required: false, restart: { backoffMs: 20_000 } },
  ])
  // One of its logstores is down: what goes there stays on disk.
  emulator.script({ match: { logstore: 'audit' }, then: { status: 503, errorCode: 'ServerBusy' } })
  const fleet = await startDemoFleet()
  const admin = new AdminServer(agent, { port: 0, token: TOKEN, logger, routes: fleet.routes })
  const url = await admin.listen()
  let line = 0
  const timer = setInterval(() => {
    const lines = Array.from({ length: 20 }, () => `GET /orders/${++line} 200 in ${line % 90} ms`)
    appendFileSync(file, `${lines.join('\n')}\n`)
  }, 100)
  return {
    url: `${url}/console`,
    agent,
    close: async () => {
      clearInterval(timer)
      await admin.close()
      await fleet.close()
      await agent.close({ timeoutMs: 1000 })
      await producer.close({ timeoutMs: 500 })
      await emulator.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
