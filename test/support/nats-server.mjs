// Real NATS servers for tests and proofs: one, or a cluster, on free ports, with their data in a directory that goes with them.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const START_TIMEOUT_MS = 15_000

/** What to tell who has none. */
export const HOW_TO_GET_IT =
  'nats-server is not on the PATH. Debian: apt-get install nats-server; macOS: brew install nats-server; else https://nats.io/download'

/** Whether there is a nats-server to test against. */
export const hasNatsServer = spawnSync('nats-server', ['--version']).status === 0

/**
 * Starts one server with JetStream; resolves when it answers.
 * @param options `config`: more lines of its configuration; `jetstream`: default true; `port`: default a free one; `directory`: where its data are
 */
export async function startNatsServer({ config = '', jetstream = true, port, directory, name = 'single' } = {}) {
  const data = directory ?? mkdtempSync(join(tmpdir(), 'loghub-nats-'))
  const server = new NatsServer({
    name,
    data,
    port: port ?? (await freePort()),
    config,
    jetstream,
    isOwner: directory === undefined,
  })
  await server.start()
  return server
}

/** Starts servers that replicate among each other. Clients know only the addresses that they are given: so a proxy can cut them off. */
export async function startNatsCluster(size = 3) {
  const data = mkdtempSync(join(tmpdir(), 'loghub-nats-'))
  const ports = await freePorts(2 * size)
  const routes = ports.slice(size).map((port) => `nats://127.0.0.1:${port}`)
  const servers = Array.from({ length: size }, (_, i) => {
    const directory = join(data, `n${i}`)
    mkdirSync(directory)
    const cluster = `cluster { name: test, listen: "127.0.0.1:${ports[size + i]}", routes: ${JSON.stringify(routes)}, no_advertise: true }`
    return new NatsServer({ name: `n${i}`, data: directory, port: ports[i], config: cluster })
  })
  await Promise.all(servers.map((server) => server.start()))
  return {
    servers,
    urls: servers.map(({ url }) => url),
    async stop() {
      await Promise.all(servers.map((server) => server.kill()))
      rmSync(data, { recursive: true, force: true })
    },
  }
}

class NatsServer {
  #options
  #child

  constructor(options) {
    this.#options = options
  }

  get url() {
    return `nats://127.0.0.1:${this.#options.port}`
  }

  get port() {
    return this.#options.port
  }

  /** Starts it, again on the same port and data where it has run before. */
  async start() {
    const { name, data, port, config, jetstream = true } = this.#options
    const file = join(data, 'nats.conf')
    const storage = jetstream ? `jetstream { store_dir: ${JSON.stringify(join(data, 'js'))} }` : ''
    writeFileSync(file, `server_name: ${name}\nlisten: "127.0.0.1:${port}"\n${storage}\n${config}\n`)
    const log = join(data, 'nats.log')
    rmSync(log, { force: true })
    const child = spawn('nats-server', ['-c', file, '-l', log], { stdio: 'ignore' })
    this.#child = child
    const end = Date.now() + START_TIMEOUT_MS
    while (!(existsSync(log) && readFileSync(log, 'utf8').includes('Server is ready'))) {
      if (child.exitCode !== null || Date.now() > end) {
        throw new Error(`nats-server does not start:\n${existsSync(log) ? readFileSync(log, 'utf8') : ''}`)
      }
      await sleep(20)
    }
  }

  /** Ends it as a crash would; `start` brings it back with its data. */
  async kill(signal = 'SIGKILL') {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  /** From now on it answers nothing, and keeps its connections, until it is killed. */
  pause() {
    this.#child?.kill('SIGSTOP')
  }

  async stop() {
    await this.kill()
    if (this.#options.isOwner) rmSync(this.#options.data, { recursive: true, force: true })
  }
}

async function freePort() {
  return (await freePorts(1))[0]
}

/** Held open together, so that no two are the same. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}
