// The agent as a contestant that ships one big file: INPUT is the file, PORT the sink's. Runs until SIGTERM.
// PARSER (default line) is another parser; DELAY=1 prints the event loop's delay at the end.
//
//   node run.mjs --work DIR --also "ours=node bench/tail-contestant.mjs"
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Agent } from '../dist/agent/index.js'
import { Producer } from '../dist/index.js'

const { INPUT, PORT, PARSER = 'line', DELAY } = process.env
const stateDirectory = mkdtempSync(join(tmpdir(), 'loghub-tail-'))
const producer = new Producer({
  endpoint: `http://127.0.0.1:${PORT}`,
  project: 'bench',
  logstore: 'tail',
  credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
  totalSizeInBytes: 16 * 1024 * 1024,
  lanes: 2,
})
const agent = new Agent({ producer, stateDirectory })
const delay = DELAY ? monitorEventLoopDelay({ resolution: 1 }) : undefined
delay?.enable()
await agent.add({ id: 'tail', type: 'file', paths: [INPUT], startAt: 'beginning', parser: PARSER })

process.on('SIGTERM', async () => {
  await agent.close({ timeoutMs: 5000 })
  await producer.close({ timeoutMs: 5000 })
  rmSync(stateDirectory, { recursive: true, force: true })
  if (delay !== undefined)
    console.error(
      `event-loop delay: p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, max ${(delay.max / 1e6).toFixed(1)} ms`,
    )
  if (DELAY) console.error(JSON.stringify(agent.status().inputs), JSON.stringify(producer.metrics().logs))
})
