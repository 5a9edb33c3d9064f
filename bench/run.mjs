// All questions, one after the other, written to docs/benchmarks.md; the tables of another sitting with the vendor's
// producers, made by hand (see README.md), are kept. Minutes. Run: npm run build && npm run bench
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { measureCallingThread } from './calling-thread.mjs'
import { measureEncoding } from './encode.mjs'
import { measureImport } from './import-time.mjs'
import { measureLatency } from './latency.mjs'
import { measureMemory } from './memory.mjs'
import { measureParts } from './parts.mjs'
import { measureThroughput } from './throughput.mjs'

const FILE = join(import.meta.dirname, '../docs/benchmarks.md')
const START = '<!-- made by bench/run.mjs -->'
const END = '<!-- end of what bench/run.mjs makes -->'

const questions = {
  'How much gets through': measureThroughput,
  'What a log costs on the calling thread': measureCallingThread,
  'What encoding alone costs': measureEncoding,
  'The parts alone, and the whole': measureParts,
  'How long a log takes': measureLatency,
  'What it holds': measureMemory,
  'How long it takes to import': measureImport,
}

const notes = {
  'How much gets through':
    'Keys and values, before encoding and compression, by CPU time of the producer’s process with all its threads. A callback for each log unless a promise is named; the eight-field record of ten groups unless another is. `missing`: logs of a check run before, in which each body was verified, decoded and counted, and failed sends of all runs.',
  'What a log costs on the calling thread':
    'CPU time until the call returns, in nanoseconds and in units of `JSON.stringify` of the same contents in the same round.',
  'The parts alone, and the whole':
    'CPU time a log, all threads. Making the record is part of encoding and of the whole: an application makes its logs, too.',
  'How long a log takes': 'From `trySend` to its callback, one group, against a server on the same machine.',
  'What it holds':
    'Resident memory of the process beyond what it had when idle, budget 100 MiB, logs faster than they leave.',
}

function tableOf(rows) {
  const columns = Object.keys(rows[0])
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map((row) => line(columns.map((name) => row[name])))]
}

function machine() {
  const [cpu] = cpus()
  const date = new Date().toISOString().slice(0, 10)
  const load = loadavg().map((value) => value.toFixed(1))
  return `${date}, Node ${process.version}, ${cpus().length} × ${cpu.model}, Linux ${release()}. The machine was shared: its load over the last 1, 5 and 15 minutes was ${load.join(', ')} before the runs.`
}

const lines = [START, '', machine(), '']
for (const [question, measure] of Object.entries(questions)) {
  console.error(question)
  lines.push(`## ${question}`, '')
  if (notes[question]) lines.push(notes[question], '')
  lines.push(...tableOf(await measure()), '')
}
const page = readFileSync(FILE, 'utf8')
const [before, after] = [page.slice(0, page.indexOf(START)), page.slice(page.indexOf(END))]
writeFileSync(FILE, `${before}${lines.join('\n')}${after}`)
