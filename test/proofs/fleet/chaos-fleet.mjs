import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Kvm } from '@nats-io/kv'
import { connect } from '@nats-io/transport-node'
import { startNatsCluster } from '../../support/nats-server.mjs'
import { machineTimeMs } from './machine-time.mjs'
import { startTcpProxy } from './tcp-proxy.mjs'

const CLOCK = pathToFileURL(resolve(import.meta.dirname, 'jumping-clock.mjs')).href
const INPUT = resolve(import.meta.dirname, 'counting-input.mjs')
const run = promisify(execFile)

/** A cluster of NATS, an emulator, and agents of one fleet, each a process of the real program behind proxies of its own. */
export class ChaosFleet {
  name = 'proof'
  agents = new Map()
  cluster
  emulator
  /** Each state of each checkpoint, in its order. */
  checkpoints = []
  #build
  #timing
  #directory = mkdtempSync(join(tmpdir(), 'loghub-fleet-'))
  #connection
  #watch

  constructor(build, timing) {
    this.#build = build
    this.#timing = timing
  }

  async start(startEmulator, names) {
    this.cluster = await startNatsCluster(3)
    this.emulator = await startEmulator({ autoCreate: true, maxBytes: 1024 ** 3 })
    this.#connection = await connect({ servers: this.cluster.urls, maxReconnectAttempts: -1, reconnectTimeWait: 200 })
    for (const name of names) await this.#addAgent(name)
    await this.#whenMembers(names.length)
    await this.#watchCheckpoints()
  }

  async #addAgent(name) {
    const proxies = await Promise.all(this.cluster.servers.map(({ port }) => startTcpProxy(port)))
    const file = join(this.#directory, `${name}.yaml`)
    const config = {
      producer: {
        endpoint: this.emulator.url,
        project: 'proof',
        logstore: 'fleet',
        credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
        lingerMs: 20,
      },
      stateDirectory: join(this.#directory, name),
      fleet: {
        name: this.name,
        member: name,
        nats: { servers: proxies.map(({ url }) => url) },
        replicas: 3,
        ...this.#timing,
      },
      inputs: [],
    }
    writeFileSync(file, JSON.stringify(config))
    this.agents.set(name, { file, proxies, child: undefined, clockOffsetMs: 0 })
    this.startAgent(name)
  }

  startAgent(name) {
    const agent = this.agents.get(name)
    const program = ['--import', CLOCK, join(this.#build, 'cli/loghub.js')]
    const args = [...program, 'agent', '--config', agent.file, '--no-watch', '--timeout', '5s']
    const stderr = process.env.VERBOSE ? 'inherit' : 'ignore'
    agent.child = spawn(process.execPath, args, {
      env: { ...process.env, MEMBER: name, CLOCK_OFFSET_MS: String(agent.clockOffsetMs) },
      stdio: ['ignore', 'ignore', stderr, 'ipc'],
    })
    agent.child.on('error', () => {})
  }

  /** The wall clock of an agent's machine jumps, and stays so, also for the agents that are started there later. */
  jumpClock(name, byMs) {
    const agent = this.agents.get(name)
    agent.clockOffsetMs += byMs
    if (agent.child.connected) agent.child.send({ clockOffsetMs: agent.clockOffsetMs }, () => {})
  }

  async endAgent(name, signal) {
    const { child } = this.agents.get(name)
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  /** Inputs of the fleet, by the program itself. */
  async add(ids) {
    const file = join(this.#directory, 'inputs.json')
    writeFileSync(file, JSON.stringify(ids.map((id) => ({ id, type: 'module', module: INPUT }))))
    await this.command('add', file)
  }

  async command(...args) {
    const env = { ...process.env, LOGHUB_FLEET: this.name, NATS_URL: this.cluster.urls.join(',') }
    const { stdout } = await run(process.execPath, [join(this.#build, 'cli/loghub.js'), 'fleet', ...args], {
      env,
    }).catch(
      // `ls` says by its exit code that an input does not run.
      (error) => (error.stdout ? error : Promise.reject(error)),
    )
    return stdout
  }

  /** What has arrived, copies included. */
  logs() {
    return this.emulator.logs({ project: 'proof', logstore: 'fleet' }).map(({ contents }) => {
      const { input, n, run, member, at } = Object.fromEntries(contents)
      return { input, n: Number(n), run, member, at: Number(at) }
    })
  }

  async close() {
    for (const { child, proxies } of this.agents.values()) {
      child?.kill('SIGCONT')
      child?.kill('SIGKILL')
      for (const proxy of proxies) proxy.close()
    }
    this.#watch?.stop()
    await this.#connection?.close()
    await this.cluster?.stop()
    await this.emulator?.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #whenMembers(count) {
    const end = Date.now() + 30_000
    for (;;) {
      // The first agent makes the fleet.
      const { members } = JSON.parse(await this.command('ls').catch(() => '{"members":[]}'))
      if (members.length === count) return
      if (Date.now() > end) throw new Error(`only ${members.length} of ${count} agents have joined`)
    }
  }

  /** A cluster that was just started may not answer in time. */
  async #whenAnswered(work) {
    const end = Date.now() + 30_000
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (Date.now() > end) throw error
      }
    }
  }

  /** Read from the bucket itself, not through the code that is looked at. */
  async #watchCheckpoints() {
    const kv = await this.#whenAnswered(() => new Kvm(this.#connection).open(`loghub_${this.name}`))
    this.#watch = await this.#whenAnswered(() => kv.watch({ key: 'checkpoints.>' }))
    const follow = async () => {
      for await (const entry of this.#watch) {
        if (entry.operation !== 'PUT') continue
        const { token, value } = entry.json()
        this.checkpoints.push({ input: entry.key.slice('checkpoints.'.length), token, value, at: machineTimeMs() })
      }
    }
    follow().catch(() => {})
  }
}
