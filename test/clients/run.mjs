// Runs the official clients, unchanged, against the built emulator: node test/clients/run.mjs [python] [go] [java] [rust] [node]
// Each is installed into a temporary folder that is kept for the next run. One whose toolchain is missing is skipped.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const EMULATOR = new URL('../../dist/emulator/index.js', import.meta.url)
const INSTALLED = join(tmpdir(), 'loghub-clients')
const LONGEST_RUN_MS = 5 * 60_000

const clients = {
  python: {
    needs: ['python3', '--version'],
    install: (folder) => {
      run(folder, 'python3', '-m', 'venv', 'venv')
      run(folder, join('venv', 'bin', 'pip'), 'install', '-q', 'aliyun-log-python-sdk')
    },
    start: (url) => [[join('venv', 'bin', 'python'), 'driver.py', url], {}],
  },
  go: {
    needs: ['go', 'version'],
    install: (folder) => {
      run(folder, 'go', 'mod', 'init', 'driver')
      run(folder, 'go', 'get', 'github.com/aliyun/aliyun-log-go-sdk@v0.1.124')
      run(folder, 'go', 'mod', 'tidy')
    },
    start: (url) => [['go', 'run', '.'], { HTTP_PROXY: url, NO_PROXY: '' }],
  },
  java: {
    needs: ['mvn', '--version'],
    install: (folder) => run(folder, 'mvn', '-q', 'dependency:copy-dependencies', '-DoutputDirectory=lib'),
    start: (url) => [['java', '-cp', ['lib/*', '.'].join(delimiter), 'Driver.java', url], {}],
  },
  rust: {
    needs: ['cargo', '--version'],
    install: (folder) => run(folder, 'cargo', 'build', '-q'),
    start: (url) => [['cargo', 'run', '-q'], { http_proxy: url }],
  },
  node: {
    needs: ['npm', '--version'],
    install: (folder) => {
      run(folder, 'npm', 'init', '-y')
      run(folder, 'npm', 'install', '--silent', '@alicloud/sls20201230@5', '@alicloud/log@1')
    },
    start: (url) => [['node', 'driver.mjs', url], {}],
  },
}

function run(folder, command, ...rest) {
  const { status, stderr } = spawnSync(command, rest, { cwd: folder, encoding: 'utf8', timeout: LONGEST_RUN_MS })
  if (status !== 0) throw new Error(`${command} ${rest.join(' ')}: ${stderr}`)
}

/**
 * The emulator has a thread of its own, since this one waits for the drivers. At port 80 where that may be opened: the consumer
 * library of Java takes neither a port nor a proxy.
 */
async function startEmulator(port) {
  const program = `
    const { parentPort, workerData } = require('node:worker_threads')
    const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
    import(workerData.module).then(async ({ startEmulator }) => {
      const emulator = await startEmulator({ autoCreate: true, credentials, port: workerData.port })
      parentPort.postMessage(emulator.url)
    })`
  const worker = new Worker(program, { eval: true, workerData: { module: EMULATOR.href, port } })
  const url = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  return { url, end: () => worker.terminate() }
}

function drive(name, url) {
  const { needs, install, start } = clients[name]
  if (spawnSync(needs[0], [needs[1]]).status !== 0) {
    console.log(`${name}: skipped, there is no ${needs[0]} here`)
    return true
  }
  const folder = join(INSTALLED, name)
  const isNew = !existsSync(folder)
  mkdirSync(folder, { recursive: true })
  cpSync(join(HERE, name), folder, { recursive: true })
  if (isNew) install(folder)
  const [[command, ...rest], env] = start(url)
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env }, timeout: LONGEST_RUN_MS }
  const { status, stdout, stderr } = spawnSync(command, rest, options)
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => /^(FAILED|PASSED|SKIPPED)/.test(line))
  console.log(`${name}: ${lines.join('\n  ') || stderr}`)
  return status === 0
}

if (!existsSync(EMULATOR)) {
  console.error('The emulator is not built: npm run build')
  process.exit(1)
}
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(clients)
const unknown = wanted.filter((name) => !(name in clients))
if (unknown.length > 0) {
  console.error(`There is no client ${unknown.join(', ')}; there are ${Object.keys(clients).join(', ')}`)
  process.exit(2)
}
const emulator = await startEmulator(80).catch(() => startEmulator(0))
const passed = wanted.map((name) => drive(name, emulator.url))
await emulator.end()
process.exitCode = passed.every(Boolean) ? 0 : 1
