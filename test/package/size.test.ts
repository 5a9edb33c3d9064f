import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { name as packageName } from '../../package.json' with { type: 'json' }
import { startEmulator } from '../../src/emulator/index.ts'
import { runProgram } from '../support/run-program.ts'

const app = inject('app')
const installed = join(app, 'node_modules', packageName)
const page = readFileSync(join(installed, 'docs/platforms.md'), 'utf8')
const MB = 1_000_000

/** What an application of our own has loaded by now: packages by their names, and files of this one. */
const LOADED = `
const { createRequire } = process.getBuiltinModule('node:module')
const cache = Object.keys(createRequire('${app}/')('node:module')._cache)
const packages = cache.flatMap((file) => [...file.matchAll(/node_modules[/]((?:@[^/]+[/])?[^/]+)/g)].at(-1)?.[1] ?? [])
const loaded = [...new Set(packages)].filter((name) => name !== '${packageName}' && !name.startsWith('@antoniomuso')).sort()
console.log(JSON.stringify(loaded))`
const PROGRAMS = {
  ESM: `import { Producer } from '${packageName}'`,
  CommonJS: `const { Producer } = require('${packageName}')`,
} as const
const TYPES = { ESM: 'module', CommonJS: 'commonjs' } as const
const SEND = `
const producer = new Producer({ project: 'proj', logstore: 'logs', lingerMs: 0 })
producer.send({ logs: { contents: { message: 'text that is long enough to be compressed, '.repeat(20) } } })
  .then(() => producer.close()).then(() => { ${LOADED} })`

describe.each(['ESM', 'CommonJS'] as const)('a program in %s', (kind) => {
  test('that imports the producer loads one small package beside it', async () => {
    expect(await run(kind, LOADED)).toEqual(['eventemitter3'])
  })

  test('that sends loads the HTTP client and lz4 as well, and nothing of emulator, agent and command line', async () => {
    const emulator = await startEmulator({ autoCreate: true })
    onTestFinished(() => emulator.close())
    expect(await run(kind, SEND, emulator.url)).toEqual(['eventemitter3', 'lz4-napi', 'undici'])
  })

  test('that imports the agent does not load the YAML parser', async () => {
    const load = { ESM: `import '${packageName}/agent'`, CommonJS: `require('${packageName}/agent')` }[kind]
    expect(await run(kind, `${load}\n${LOADED}`)).not.toContain('yaml')
  })
})

test('the producer is a small part of the code of the package, without its spool', () => {
  const bytes = closureSize(join(installed, 'dist/index.js'))
  expectTold('producer, at its import', bytes)
})

test('the page tells what the package weighs, and how much of it are source maps', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((file) => join(installed, file))
  const sum = (some: readonly string[]) => some.reduce((bytes, file) => bytes + statSync(file).size, 0)
  expectTold('package, unpacked', sum(files.filter((file) => statSync(file).isFile())))
  expectTold('source maps', sum(files.filter((file) => file.endsWith('.map'))))
})

/** Figures go up and down with every change: a tenth more than told fails, and so does half of it. */
function expectTold(what: string, bytes: number): void {
  const told = Number(new RegExp(`\\| ${what}[^|]*\\| ([\\d.]+) MB`).exec(page)?.[1])
  expect(bytes / MB, what).toBeLessThan(told * 1.1)
  expect(bytes / MB, what).toBeGreaterThan(told * 0.5)
}

/** Bytes of a file and of all that it imports at once. */
function closureSize(file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  const imports = text.matchAll(/^(?:import|export)\b[^;'"]*?["'](\.[^"']+)["']/gm)
  const sizes = [...imports].map(([, id]) => closureSize(join(file, '..', id as string), seen))
  return sizes.reduce((all, size) => all + size, text.length)
}

async function run(kind: keyof typeof PROGRAMS, text: string, endpoint = ''): Promise<unknown> {
  const env = {
    LOGHUB_ENDPOINT: endpoint,
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
  }
  const program = `${PROGRAMS[kind]}\n${text}`
  const { stdout, stderr } = await runProgram(process.execPath, [`--input-type=${TYPES[kind]}`, '-e', program], {
    cwd: app,
    env,
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}
