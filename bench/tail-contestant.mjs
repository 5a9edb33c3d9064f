// `loghub agent` as a contestant that ships one big file: INPUT is the file, PORT the sink's. Runs until SIGTERM.
// PARSER (default line) is another parser; DELAY=1 prints the event loop's delay at the end.
//
//   node run.mjs --work DIR --also "ours=node bench/tail-contestant.mjs"
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const { INPUT, PORT, PARSER = 'line', DELAY } = process.env
const stateDirectory = mkdtempSync(join(tmpdir(), 'loghub-tail-'))
const config = join(stateDirectory, 'agent.yaml')
// JSON is YAML.
writeFileSync(
  config,
  JSON.stringify({
    producer: {
      endpoint: `http://127.0.0.1:${PORT}`,
      project: 'bench',
      logstore: 'tail',
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
      totalSizeInBytes: 16 * 1024 * 1024,
      lanes: 2,
    },
    stateDirectory,
    inputs: [{ id: 'tail', type: 'file', paths: [INPUT], startAt: 'beginning', parser: PARSER }],
  }),
)
const delay = DELAY ? monitorEventLoopDelay({ resolution: 1 }) : undefined
delay?.enable()
process.on('exit', () => {
  rmSync(stateDirectory, { recursive: true, force: true })
  if (delay === undefined) return
  const [p99, max] = [delay.percentile(99), delay.max].map((ns) => (ns / 1e6).toFixed(1))
  console.error(`event-loop delay: p99 ${p99} ms, max ${max} ms`)
})
process.argv.splice(2, Infinity, 'agent', '--config', config, '--no-watch', '--timeout', '5s')
await import('../dist/cli/loghub.js')
