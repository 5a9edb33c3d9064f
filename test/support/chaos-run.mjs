// The server's side of the chaos run: an emulator with every fault of its script, drawn at random, and the program of the
// application as a child process. Used by the test and by `bench/chaos.mjs`.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const FAULTS = [
  { status: 500 },
  { status: 503, errorCode: 'ServerBusy' },
  { status: 502, body: '<html>bad gateway</html>' },
  { status: 200, body: '<html>please log in</html>' },
  { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
  { errorCode: 'WriteQuotaExceed' },
  { errorCode: 'ShardWriteQuotaExceed', headers: { 'retry-after': '1' } },
  { errorCode: 'Unauthorized' },
  { errorCode: 'RequestTimeExpired' },
  { errorCode: 'PostBodyTooLarge' },
  { errorCode: 'ProjectNotExist' },
  { errorCode: 'ParameterInvalid' },
  { reset: 'before' },
  { reset: 'after' },
  { truncateAnswer: true },
  { withoutRequestId: true },
  { delayMs: 500 },
  { delayMs: 3_000 },
  { bytesPerSecond: 20_000 },
  { clockOffsetMs: 3_600_000 },
]

/**
 * Resolves with the line that the program prints, how it ended, and what the emulator saw.
 * @param {{ startEmulator: Function, build: string, seconds: number, seed: number, groups?: number, budget?: number }} options
 */
export async function chaosRun({ startEmulator, build, seconds, seed, groups = 10_000, budget = 32 * 1024 * 1024 }) {
  const emulator = await startEmulator({ autoCreate: true, storage: 'discard' })
  const random = randomOf(seed)
  emulator.script({ match: { project: 'down' }, then: { reset: 'before' } })
  emulator.script({
    then: () => (random() < 0.25 ? FAULTS[Math.floor(random() * FAULTS.length)] : { refuseLog: isPoisoned }),
  })
  // The young generation of Node 20: that of Node 24 is some 100 MiB by default, which would hide the rest.
  const program = ['--expose-gc', '--max-semi-space-size=16', join(import.meta.dirname, 'chaos-program.mjs')]
  const child = spawn(process.execPath, program, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...{ BUILD: build, URL: emulator.url, SECONDS: String(seconds), SEED: String(seed) },
      ...{ GROUPS: String(groups), BUDGET: String(budget) },
    },
  })
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  try {
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
    return { code, result: output === '' ? undefined : JSON.parse(output), stats: emulator.stats() }
  } finally {
    child.kill('SIGKILL')
    await emulator.close()
  }
}

function isPoisoned({ contents }) {
  return contents.some(([key]) => key === 'poison')
}

function randomOf(start) {
  let state = start
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 4294967296
  }
}
