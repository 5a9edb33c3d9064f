// Shared by the examples that need NATS: a server. It is the one of NATS_URL if that is set; else one that is started from the
// nats-server on the PATH. Without either the examples end with exit code 77, which means left out, not failed.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'

export const LEFT_OUT = 77
const START_TIMEOUT_MS = 10_000

/** The URL of a server with JetStream, and `close` for the end. */
export async function openNats() {
  const { NATS_URL } = process.env
  if (NATS_URL) return { url: NATS_URL, close: async () => {} }
  if (spawnSync('nats-server', ['--version']).status !== 0) {
    console.log(
      'left out: it needs a nats-server on the PATH (apt-get install nats-server, brew install nats-server), or NATS_URL',
    )
    process.exit(LEFT_OUT)
  }
  const data = mkdtempSync(join(tmpdir(), 'loghub-nats-'))
  const port = await freePort()
  const server = spawn('nats-server', ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', data], { stdio: 'ignore' })
  const url = `nats://127.0.0.1:${port}`
  const close = async () => {
    server.kill()
    if (server.exitCode === null) await once(server, 'exit')
    rmSync(data, { recursive: true, force: true })
  }
  await whenUp(url).catch(async (error) => {
    await close()
    throw error
  })
  return { url, close }
}

async function whenUp(url) {
  const end = Date.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      const connection = await connect({ servers: url })
      return await connection.close()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(50)
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return port
}
