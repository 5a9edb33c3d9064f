// Proves that no line is lost over rotation by Debian's logrotate and kills of the agent: two files written at 25,000 lines a second
// each, one rotated by rename (create, dateext, compress), one by copytruncate, while the agent is killed with SIGKILL and started
// again. Needs logrotate, without which it proves nothing and says so, and a build (npm run build).
//
//   node test/proofs/logrotate.mjs [--seconds 20] [--kills 3] [--rate 25000] [--no-spool] [--parser line] [--keep]
//
// With a spool, which is the default, a reader that leaves out copies finds each line once; without one, lines that were not settled when
// the agent was killed come twice. Any parser but `line` keeps the line in `content` and takes the way of logs instead of that of bytes.
// `copytruncate` itself loses what is written between its copy and its truncation: a line counts as lost when it is still in a
// file and was not shipped.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { startEmulator } from '../../dist/emulator/index.js'
import { LogReader } from '../../dist/index.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    kills: { type: 'string', default: '3' },
    rate: { type: 'string', default: '25000' },
    'no-spool': { type: 'boolean', default: false },
    parser: { type: 'string', default: 'line' },
    keep: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const kills = Number(values.kills)
const rate = Number(values.rate)
if (spawnSync('logrotate', ['--version'], { stdio: 'ignore' }).error !== undefined) {
  console.log('left out: logrotate is not installed')
  process.exit(77)
}

const hasSpool = !values['no-spool']
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

const folder = mkdtempSync(join(tmpdir(), 'loghub-logrotate-'))
const logs = join(folder, 'logs')
mkdirSync(logs)
const NAMES = ['renamed', 'truncated']
for (const name of NAMES) writeFileSync(join(logs, `${name}.log`), '')

const emulator = await startEmulator({ autoCreate: true, maxBytes: 4e9 })
const spool = hasSpool ? `  spool: { directory: ${folder}/spool, mode: always }\n` : ''
const config = join(folder, 'agent.yaml')
writeFileSync(
  config,
  `producer:
  endpoint: ${emulator.url}
  project: proof
  logstore: logs
  lingerMs: 200
  credentials: { accessKeyId: id, accessKeySecret: secret }
${spool}stateDirectory: ${folder}/state
inputs:
  - { id: files, type: file, paths: ['${logs}/*.log'], startAt: beginning, rotateWaitMs: 2000, parser: ${values.parser} }
`,
)
writeFileSync(
  join(folder, 'logrotate.conf'),
  `${logs}/renamed.log {
  rotate 1000
  create
  dateext
  dateformat -%s
  compress
  delaycompress
  postrotate
    kill -USR1 $(cat ${folder}/writer.pid) || true # it may have ended
  endscript
}
${logs}/truncated.log {
  rotate 1000
  copytruncate
}
`,
)
execFileSync('chmod', ['600', join(folder, 'logrotate.conf')])
execFileSync('chmod', ['755', logs])

/** The application: keeps its files open, and opens the renamed one again when it is told to. */
const WRITER = `
const { openSync, writeSync, closeSync, writeFileSync } = require('node:fs')
const [folder, seconds, rate] = process.argv.slice(1)
writeFileSync(folder + '/writer.pid', String(process.pid))
const open = (name) => openSync(folder + '/logs/' + name + '.log', 'a')
const files = { renamed: open('renamed'), truncated: open('truncated') }
process.on('SIGUSR1', () => { closeSync(files.renamed); files.renamed = open('renamed') })
const start = Date.now()
let n = 0
const timer = setInterval(() => {
  const due = Math.min(seconds, (Date.now() - start) / 1000) * rate
  for (; n + 500 <= due; n += 500) {
    for (const name of ['renamed', 'truncated']) {
      let text = ''
      for (let i = n; i < n + 500; i++) text += name + ' ' + i + ' the quick brown fox jumps over the lazy dog and is not seen again\\n'
      for (let at = 0; at < text.length; at += 20000) writeSync(files[name], text.slice(at, at + 20000))
    }
  }
  if (Date.now() - start > seconds * 1000) { clearInterval(timer); process.stdout.write(String(n)) }
}, 10)
`
const writer = spawn(process.execPath, ['-e', WRITER, folder, String(seconds), String(rate)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
let written = ''
writer.stdout.on('data', (text) => {
  written += text
})
const writerEnded = new Promise((done) => writer.once('exit', done))

const program = resolve(import.meta.dirname, '../../dist/cli/loghub.js')
let complaints = ''
let upSinceMs = Number.POSITIVE_INFINITY
const startAgent = () => {
  const child = spawn(process.execPath, [program, 'agent', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  upSinceMs = Number.POSITIVE_INFINITY
  child.stderr.on('data', (text) => {
    complaints += text
    if (/runs \d+ input/.test(text)) upSinceMs = performance.now()
  })
  return child
}
let agent = startAgent()
process.on('exit', () => agent.kill('SIGKILL'))
const rotate = () =>
  execFileSync('logrotate', ['-f', '-s', join(folder, 'status'), join(folder, 'logrotate.conf')], { stdio: 'inherit' })
const start = performance.now()
let [killed, rotations, lastRotation] = [0, 0, 0]
while (performance.now() - start < seconds * 1000) {
  await pause(500)
  const elapsed = (performance.now() - start) / 1000
  // What is rotated away twice while no agent runs cannot be found: what an agent has to see is there for a second at least.
  const isSeen = performance.now() - upSinceMs > 1000
  if (isSeen && elapsed > lastRotation + Math.max(2, seconds / 8)) {
    lastRotation = elapsed
    rotations++
    rotate()
  }
  if (killed < kills && elapsed > ((killed + 0.7) * seconds) / kills) {
    killed++
    // At any moment of a batch, a sync and a checkpoint.
    await pause(Math.random() * 900)
    agent.kill('SIGKILL')
    await pause(300)
    agent = startAgent()
  }
}
await writerEnded
const total = Number(written)

/** Whether the checkpoints have passed all that is in the files. */
function isCaughtUp() {
  const path = join(folder, 'state/checkpoints.json')
  const { inputs } = JSON.parse(existsSync(path) ? readFileSync(path, 'utf8') : '{"inputs":{}}')
  const offsets = new Map((inputs.files?.files ?? []).map(({ inode, offset }) => [inode, offset]))
  const open = NAMES.map((name) => `${name}.log`)
  return readdirSync(logs).every((name) => {
    const { ino, size } = statSync(join(logs, name))
    const offset = offsets.get(String(ino))
    return offset === undefined ? !open.includes(name) : offset >= size
  })
}

const wait = { end: performance.now() + 60_000, stored: -1 }
while (performance.now() < wait.end && !(isCaughtUp() && emulator.stats().logs === wait.stored)) {
  wait.stored = emulator.stats().logs
  await pause(1000)
}
agent.kill('SIGTERM')
await new Promise((done) => agent.once('exit', done))

/** The line of a log as its file and its number. */
function lineOf(contents) {
  const [name, n] = contents.content.split(' ', 2)
  return [name, Number(n)]
}

/** Each line as often as a reader finds it. */
async function read(dedupe) {
  const reader = new LogReader({
    endpoint: emulator.url,
    project: 'proof',
    logstore: 'logs',
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    dedupe,
  })
  const seen = Object.fromEntries(NAMES.map((name) => [name, new Uint8Array(total)]))
  let [lines, copies] = [0, 0]
  for (const { shardID } of await reader.listShards()) {
    let cursor = await reader.getCursor(shardID, 'begin')
    for (;;) {
      const { groups, nextCursor } = await reader.pullLogGroups(shardID, cursor, 1000)
      for (const { logs } of groups) {
        for (const { contents } of logs) {
          const [name, n] = lineOf(Object.fromEntries(contents))
          lines++
          if (seen[name][n]++ > 0) copies++
        }
      }
      if (nextCursor === cursor) break
      cursor = nextCursor
    }
  }
  return { seen, lines, copies }
}

function linesOnDisk() {
  const onDisk = Object.fromEntries(NAMES.map((name) => [name, new Uint8Array(total)]))
  for (const file of readdirSync(logs)) {
    const bytes = readFileSync(join(logs, file))
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
    for (const line of text.split('\n')) {
      const [name, n] = line.split(' ', 2)
      if (onDisk[name] !== undefined) onDisk[name][Number(n)] = 1
    }
  }
  return onDisk
}

const stored = await read(false)
const deduped = await read(true)
const onDisk = linesOnDisk()
const count = (name, holds) => stored.seen[name].reduce((sum, _, n) => sum + (holds(n) ? 1 : 0), 0)
const lost = Object.fromEntries(
  NAMES.map((name) => [name, count(name, (n) => deduped.seen[name][n] === 0 && onDisk[name][n] === 1)]),
)
const { truncated } = stored.seen
console.log(
  JSON.stringify({
    seconds,
    rotations,
    kills: killed,
    written: total * 2,
    shipped: stored.lines,
    copies: stored.copies,
    copiesAfterDedupe: deduped.copies,
    lost,
    goneWithTruncation: count('truncated', (n) => truncated[n] === 0 && onDisk.truncated[n] === 0),
    rescued: count('truncated', (n) => truncated[n] > 0 && onDisk.truncated[n] === 0),
  }),
)
await emulator.close()
if (values.keep) appendFileSync(join(folder, 'agent.log'), complaints)
else rmSync(folder, { recursive: true, force: true })
if (lost.renamed + lost.truncated > 0 || killed < kills || (hasSpool && deduped.copies > 0)) {
  console.error(complaints.slice(-2000), values.keep ? folder : '')
  process.exit(1)
}
