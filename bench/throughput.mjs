// How much gets through: keys and values delivered per CPU-second of the producer's process and per second, by batch
// size, lanes, codec, record and form. The producer runs in a process of its own; all cases are run in turns.
// Run: node bench/throughput.mjs [rounds] [logs]
import { startEmulator } from 'loghub-producer/emulator'
import { median, round, runScript, spreadOf } from './measure.mjs'
import { startSink } from './sink.mjs'

const KIB = 1024
// Fewer, and what is measured is the compiler at work: half a second of it.
const LOGS = 1_000_000
const LARGE = { batchBytes: 3 * 1024 * KIB, batchLogs: 40_960 }
const DEFAULTS = { batchBytes: 512 * KIB, batchLogs: 4096 }

export const cases = {
  '3 MiB, 40960 logs': { ...LARGE },
  '512 KiB, 4096 logs (default)': { ...DEFAULTS },
  'default, a promise for every log': { ...DEFAULTS, form: 'promise' },
  '3 MiB, a promise for every log': { ...LARGE, form: 'promise' },
  'default, 1 lane': { ...DEFAULTS, lanes: 1 },
  'default, 16 lanes': { ...DEFAULTS, lanes: 16 },
  'default, deflate': { ...DEFAULTS, codec: 'deflate', share: 0.3 },
  'default, uncompressed': { ...DEFAULTS, codec: 'none' },
  'default, three short fields': { ...DEFAULTS, shape: 'three short fields' },
  'default, a line of 100 bytes': { ...DEFAULTS, shape: 'a line of 100 bytes' },
  'default, Chinese text': { ...DEFAULTS, shape: 'Chinese text' },
  'default, twenty fields, nested': { ...DEFAULTS, shape: 'twenty fields, nested', share: 0.5 },
}

function argumentsOf(
  port,
  logs,
  { batchBytes, batchLogs, lanes = 0, shape = 'vendor', codec = 'lz4', form = 'callback' },
) {
  return [port, logs, 0, batchBytes, batchLogs, lanes, Math.round(logs / 5), shape, codec, form]
}

/** Speed without correctness: the emulator verifies signatures, decodes every body and counts the logs. Returns what is missing. */
async function check(options) {
  const logs = 20_000
  const emulator = await startEmulator({ autoCreate: true, storage: 'discard' })
  await runScript('contestant.mjs', argumentsOf(emulator.port, logs, options))
  const missing = logs * 1.2 - emulator.stats().logs
  await emulator.close()
  return missing
}

export async function measureThroughput({ rounds = 3, logs = LOGS, only = Object.keys(cases) } = {}) {
  const sink = await startSink()
  const runs = Object.fromEntries(only.map((name) => [name, []]))
  const missing = {}
  for (const name of only) missing[name] = await check(cases[name])
  for (let at = 0; at < rounds; at++) {
    for (const name of only) {
      const count = Math.round(logs * (cases[name].share ?? 1))
      runs[name].push(await runScript('contestant.mjs', argumentsOf(sink.port, count, cases[name])))
    }
  }
  await sink.close()
  return only.map((name) => rowOf(name, runs[name], missing[name]))
}

function rowOf(name, runs, missing) {
  const of = (field) => runs.map((run) => run[field])
  return {
    case: name,
    'MB per CPU-s': Math.round(median(of('mbPerCpuSecond'))),
    spread: spreadOf(of('mbPerCpuSecond')),
    'MB/s': Math.round(median(of('mbPerSecond'))),
    'logs/s': Math.round(median(of('logsPerSecond'))),
    'loop p99 ms': round(median(of('eventLoopDelayP99Ms')), 1),
    'RSS MiB': median(of('peakRssMiB')),
    missing: missing + runs.reduce((sum, run) => sum + run.failed, 0),
  }
}

if (process.argv[1] === import.meta.filename) {
  const [rounds = 3, logs = LOGS] = process.argv.slice(2).map(Number)
  console.table(await measureThroughput({ rounds, logs }))
}
