import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { startEmulator } from '../../src/emulator/index.ts'
import { runProgram } from '../support/run-program.ts'
import { linkPeers } from './support/link-peers.ts'

const app = inject('app')
const page = readFileSync(join(app, 'node_modules', manifest.name, 'docs/integrations.md'), 'utf8')
const programs = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code as string)
const PLACE = { project: 'my-project', logstore: 'my-logstore' }

linkPeers(app, page)

function asCommonJs(code: string): string {
  const required = code
    .replaceAll(/^import (.*) from '(.*)'$/gm, "const $1 = require('$2')")
    .replaceAll(/^import '(.*)'$/gm, "require('$1')")
  return `(async () => {\n${required}\n})()`
}

const forms = programs.flatMap((code, i) => [
  [`program ${i + 1}`, `integrations-${i + 1}.mjs`, code] as const,
  // NestJS 12 has ES modules alone.
  ...(code.includes('@nestjs')
    ? []
    : [[`program ${i + 1} in CommonJS`, `integrations-${i + 1}.cjs`, asCommonJs(code)] as const]),
])

test.each(forms)('%s of docs/integrations.md delivers a log', async (_, name, code) => {
  const emulator = await startEmulator({ autoCreate: true })
  onTestFinished(() => emulator.close())
  const file = join(app, name)
  writeFileSync(file, code)
  const env = {
    PATH: process.env.PATH,
    LOGHUB_ENDPOINT: emulator.url,
    LOGHUB_PROJECT: PLACE.project,
    LOGHUB_LOGSTORE: PLACE.logstore,
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
  }
  const { code: exitCode, stderr } = await runProgram('node', [file], { cwd: app, env })
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  expect(emulator.logs(PLACE).length).toBeGreaterThan(0)
})

test('the page has a program for each entry', () => {
  expect(programs.length).toBeGreaterThanOrEqual(7)
})
