// Proves that what rsyslog forwards arrives: by TCP with octet counting and with line feeds, by TLS and by UDP, in the formats of
// RFC 5424 and RFC 3164; the messages come from util-linux' logger. Needs rsyslogd, its module for GnuTLS, logger, openssl, and a
// build (npm run build). Where one of the programs is missing it says so and proves nothing.
//
//   node test/proofs/syslog.mjs [--messages 2000]
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Agent } from '../../dist/agent/index.js'
import { startEmulator } from '../../dist/emulator/index.js'
import { Producer } from '../../dist/index.js'

const { values } = parseArgs({ options: { messages: { type: 'string', default: '2000' } } })
const MESSAGES = Number(values.messages)
const WAIT_MS = 60_000

const missing = ['rsyslogd', 'logger', 'openssl'].filter((name) => !isProgram(name))
if (missing.length > 0) {
  console.log(`left out: ${missing.join(', ')} is not installed`)
  process.exit(77)
}

function isProgram(name) {
  return (process.env.PATH ?? '')
    .split(':')
    .concat('/usr/sbin')
    .some((folder) => existsSync(join(folder, name)))
}

const folder = mkdtempSync(join(tmpdir(), 'loghub-syslog-'))
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
execFileSync(
  'openssl',
  ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, '-keyout', key, '-out', cert],
  {
    stdio: 'ignore',
  },
)

const emulator = await startEmulator({ autoCreate: true })
const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
const producer = new Producer({
  endpoint: emulator.url,
  project: 'proof',
  logstore: 'syslog',
  lingerMs: 100,
  credentials,
})
const agent = new Agent({ producer })

/** By what way messages come, and what rsyslog needs for it. */
const RFC_5424 = 'RSYSLOG_SyslogProtocol23Format'
const RFC_3164 = 'RSYSLOG_TraditionalForwardFormat'
const TLS =
  'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"'
const WAYS = [
  {
    id: 'octet-counting',
    listen: { tcp: 0 },
    forward: `Protocol="tcp" TCP_Framing="octet-counted" Template="${RFC_5424}"`,
  },
  { id: 'line-feeds', listen: { tcp: 0 }, forward: `Protocol="tcp" TCP_Framing="traditional" Template="${RFC_3164}"` },
  {
    id: 'tls',
    listen: { tls: { port: 0, cert, key } },
    forward: `Protocol="tcp" TCP_Framing="octet-counted" Template="${RFC_5424}" ${TLS}`,
  },
  { id: 'udp', listen: { udp: 0 }, forward: `Protocol="udp" Template="${RFC_5424}"` },
]
const hasTls = ['/usr/lib', '/usr/lib64'].some(
  (place) => existsSync(place) && execFileSync('find', [place, '-name', 'lmnsd_gtls.so']).length > 0,
)
const ways = WAYS.filter(({ id }) => id !== 'tls' || hasTls)
if (!hasTls) console.log('without TLS: the module lmnsd_gtls of rsyslog is not installed')

await agent.add(ways.map(({ id, listen }) => ({ id, type: 'syslog', ...listen, to: { topic: id } })))
const portOf = (id) => {
  const { details } = agent.status().inputs.find((input) => input.id === id)
  return Object.values(details)[0].split(':').at(-1)
}

const source = join(folder, 'in.sock')
writeFileSync(
  join(folder, 'rsyslog.conf'),
  `global(workDirectory="${folder}" maxMessageSize="64k" defaultNetstreamDriverCAFile="${cert}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${source}" RateLimit.Interval="0")
${ways
  .map(
    ({ id, forward }) =>
      `action(type="omfwd" Target="127.0.0.1" Port="${portOf(id)}" ${forward} action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="LinkedList")`,
  )
  .join('\n')}
`,
)
const rsyslog = spawn('rsyslogd', ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'rsyslogd.pid')], {
  env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  stdio: ['ignore', 'pipe', 'pipe'],
})
let complaints = ''
for (const stream of [rsyslog.stdout, rsyslog.stderr]) stream.on('data', (text) => (complaints += text))

async function until(holds, what) {
  const end = performance.now() + WAIT_MS
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what} did not come within ${WAIT_MS} ms\n${complaints}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const long = 'long '.repeat(800)
const texts = Array.from(
  { length: MESSAGES },
  (_, n) => `message ${n} "quoted" [x] ${n % 100 === 0 ? long : ''}\u4f60\u597d`,
)
writeFileSync(join(folder, 'messages'), texts.map((text) => `${text}\n`).join(''))

let isGood = false
try {
  await until(() => existsSync(source), 'the socket of rsyslogd')
  execFileSync('logger', [
    '-u',
    source,
    '-t',
    'proof',
    '-p',
    'local3.warning',
    '-S',
    '16384',
    '-f',
    join(folder, 'messages'),
  ])
  const stored = (id) => emulator.logs({ project: 'proof', logstore: 'syslog' }).filter(({ topic }) => topic === id)
  const reliable = ways.filter(({ id }) => id !== 'udp')
  await until(() => reliable.every(({ id }) => stored(id).length >= MESSAGES), `${MESSAGES} messages by each way`)
  const counts = Object.fromEntries(ways.map(({ id }) => [id, stored(id).length]))
  const wrong = {}
  for (const { id } of reliable) {
    const messages = stored(id).map(({ contents }) => Object.fromEntries(contents))
    // The format of RFC 3164 has a space before the message of its own.
    wrong[id] = messages.filter(({ message, program, facility, severity }, n) => {
      const isWhole = message.trim() === texts[n] && program === 'proof'
      return !isWhole || facility !== 'local3' || severity !== 'warning'
    }).length
  }
  isGood = Object.values(wrong).every((count) => count === 0) && (counts.udp ?? 1) > 0
  console.log(JSON.stringify({ messages: MESSAGES, ...counts, wrong }))
} finally {
  rsyslog.kill('SIGTERM')
  await agent.close({ timeoutMs: 2000 })
  await producer.close({ timeoutMs: 2000 })
  await emulator.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(isGood ? 0 : 1)
