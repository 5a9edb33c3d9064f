// Proves that clients which are slow, do not end a request, never read an answer or do not end a handshake cost an agent bounded
// memory and handles; that other clients are served meanwhile; and that every log that was answered with 200 is delivered. With --full
// each attack lasts until the time limits of the agent have ended its connections (65 s), without it 4 s. Needs openssl, /proc and a
// build (npm run build).
//
//   node test/proofs/hostile-clients.mjs [--full] [--connections 300]
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmulator } from '../../dist/emulator/index.js'

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, connections: { type: 'string', default: '300' } },
})
const CONNECTIONS = Number(values.connections)
const ATTACK_MS = values.full ? 65_000 : 4000
const MAX_RSS_MIB = 400
const PORTS = { admin: 19_820, web: 19_821, otel: 19_822, secure: 19_823, syslog: 19_824 }

if (!existsSync('/proc/self/status')) {
  console.log('left out: the memory of another process is read in /proc')
  process.exit(77)
}

const folder = mkdtempSync(join(tmpdir(), 'loghub-hostile-'))
const tls = ['-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost']
execFileSync(
  'openssl',
  ['req', '-x509', ...tls, '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
  {
    stdio: 'ignore',
  },
)
const emulator = await startEmulator({ autoCreate: true })
const keys = { accessKeyId: 'id', accessKeySecret: 'secret' }
const config = {
  producer: { endpoint: emulator.url, project: 'proof', logstore: 'hostile', credentials: keys },
  admin: { port: PORTS.admin, token: 'secret' },
  inputs: [
    { id: 'web', type: 'http', port: PORTS.web },
    { id: 'otel', type: 'otlp', port: PORTS.otel },
    { id: 'secure', type: 'http', port: PORTS.secure, tls: { cert: 'cert.pem', key: 'key.pem' } },
    { id: 'syslog', type: 'syslog', tcp: PORTS.syslog },
  ],
}
writeFileSync(join(folder, 'agent.yaml'), JSON.stringify(config))
const program = resolve(import.meta.dirname ?? '.', '../../dist/cli/loghub.js')
const agent = spawn(process.execPath, [program, 'agent', '--config', join(folder, 'agent.yaml')], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
let output = ''
agent.stderr.on('data', (text) => (output += text))
const ended = new Promise((done) => agent.once('exit', done))

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const rssMib = () =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))[1]) / 1024)
const handles = () => readdirSync(`/proc/${agent.pid}/fd`).length
for (let i = 0; !output.includes('runs 4 inputs'); i++) {
  if (i > 300) throw new Error(`the agent does not start:\n${output}`)
  await sleep(100)
}

/** Sends one log; resolves to the status. */
const answered = new Set()
function post(n) {
  return new Promise((done) => {
    const options = { port: PORTS.web, method: 'POST', agent: false, headers: { 'content-type': 'application/json' } }
    const asked = request({ host: '127.0.0.1', ...options }, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 200) answered.add(String(n))
        done(answer.statusCode)
      })
    })
    asked.setTimeout(10_000, () => asked.destroy(new Error('no answer')))
    asked.on('error', (error) => done(error.message))
    asked.end(JSON.stringify({ n: String(n) }))
  })
}

const head = (line, ...headers) =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', 'Authorization: Bearer secret', ...headers, ''].join('\r\n')
/** What each connection sends at once, and then again and again. Those that have a limit of time are ended by it. */
const ATTACKS = [
  { name: 'headers that do not end', port: PORTS.web, first: head('POST /'), then: 'x: y\r\n', isEnded: true },
  {
    name: 'bodies that do not end',
    port: PORTS.web,
    first: `${head('POST /', 'Content-Length: 9999')}\r\n`,
    then: 'a\n',
    isEnded: true,
  },
  {
    name: 'chunks that do not end',
    port: PORTS.otel,
    first: `${head('POST /v1/logs', 'Transfer-Encoding: chunked', 'Content-Type: application/json')}\r\n`,
    then: '1\r\n \r\n',
    isEnded: true,
  },
  {
    name: 'large bodies without their end',
    port: PORTS.web,
    first: `${head('POST /', 'Content-Length: 4000000')}\r\n${'a'.repeat(1_000_000)}`,
    isEnded: true,
  },
  {
    name: 'changes that do not end',
    port: PORTS.admin,
    first: `${head('PUT /inputs/x', 'Content-Length: 9999')}\r\n`,
    then: ' ',
    isEnded: true,
  },
  {
    name: 'requests without end, no answer read',
    port: PORTS.web,
    first: `${head('POST /', 'Content-Length: 0')}\r\n`.repeat(5000),
    isDeaf: true,
    isEnded: true,
    // Node makes a request of everything in a chunk, 770 of these, before the connection can be ended.
    connections: CONNECTIONS / 6,
  },
  { name: 'handshakes that do not end', port: PORTS.secure, first: Buffer.of(22, 3, 1, 0, 200), isEnded: true },
  { name: 'messages without a line feed', port: PORTS.syslog, first: 'x'.repeat(60_000), then: 'y' },
  { name: 'counts that are not true', port: PORTS.syslog, first: '99999999 <13>a: b', then: 'z' },
]

let n = 0
let isGood = true
async function attack({ name, port, first, then, isDeaf, isEnded, connections = CONNECTIONS }) {
  const before = handles()
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    if (isDeaf) socket.pause()
    else socket.resume()
    socket.write(first)
    return socket
  })
  const statuses = new Map()
  let most = 0
  const end = performance.now() + ATTACK_MS
  while (performance.now() < end) {
    if (then !== undefined) for (const socket of sockets) if (socket.writable) socket.write(then)
    const status = await post(n++)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    most = Math.max(most, rssMib())
    await sleep(200)
  }
  const open = handles() - before
  for (const socket of sockets) socket.destroy()
  for (let i = 0; handles() > before + 5 && i < 50; i++) await sleep(100)
  const left = handles() - before
  const isServed = statuses.size === 1 && statuses.has(200)
  const isOver = !values.full || !isEnded || open <= 5
  const ok = isServed && isOver && left <= 5 && most < MAX_RSS_MIB
  isGood &&= ok
  console.log(
    `${ok ? 'ok ' : 'NOT'} ${name}: ${JSON.stringify({ others: Object.fromEntries(statuses), mostMib: most, open, left })}`,
  )
}

for (const one of ATTACKS) await attack(one)
agent.kill('SIGTERM')
const code = await ended
const stored = new Set(
  emulator
    .logs({ project: 'proof', logstore: 'hostile' })
    .flatMap(({ contents }) => contents.filter(([key]) => key === 'n').map(([, value]) => value)),
)
const lost = [...answered].filter((id) => !stored.has(id)).length
isGood &&= code === 0 && lost === 0
console.log(`${answered.size} logs were answered with 200, ${lost} of them are lost; the agent ended with ${code}`)
if (!isGood) console.log(output)
await emulator.close()
rmSync(folder, { recursive: true, force: true })
process.exit(isGood ? 0 : 1)
