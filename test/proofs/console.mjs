// The console in a real browser: every view with real data, the keyboard alone, narrow and wide, dark and light, axe-core, logs
// full of HTML, a restart, a busy emulator, a million logs. Needs a build (npm run build) and Chromium, which is found or installed.
//
//   node test/proofs/console.mjs [--short] [--only PART]
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startBrowser } from './console/browser.mjs'

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, only: { type: 'string' } } })
const PARTS = ['size', 'views', 'agent', 'keyboard', 'looks', 'hostile', 'reconnect', 'busy', 'million']

if (!existsSync('dist/index.js')) throw new Error('there is no dist: npm run build')

const browser = await startBrowser().catch((error) => {
  console.log(`left out: ${error.message}`)
  process.exit(77)
})
let failures = 0

/** Says what holds and what does not; the others are tried all the same. */
async function prove(sentence, proof) {
  const startMs = performance.now()
  try {
    const figure = await proof()
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
    console.log(`ok    ${sentence}${figure === undefined ? '' : `: ${figure}`} (${seconds} s)`)
  } catch (error) {
    failures++
    console.log(`FAIL  ${sentence}\n      ${String(error?.stack ?? error).replaceAll('\n', '\n      ')}`)
  }
}

for (const part of PARTS.filter((name) => values.only === undefined || name === values.only)) {
  console.log(`\n${part}`)
  const { default: run } = await import(`./console/${part}.mjs`)
  await run({ browser, prove, short: values.short })
}
await browser.close()
console.log(failures === 0 ? '\nall of it holds' : `\n${failures} do not hold`)
process.exit(failures === 0 ? 0 : 1)
