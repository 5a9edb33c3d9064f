// All questions, one after the other, written to docs/benchmarks.md; what stands there before, by hand, is kept. Minutes.
// Run: npm run build && npm run bench; or some questions alone, by words of their headings: npm run bench -- import holds
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { measureCallingThread } from './calling-thread.mjs'
import { measureEncoding } from './encode.mjs'
import { measureImport } from './import-time.mjs'
import { measureIntegrations } from './integrations.mjs'
import { measureLatency } from './latency.mjs'
import { measureMemory } from './memory.mjs'
import { measureOutage } from './outage.mjs'
import { measureParts } from './parts.mjs'
import { measureThroughput } from './throughput.mjs'
import { measureWebOutage } from './web-outage.mjs'

const FILE = join(import.meta.dirname, '../docs/benchmarks.md')
const START = '<!-- made by bench/run.mjs -->'
const END = '<!-- end of what bench/run.mjs makes -->'

const questions = {
  'How much gets through': measureThroughput,
  'What a log costs on the calling thread': measureCallingThread,
  'What a line of a logger costs': measureIntegrations,
  'What encoding alone costs': measureEncoding,
  'The parts alone, and the whole': measureParts,
  'How long a log takes': measureLatency,
  'What an outage costs': measureOutage,
  'What an outage costs the requests of a web server': measureWebOutage,
  'What it holds': measureMemory,
  'How long it takes to import': measureImport,
}

const notes = {
  'How much gets through':
    'Keys and values, before encoding and compression, by CPU time of the producer’s process with all its threads. A callback for each log unless a promise is named; the eight-field record of ten groups unless another is. `missing`: logs of a check run before, in which each body was verified, decoded and counted, and failed sends of all runs.',
  'What a log costs on the calling thread':
    'CPU time until the call returns, in nanoseconds and in units of `JSON.stringify` of the same contents in the same round.',
  'What a line of a logger costs':
    'Time on the calling thread until the call returns, a record of six fields. Other threads, and what the event loop does afterwards, are not in it.',
  'The parts alone, and the whole':
    'CPU time a log, all threads. Making the record is part of encoding and of the whole: an application makes its logs, too.',
  'How long a log takes': 'From `trySend` to its callback, one group, against a server on the same machine.',
  'What an outage costs':
    'The server is killed under a steady load of ten groups, and comes back on the same port; all defaults but a linger of 100 ms. Caught up: from its return until as many logs have their verdict as were sent before; the few batches that had failed themselves wait out their own back-off. Turned away: no room, told to the caller at once.',
  'What an outage costs the requests of a web server':
    'Two servers under the same load, 200 requests a second each, in turns; one writes ten lines a request with pino to our stream (budget 16 MiB), the other to nowhere: what differs is the cost of logging, and what both feel is the machine. The service is killed for a minute, and in a second run stopped, so that it takes connections and never answers. What finds no room is refused and counted.',
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
  return `Taken ${date}, Node ${process.version}, ${cpus().length} × ${cpu.model}, Linux ${release().split('-')[0]}; load before it, over 1, 5 and 15 minutes: ${load.join(', ')}.`
}

/** A heading, when it was taken, what it means, and the table. */
async function sectionOf(question) {
  console.error(question)
  const taken = machine()
  const table = tableOf(await questions[question]())
  return [`## ${question}`, taken, notes[question], table.join('\n')].filter(Boolean).join('\n\n')
}

/** The sections that stand in the page, by their headings. */
function sectionsIn(text) {
  const sections = text.split(/^(?=## )/m).filter((section) => section.startsWith('## '))
  return Object.fromEntries(sections.map((section) => [section.slice(3, section.indexOf('\n')), section.trim()]))
}

const words = process.argv.slice(2)
const isAsked = (question) => words.length === 0 || words.some((word) => question.includes(word))
const page = readFileSync(FILE, 'utf8')
const [start, end] = [page.indexOf(START) + START.length, page.indexOf(END)]
const sections = sectionsIn(page.slice(start, end))
for (const question of Object.keys(questions)) {
  if (isAsked(question)) sections[question] = await sectionOf(question)
}
const made = Object.keys(questions).flatMap((question) => sections[question] ?? [])
writeFileSync(FILE, [page.slice(0, start), ...made, page.slice(end)].join('\n\n'))
