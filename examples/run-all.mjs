// Runs every example as a process of its own, against one emulator. Exit code 1 if one of them fails or takes too long.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startEmulator } from 'loghub-producer/emulator'
import { LEFT_OUT } from './nats.mjs'

const TIME_LIMIT_MS = 20_000
const NOT_EXAMPLES = ['run-all.mjs', 'support.mjs', 'nats.mjs']

function run(file, env) {
  const start = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = []
  child.stdout.on('data', (data) => output.push(data))
  child.stderr.on('data', (data) => output.push(data))
  const limit = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      const seconds = (performance.now() - start) / 1000
      const isLate = signal === 'SIGKILL' && seconds * 1000 >= TIME_LIMIT_MS
      const text = Buffer.concat(output).toString()
      const outcome = isLate ? `not done after ${TIME_LIMIT_MS / 1000} s` : outcomeOf(code ?? signal, text)
      resolve({ file, passed: code === 0 || code === LEFT_OUT, outcome, seconds, output: text })
    })
  })
}

/** One that needs what is not here says so in its last line. */
function outcomeOf(end, text) {
  if (end === 0) return 'ok'
  return end === LEFT_OUT ? text.trim().split('\n').at(-1) : `exit ${end}`
}

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.mjs') && !NOT_EXAMPLES.includes(file))
const emulator = await startEmulator({ autoCreate: true })
const env = { ...process.env, LOGHUB_ENDPOINT: emulator.url }
const runs = []
for (const file of files) runs.push(await run(file, env))
await emulator.close()

for (const { file, outcome, seconds } of runs) {
  console.log(`${file.padEnd(26)} ${`${seconds.toFixed(1)} s`.padStart(7)}  ${outcome}`)
}
const failed = runs.filter(({ passed }) => !passed)
for (const { file, output } of failed) console.log(`\n--- ${file}\n${output}`)
console.log(failed.length === 0 ? `\n${runs.length} examples passed` : `\n${failed.length} of ${runs.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1
