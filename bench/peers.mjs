// The other producers of logs beside this one: each builds once into a folder, all run in turn against one sink, and the
// medians are printed. What this machine has no tools for is named and left out. Needs `npm run build`.
//
//   node bench/peers.mjs [--work DIR] [--rounds 3] [--logs 500000] [--batch-bytes 3145728] [--batch-logs 40960] [--only Go,Java]
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startSinkProcess } from './sink.mjs'

const HERE = import.meta.dirname
/** Those that manage a tenth of the others' logs in a second get fewer. */
const SLOW_SHARE = 0.25
const node = (file, more = {}) => ({ command: [process.execPath, join(HERE, file)], share: 1, ...more })
const CONTESTANTS = {
  'loghub-producer': node('contestant.mjs'),
  'loghub-producer, key-hash': node('contestant.mjs', { tail: ['vendor', 'lz4', 'callback', 'key-hash'] }),
  'loghub-producer, promises': node('contestant.mjs', { tail: ['vendor', 'lz4', 'promise'] }),
  Go: { folder: 'go', tool: 'go', build: ['go', 'build', '-o', 'peer', '.'], command: ['./peer'], share: 1 },
  Java: {
    folder: 'java',
    tool: 'mvn',
    build: ['mvn', '-q', '-B', 'package'],
    command: ['java', '-Xms2g', '-Xmx2g', '-cp', 'target/classes:target/dependency/*', 'Main'],
    share: 1,
  },
  Rust: {
    folder: 'rust',
    tool: 'cargo',
    build: ['cargo', 'build', '-q', '--release'],
    command: ['target/release/peer'],
    share: 1,
  },
  '@alicloud/log by hand': node('peers/alicloud-log.mjs', { share: SLOW_SHARE }),
  OpenTelemetry: node('peers/opentelemetry.mjs', { share: SLOW_SHARE }),
}

const { values } = parseArgs({
  options: {
    work: { type: 'string', default: join(tmpdir(), 'loghub-producer-peers') },
    rounds: { type: 'string', default: '3' },
    logs: { type: 'string', default: '500000' },
    'batch-bytes': { type: 'string', default: '3145728' },
    'batch-logs': { type: 'string', default: '40960' },
    only: { type: 'string' },
  },
})

/** The contestants that can run here, each with the folder to run in. */
function buildAll() {
  const only = values.only?.split(',')
  const ready = []
  for (const [name, contestant] of Object.entries(CONTESTANTS)) {
    if (only !== undefined && !only.some((word) => name.includes(word))) continue
    const cwd = contestant.folder === undefined ? HERE : build(name, contestant)
    if (cwd !== undefined) ready.push({ ...contestant, name, cwd })
  }
  return ready
}

function build(name, { folder, tool, build: [command, ...args] }) {
  if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) {
    console.error(`${name} is left out: there is no ${tool} on this machine`)
    return undefined
  }
  const cwd = join(values.work, folder)
  mkdirSync(cwd, { recursive: true })
  cpSync(join(HERE, 'peers', folder), cwd, { recursive: true })
  console.error(`${name}: building`)
  if (spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] }).status === 0) return cwd
  console.error(`${name} is left out: its build failed`)
  return undefined
}

async function run({ name, command: [program, ...first], cwd, share, tail = [] }, port) {
  const logs = String(Math.round(Number(values.logs) * share))
  const warmUp = String(Math.round(Number(logs) / 5))
  const args = [...first, String(port), logs, '2', values['batch-bytes'], values['batch-logs'], '0', warmUp, ...tail]
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 2] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  const line = output.split('\n').findLast((text) => text.startsWith('{'))
  if (code !== 0 || line === undefined) throw new Error(`${name} ended with exit code ${code} and no result`)
  return JSON.parse(line)
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)]

function tableOf(runs) {
  const rows = [...runs].map(([name, list]) => {
    const of = (field) => median(list.map((each) => each[field]))
    return { name, mbPerCpuSecond: of('mbPerCpuSecond'), mbPerSecond: of('mbPerSecond'), rss: of('peakRssMiB') }
  })
  const ours = rows.find(({ name }) => name === 'loghub-producer')?.mbPerCpuSecond
  return Object.fromEntries(
    rows.map(({ name, mbPerCpuSecond, mbPerSecond, rss }) => [
      name,
      {
        'MB per CPU-second': Number(mbPerCpuSecond.toFixed(1)),
        'MB/s': Number(mbPerSecond.toFixed(1)),
        'peak RSS, MiB': rss,
        'ours is': ours === undefined ? '' : `${(ours / mbPerCpuSecond).toFixed(2)} x`,
      },
    ]),
  )
}

const contestants = buildAll()
const sink = await startSinkProcess()
const runs = new Map()
try {
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const contestant of contestants) {
      const result = await run(contestant, sink.port)
      runs.set(contestant.name, [...(runs.get(contestant.name) ?? []), result])
      console.error(`round ${round}, ${contestant.name}: ${result.mbPerCpuSecond.toFixed(1)} MB per CPU-second`)
    }
  }
} finally {
  await sink.close()
}
console.table(tableOf(runs))
