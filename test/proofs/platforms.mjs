// The packed package on every runtime that is supported or was tried: installed for real from its tarball, imported in both
// module kinds, and made to deliver to an emulator. Prints a row for each. Runtimes come from the npm registry; nothing of
// this machine is used but Node and npm.
//
//   node test/proofs/platforms.mjs [--only 22] [--keep]
//
// A required row that fails makes the exit code 1. docs/platforms.md shows the rows.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const ROOT = resolve(import.meta.dirname, '../..')
const { values } = parseArgs({ options: { only: { type: 'string' }, keep: { type: 'boolean', default: false } } })

/** What an application does: everything sent is stored, and the process ends by itself. */
const BODY = `
  const main = async () => {
    const emulator = await startEmulator({ autoCreate: true })
    const producer = new Producer({
      endpoint: emulator.url, project: 'proj', logstore: 'logs', lingerMs: 10, ...OPTIONS,
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    })
    for (let n = 0; n < 1000; n++) producer.send({ logs: { contents: { n } } }).catch((error) => console.error(error))
    const report = await producer.close({ timeoutMs: 20_000 })
    const stored = emulator.logs({ project: 'proj', logstore: 'logs' }).length
    await emulator.close()
    if (report.delivered !== 1000 || stored !== 1000) throw new Error('delivered ' + report.delivered + ', stored ' + stored)
    console.log('delivered')
  }
  main().catch((error) => { console.error(error); process.exit(1) })`
const PROGRAMS = {
  'app.mjs': `
    import { Producer } from 'loghub-producer'
    import { startEmulator } from 'loghub-producer/emulator'
    const OPTIONS = {}
    ${BODY}`,
  'app.cjs': `
    const { Producer } = require('loghub-producer')
    const { startEmulator } = require('loghub-producer/emulator')
    const OPTIONS = {}
    ${BODY}`,
  'zstd.mjs': `
    import { Producer } from 'loghub-producer'
    import { startEmulator } from 'loghub-producer/emulator'
    const OPTIONS = { compression: 'zstd' }
    ${BODY}`,
}

/** Majors of libraries that cannot be installed beside those of the tests: what each program stores is one log, `slow`. */
const LIBRARIES = [
  {
    // It needs Node 22; the tests have 0.2xx.
    name: 'OpenTelemetry sdk-logs 3',
    packages: ['@opentelemetry/sdk-logs@3', '@opentelemetry/api@1'],
    program: `
      import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
      import { LoghubLogExporter } from 'loghub-producer/opentelemetry'
      const processors = [new BatchLogRecordProcessor({ exporter: new LoghubLogExporter({ config }) })]
      const provider = new LoggerProvider({ processors })
      provider.getLogger('shop').emit({ severityText: 'WARN', body: 'slow' })
      await provider.shutdown()`,
  },
  {
    name: 'NestJS 10',
    packages: ['@nestjs/common@10', '@nestjs/core@10', 'reflect-metadata', 'rxjs'],
    program: `
      import 'reflect-metadata'
      import { Logger, Module } from '@nestjs/common'
      import { NestFactory } from '@nestjs/core'
      import { LoghubLogger, LoghubModule } from 'loghub-producer/nestjs'
      class AppModule {}
      Module({ imports: [LoghubModule.forRoot({ config, levels: ['warn'] })] })(AppModule)
      const app = await NestFactory.createApplicationContext(AppModule, { bufferLogs: true })
      app.useLogger(app.get(LoghubLogger))
      new Logger('Orders').warn('slow')
      await app.close()`,
  },
  ...[6, 8].map((major) => ({
    name: `a dispatcher of undici ${major}`,
    packages: [`undici-of-user@npm:undici@${major}`],
    program: `
      import { Producer } from 'loghub-producer'
      import { Agent } from 'undici-of-user'
      const dispatcher = new Agent()
      const producer = new Producer({ ...config, dispatcher })
      await producer.send({ logs: { contents: { level: 'warn', message: 'slow' } } })
      await producer.close()
      await dispatcher.close()`,
  })),
]

function programOf({ program }) {
  const importLine = /^ *import .*$/gm
  return `
    ${program.match(importLine).join('\n')}
    import { startEmulator } from 'loghub-producer/emulator'
    const place = { project: 'proj', logstore: 'logs' }
    const emulator = await startEmulator({ autoCreate: true })
    const config = { endpoint: emulator.url, ...place, credentials: { accessKeyId: 'id', accessKeySecret: 'secret' } }
    ${program.replaceAll(importLine, '')}
    const stored = emulator.logs(place).map(({ contents }) => Object.fromEntries(contents))
    await emulator.close()
    if (stored.length !== 1 || stored[0].level !== 'warn' || stored[0].message !== 'slow') throw new Error(JSON.stringify(stored))`
}

const work = mkdtempSync(join(tmpdir(), 'loghub-platforms-'))
const rows = []
let isWrong = false

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: work, encoding: 'utf8', timeout: 300_000, ...options })
  return { isGood: done.status === 0, output: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}`.trim() }
}

function mustRun(command, args, options) {
  const { isGood, output } = run(command, args, options)
  if (!isGood) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`)
  return output
}

/** One row. A runtime that is only tried may fail: the table says so. */
function prove(name, isRequired, act) {
  if (values.only !== undefined && !name.includes(values.only)) return
  const { isGood, output } = act()
  rows.push({
    name,
    delivers: isGood ? 'yes' : 'no',
    remark: isGood ? '' : (output.split('\n')[0] ?? '').slice(0, 100),
  })
  console.error(`${isGood ? 'yes' : 'no '}  ${name}${isGood ? '' : `\n${output}`}`)
  if (!isGood && isRequired) isWrong = true
}

/** An application with the tarball installed, and its programs. */
function makeApp(folder, installArguments = []) {
  const cwd = join(work, folder)
  mustRun('mkdir', ['-p', cwd])
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'app', private: true }))
  mustRun('npm', ['install', '--no-audit', '--no-fund', ...installArguments, tarball], { cwd })
  for (const [file, text] of Object.entries(PROGRAMS)) writeFileSync(join(cwd, file), text)
  return cwd
}

function runtime(name, packageName, program) {
  const cwd = join(work, `runtime-${name.replaceAll(/\W/g, '-')}`)
  mustRun('mkdir', ['-p', cwd])
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'runtime', private: true }))
  mustRun('npm', ['install', '--no-audit', '--no-fund', packageName], { cwd })
  return join(cwd, 'node_modules/.bin', program)
}

mustRun('npm', ['run', 'build'], { cwd: ROOT })
const [{ filename }] = JSON.parse(
  mustRun('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work], { cwd: ROOT }),
)
const tarball = join(work, filename)
const app = makeApp('app')

for (const version of ['20.18.1', '20', '22', '24', '26']) {
  if (values.only !== undefined && !`Node ${version}`.includes(values.only)) continue
  const node = runtime(`Node ${version}`, `node@${version}`, 'node')
  prove(`Node ${version}, ESM`, true, () => run(node, ['app.mjs'], { cwd: app }))
  prove(`Node ${version}, CommonJS`, true, () => run(node, ['app.cjs'], { cwd: app }))
  if (version.startsWith('2') && Number(version.slice(0, 2)) >= 22) {
    prove(`Node ${version}, zstd`, true, () => run(node, ['zstd.mjs'], { cwd: app }))
  }
  if (version === '22') {
    for (const library of LIBRARIES) {
      prove(`Node 22, ${library.name}`, true, () => {
        const cwd = makeApp(library.name.replaceAll(/\W/g, '-'), library.packages)
        writeFileSync(join(cwd, 'library.mjs'), programOf(library))
        return run(node, ['library.mjs'], { cwd })
      })
    }
  }
  if (version === '24') {
    const grants = ['--permission', `--allow-fs-read=${app}`, '--allow-addons']
    prove('Node 24, permission model', true, () => run(node, [...grants, 'app.mjs'], { cwd: app }))
  }
}
prove('single executable application (lz4 left out: deflate)', true, () => {
  const cwd = makeApp('sea', ['esbuild', 'postject'])
  const bin = (name) => join(cwd, 'node_modules/.bin', name)
  mustRun(
    bin('esbuild'),
    ['app.cjs', '--bundle', '--platform=node', '--external:lz4-napi', '--outfile=bundle.cjs', '--log-level=error'],
    {
      cwd,
    },
  )
  writeFileSync(
    join(cwd, 'sea.json'),
    JSON.stringify({ main: 'bundle.cjs', output: 'sea.blob', disableExperimentalSEAWarning: true }),
  )
  mustRun(process.execPath, ['--experimental-sea-config', 'sea.json'], { cwd })
  cpSync(process.execPath, join(cwd, 'single'))
  const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2']
  mustRun(bin('postject'), ['single', 'NODE_SEA_BLOB', 'sea.blob', ...fuse], { cwd })
  return run(join(cwd, 'single'), [], { cwd: tmpdir() })
})
prove('npm install --ignore-scripts', true, () =>
  run(process.execPath, ['app.mjs'], { cwd: makeApp('no-scripts', ['--ignore-scripts']) }),
)
prove('npm install --omit=optional (no lz4: deflate)', true, () =>
  run(process.execPath, ['app.mjs'], { cwd: makeApp('no-optional', ['--omit=optional']) }),
)
prove('read-only file system', true, () => {
  const cwd = join(work, 'read-only')
  cpSync(app, cwd, { recursive: true })
  mustRun('chmod', ['-R', 'a-w', cwd])
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  chmodSync(work, 0o755)
  return run(process.execPath, ['app.mjs'], { cwd, ...user })
})
if (values.only === undefined || 'Deno'.includes(values.only)) {
  const deno = runtime('Deno', 'deno', 'deno')
  prove('Deno', true, () => run(deno, ['run', '-A', 'app.mjs'], { cwd: app }))
}
if (values.only === undefined || 'Bun'.includes(values.only)) {
  const bun = runtime('Bun', 'bun', 'bun')
  prove('Bun, ESM', false, () => run(bun, ['app.mjs'], { cwd: app }))
  prove('Bun, CommonJS', false, () => run(bun, ['app.cjs'], { cwd: app }))
}

console.table(rows)
if (values.keep) console.log(work)
else rmSync(work, { recursive: true, force: true })
process.exit(isWrong ? 1 : 0)
