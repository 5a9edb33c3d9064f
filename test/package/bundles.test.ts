import { cpSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { rollup } from 'rollup'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import webpack from 'webpack'
import { startEmulator } from '../../src/emulator/index.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'

const app = inject('app')
const PLACE = { project: 'my-project', logstore: 'my-logstore' }

const LOAD = {
  import: "import { Producer } from 'loghub-producer'",
  require: "const { Producer } = require('loghub-producer')",
  both: "import { createRequire } from 'node:module'\nimport { Producer } from 'loghub-producer'\ncreateRequire(import.meta.url)",
}
const PROGRAM = `
const producer = new Producer({ ...${JSON.stringify(PLACE)}, lingerMs: 0, deliveryTimeoutMs: 30_000 })
const contents = { message: 'text that is long enough to be compressed, '.repeat(20) }
producer
  .send({ logs: { contents } })
  .then(() => console.log('delivered'), (error) => console.log(error.message))
  .then(() => producer.close())
`

/** What docs/bundling.md says is needed when esbuild writes ESM. */
const BANNER =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);"

type Bundle = (entry: string, output: string) => Promise<unknown>

const esbuildTo =
  (format: 'esm' | 'cjs', settings: object = {}): Bundle =>
  (entry, outfile) =>
    esbuild({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format, logLevel: 'error', ...settings })
const BUNDLES: readonly [
  name: string,
  load: keyof typeof LOAD,
  extension: string,
  bundle: Bundle,
  isWhole?: boolean,
][] = [
  ['esbuild to CommonJS', 'import', 'cjs', esbuildTo('cjs')],
  ['esbuild to CommonJS, minified', 'import', 'cjs', esbuildTo('cjs', { minify: true })],
  ['esbuild of require to CommonJS', 'require', 'cjs', esbuildTo('cjs')],
  ['esbuild to ESM with the banner', 'import', 'mjs', esbuildTo('esm', { banner: { js: BANNER } })],
  [
    'esbuild to ESM with the banner, of an application that imports what it needs',
    'both',
    'mjs',
    esbuildTo('esm', { banner: { js: BANNER } }),
  ],
  ['esbuild to ESM, packages external', 'import', 'mjs', esbuildTo('esm', { packages: 'external' }), false],
  ['webpack', 'import', 'cjs', webpackTo],
  ['webpack of require', 'require', 'cjs', webpackTo],
  ['rollup, dependencies external', 'import', 'mjs', rollupTo('esm'), false],
  ['rollup to CommonJS, dependencies external', 'import', 'cjs', rollupTo('cjs'), false],
]

describe.each(BUNDLES)('a bundle by %s', (_name, load, extension, bundle, isWhole = true) => {
  const installed = ['lz4-napi', ...(isWhole ? [] : ['loghub-producer', 'undici', 'eventemitter3'])]

  test('builds without a setting for lz4, and delivers lz4 where the package is installed beside it', async () => {
    const { result, bodies } = await deliver(await bundled(load, extension, bundle), installed)
    expect(result).toMatchObject({ code: 0, stdout: 'delivered\n', stderr: '' })
    expect(bodies).toEqual(['lz4'])
  })
})

test('a bundle alone delivers with deflate, and says once that lz4 is missing', async () => {
  const { result, bodies } = await deliver(await bundled('import', 'cjs', esbuildTo('cjs')), [])
  expect(result).toMatchObject({ code: 0, stdout: 'delivered\n' })
  expect(result.stderr.match(/lz4-napi cannot be loaded/g)).toHaveLength(1)
  expect(bodies).toEqual(['deflate'])
})

test('a bundle alone that asks for deflate says nothing', async () => {
  const { result } = await deliver(await bundled('import', 'cjs', esbuildTo('cjs'), "compression: 'deflate', "), [])
  expect(result).toMatchObject({ code: 0, stdout: 'delivered\n', stderr: '' })
})

test('esbuild to ESM without the banner fails at once, and names what cannot be loaded', async () => {
  const { result } = await deliver(await bundled('import', 'mjs', esbuildTo('esm')), ['lz4-napi'])
  expect(result.stdout).toMatch(/undici.*cannot be loaded.*bundling/)
  expect(result.stdout).not.toMatch(/network|deliveryTimeoutMs/)
})

/** Bundles a program of the application, in its folder, and returns the file that is to be run elsewhere. */
async function bundled(load: keyof typeof LOAD, extension: string, bundle: Bundle, options = ''): Promise<string> {
  const folder = mkdtempSync(join(app, 'bundle-'))
  const entry = join(folder, load === 'require' ? 'program.cjs' : 'program.mjs')
  writeFileSync(entry, `${LOAD[load]}${PROGRAM.replace('({ ', `({ ${options}`)}`)
  const output = join(folder, `out.${extension}`)
  await bundle(entry, output)
  return output
}

/** Runs a bundle in a folder that has these packages and nothing else. */
async function deliver(
  file: string,
  installed: readonly string[],
): Promise<{ result: ProgramResult; bodies: readonly string[] }> {
  const emulator = await startEmulator({ autoCreate: true })
  onTestFinished(() => emulator.close())
  const bodies: string[] = []
  emulator.script({
    then: ({ headers }) => {
      bodies.push(String(headers['x-log-compresstype']))
      return undefined
    },
  })
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'loghub-bundle-')))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of installed) symlinkSync(packageFolder(name), join(folder, 'node_modules', name))
  cpSync(join(file, '..'), folder, { recursive: true })
  const env = {
    LOGHUB_ENDPOINT: emulator.url,
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
  }
  const result = await runProgram(process.execPath, [join(folder, file.split('/').at(-1)!)], { cwd: folder, env })
  return { result, bodies }
}

function webpackTo(entry: string, output: string): Promise<void> {
  const [path, filename] = [join(output, '..'), output.split('/').at(-1)!]
  return new Promise((done, fail) => {
    webpack(
      { mode: 'production', optimization: { minimize: false }, target: 'node', entry, output: { path, filename } },
      (error, stats) => {
        const problems = stats?.toJson({ errors: true, warnings: true })
        const told = [...(problems?.errors ?? []), ...(problems?.warnings ?? [])].map(({ message }) => message)
        if (error !== null || told.length > 0) fail(error ?? new Error(told.join('\n')))
        else done()
      },
    )
  })
}

function rollupTo(format: 'esm' | 'cjs'): Bundle {
  return async (entry, output) => {
    const bundle = await rollup({ input: entry, external: /^[^./]/ })
    await bundle.write({ file: output, format })
  }
}

function packageFolder(name: string): string {
  return realpathSync(join(app, 'node_modules', name))
}
