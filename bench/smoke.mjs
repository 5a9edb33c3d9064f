// A benchmark of a few seconds, to see that speed and delivery are in order: `npm run build && npm run bench:smoke`. The
// producer runs in a process of its own, the emulator in this one. First a check, in which every log is decoded and held
// against what was sent; then runs that measure, in which the emulator only counts. Exit code 1 if a log is missing.
import { availableParallelism } from 'node:os'
import { startEmulator } from 'loghub-producer/emulator'
import { runScript } from './measure.mjs'
import { groups, record } from './record.mjs'

const KIB = 1024
const RUNS = [
  { name: 'defaults (512 KiB, 4096 logs)', logs: 200_000, batchBytes: 512 * KIB, batchLogs: 4096, warmUp: 20_000 },
  { name: 'large batches (3 MiB)', logs: 200_000, batchBytes: 3 * 1024 * KIB, batchLogs: 40_960, warmUp: 20_000 },
]
const CHECK = { name: 'check', logs: 20_000, batchBytes: 512 * KIB, batchLogs: 4096, warmUp: 0 }
const STORE = { project: 'bench-project', logstore: 'bench-store' }

/** Runs the producer in a process of its own; resolves with what it tells. */
function contestant(port, { logs, batchBytes, batchLogs, warmUp }) {
  return runScript('contestant.mjs', [port, logs, 0, batchBytes, batchLogs, 0, warmUp])
}

async function checkRun() {
  const emulator = await startEmulator({ autoCreate: true })
  await contestant(emulator.port, CHECK)
  const stored = new Map(emulator.logs(STORE).map((log) => [log.contents[0]?.[1], log]))
  const extra = emulator.stats().logs - CHECK.logs
  await emulator.close()
  const wrong = Array.from({ length: CHECK.logs }, (_, i) => record(i)).filter((sent) => !isAsSent(sent, stored))
  return { missing: wrong.length, extra }
}

function isAsSent({ group, contents }, stored) {
  const log = stored.get(contents.content_key_1)
  const { topic, source } = groups[group]
  return (
    log?.topic === topic &&
    log.source === source &&
    JSON.stringify(log.contents) === JSON.stringify(Object.entries(contents))
  )
}

async function measuredRun(run) {
  const emulator = await startEmulator({ autoCreate: true, storage: 'discard', verify: false })
  const measured = await contestant(emulator.port, run)
  await emulator.close()
  return { name: run.name, missing: run.logs - measured.logs, ...measured }
}

const { missing, extra } = await checkRun()
console.log(`check: ${CHECK.logs} logs decoded and compared, ${missing} missing or wrong, ${extra} too many\n`)

const rows = []
for (const run of RUNS) rows.push(await measuredRun(run))
console.log(`Node ${process.version}, ${availableParallelism()} processors; MB: keys and values, before compression`)
console.table(
  Object.fromEntries(
    rows.map((row) => [
      row.name,
      {
        logs: row.logs,
        seconds: Number(row.wallSeconds.toFixed(2)),
        'logs/s': row.logsPerSecond,
        'MB/s': Math.round(row.mbPerSecond),
        'MB per CPU-s': Math.round(row.mbPerCpuSecond),
        'loop p99 ms': Number(row.eventLoopDelayP99Ms.toFixed(1)),
        'peak RSS MiB': row.peakRssMiB,
        missing: row.missing,
      },
    ]),
  ),
)
process.exitCode = missing === 0 && extra === 0 && rows.every((row) => row.missing === 0) ? 0 : 1
