// Everything goes wrong, for as long as you like: `npm run build && node bench/chaos.mjs --seconds 600 --seed 7`. The test
// `test/producer/chaos.test.ts` does the same for seconds. Prints one JSON line; exit code 1 if the account does not balance.
// `--least` runs the least program that holds as many logs in place of the producer: for its memory, not its account.
import { parseArgs } from 'node:util'
import { startEmulator } from 'loghub-producer/emulator'
import { chaosRun } from '../test/support/chaos-run.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    least: { type: 'boolean', default: false },
  },
})
const build = new URL(values.least ? 'least-producer.mjs' : '../dist/index.js', import.meta.url).href
const { code, result, stats } = await chaosRun({
  ...{ startEmulator, build },
  ...{ seconds: Number(values.seconds), seed: Number(values.seed) },
})
console.log(JSON.stringify({ code, ...result, emulatorRequests: stats.requests, emulatorLogs: stats.logs }))
const { accepted, delivered, failed, dropped } = result?.logs ?? {}
const balances = accepted === delivered + failed + dropped && result?.imbalances === 0 && result?.verdicts.twice === 0
process.exitCode = code === 0 && (balances || values.least) ? 0 : 1
