import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const PROGRAM = join(import.meta.dirname, '../../dist/cli/loghub.js')
const NAME = 'demo'
const JOIN_MS = 20_000

/** Agents of one fleet, each a process of its own, and what people do with it: `loghub fleet`. */
export class Fleet {
  #options
  #agents = new Map()

  constructor(options) {
    this.#options = options
  }

  /** `loghub agent`, with a configuration that differs from the others' in its name alone. */
  start(name) {
    const { directory, natsUrl, endpoint } = this.#options
    const file = join(directory, `${name}.yaml`)
    const credentials = { accessKeyId: 'demo', accessKeySecret: 'demo' }
    writeFileSync(
      file,
      JSON.stringify({
        producer: { endpoint, project: 'demo', logstore: 'fleet', credentials, lingerMs: 200 },
        stateDirectory: join(directory, name),
        // Short, for the impatient; the defaults are 2 s and 10 s.
        fleet: { name: NAME, member: name, nats: { servers: [natsUrl] }, heartbeatMs: 500, leaseMs: 3000 },
        inputs: [],
      }),
    )
    const child = spawn(process.execPath, [PROGRAM, 'agent', '--config', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    let output = ''
    child.stderr.on('data', (data) => {
      output += data
    })
    child.on('exit', (code) => {
      if (code) console.error(`${name} ended with ${code}:\n${output}`)
    })
    this.#agents.set(name, child)
  }

  kill(name) {
    this.#agents.get(name).kill('SIGKILL')
  }

  async whenMembers(names) {
    const end = performance.now() + JOIN_MS
    for (;;) {
      // The first agent makes the fleet.
      const { members } = await this.status().catch(() => ({ members: [] }))
      if (names.every((name) => members.some((member) => member.name === name))) return
      if (performance.now() > end) throw new Error(`not all agents have joined: ${JSON.stringify(members)}`)
      await sleep(200)
    }
  }

  async add(inputs) {
    const file = join(this.#options.directory, 'inputs.json')
    writeFileSync(file, JSON.stringify({ inputs }))
    await this.#command('add', file)
  }

  /** Members and inputs; what a pipe gets of `loghub fleet ls`. */
  async status() {
    return JSON.parse(await this.#command('ls'))
  }

  /** In good order: each hands over what it runs, delivers what it has read, and ends. */
  async stop() {
    const living = [...this.#agents.values()].filter((child) => child.exitCode === null && child.signalCode === null)
    for (const child of living) child.kill('SIGTERM')
    await Promise.all(living.map((child) => once(child, 'exit')))
  }

  async close() {
    for (const child of this.#agents.values()) child.kill('SIGKILL')
  }

  async #command(...args) {
    const env = { ...process.env, LOGHUB_FLEET: NAME, NATS_URL: this.#options.natsUrl }
    try {
      return (await promisify(execFile)(process.execPath, [PROGRAM, 'fleet', ...args], { env })).stdout
    } catch (error) {
      // `ls` says by its exit code that an input does not run, as is so for a while after a kill.
      if (args[0] === 'ls' && error.stdout) return error.stdout
      throw error
    }
  }
}
