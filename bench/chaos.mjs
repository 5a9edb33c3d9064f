// Everything goes wrong, for as long as you like: `npm run build && node bench/chaos.mjs --seconds 600 --seed 7`. The test
// `test/producer/chaos.test.ts` does the same for seconds. Prints one JSON line; exit code 1 if the account does not balance.
import { parseArgs } from 'node:util'
import { startEmulator } from 'loghub-producer/emulator'
import { chaosRun } from '../test/support/chaos-run.mjs'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
})
const build = new URL('../dist/index.js', import.meta.url).href
const { code, result, stats } = await chaosRun({
  ...{ startEmulator, build },
  ...{ seconds: Number(values.seconds), seed: Number(values.seed) },
})
console.log(JSON.stringify({ code, ...result, emulatorRequests: stats.requests, emulatorLogs: stats.logs }))
const { accepted, delivered, failed, dropped } = result?.logs ?? {}
const balances = accepted === delivered + failed + dropped && result?.imbalances === 0 && result?.verdicts.twice === 0
process.exitCode = code === 0 && balances ? 0 : 1
