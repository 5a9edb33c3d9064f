import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { build } from 'tsup'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { ScriptedServer, stored } from '../support/scripted-server.ts'

// Inside node_modules, so that the program finds its dependencies.
const DIRECTORY = 'node_modules/.cache/loghub-producer-test-sink'

const PROGRAM = `
import { SlsSink } from './sls-sink.js'
import { systemClock } from './clock.js'
const logger = { debug() {}, info() {}, warn() {}, error() {} }
const sink = new SlsSink({ clock: systemClock, logger, connections: 2 })
const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
sink.putProject({ project: 'proj', endpoint: process.argv[2], credentials })
const payload = { bytes: Buffer.from('x'), rawSizeInBytes: 1, compression: 'none' }
const request = { project: 'proj', logstore: 'store', shardHash: undefined, payload, timeoutMs: 15000 }
await sink.send(request, new AbortController().signal)
console.log('sent')
`

beforeAll(async () => {
  await build({
    entry: { 'sls-sink': 'src/sls/sls-sink.ts', clock: 'src/core/clock.ts' },
    outDir: DIRECTORY,
    format: ['esm'],
    platform: 'node',
    target: 'node20',
    config: false,
    silent: true,
  })
  await writeFile(`${DIRECTORY}/program.js`, PROGRAM)
})

test('a process ends by itself while the connection of its sink is still open', async () => {
  const server = await ScriptedServer.start((seen, response) => {
    // The server would keep the connection for an hour, and says so.
    response.setHeader('keep-alive', 'timeout=3600')
    stored(seen, response)
  })
  const child = spawn(process.execPath, [`${DIRECTORY}/program.js`, server.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  const [code] = await once(child, 'close')
  expect([code, Buffer.concat(output).toString()]).toEqual([0, 'sent\n'])
})
