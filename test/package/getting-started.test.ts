import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, inject, onTestFinished, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { runProgram } from '../support/run-program.ts'

const app = inject('app')
const PRELOAD = resolve(import.meta.dirname, 'support/readme-preload.mjs')
const page = readFileSync(join(app, 'node_modules', manifest.name, 'docs/getting-started.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({ language, code: code! }))

// Ports are those of the page for whoever reads it; the preload leads them to a free one.
test('the first page leads from an empty folder to a log that is seen', async () => {
  expect(blocks.map(({ language }) => language)).toEqual(['sh', 'sh', 'js', 'sh', 'sh', 'sh'])
  const [install, emulate, program, run, look, check] = blocks.map(({ code }) => code) as [string, ...string[]]
  const home = join(app, 'getting-started')
  mkdirSync(home)
  const npm = install.split('\n').filter((line) => line !== `npm install ${manifest.name}`)
  expect(npm.length).toBe(install.split('\n').length - 1)
  const shell = (code: string, cwd: string, port = '0') =>
    runProgram('bash', ['-ec', code], { cwd, env: environment(port) })
  expect(await shell(npm.join('\n'), home)).toMatchObject({ code: 0 })
  const folder = join(home, 'my-app')
  symlinkSync(join(app, 'node_modules'), join(folder, 'node_modules'))

  const emulator = spawn('bash', ['-c', `exec ${emulate}`], { cwd: folder, env: environment('0') })
  onTestFinished(() => void emulator.kill('SIGKILL'))
  const port = new URL(await urlOf(emulator)).port

  writeFileSync(join(folder, 'app.mjs'), program!)
  expect(await shell(run!, folder, port)).toEqual({ code: 0, stdout: '100 logs delivered\n', stderr: '' })
  const seen = await shell(look!, folder, port)
  expect(seen.stdout.match(/order paid/g)).toHaveLength(100)
  const variables = look!.split('\n').filter((line) => line.startsWith('export'))
  expect(await shell([...variables, check!].join('\n'), folder, port)).toMatchObject({ code: 0 })
  const console = await fetch(`http://127.0.0.1:${port}/console`)
  expect([console.status, console.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
})

async function urlOf({ stdout }: ChildProcess): Promise<string> {
  const [line] = (await once(stdout!.setEncoding('utf8'), 'data')) as [string]
  return JSON.parse(line).url
}

function environment(port: string): NodeJS.ProcessEnv {
  const { PATH } = process.env
  return { PATH, HOME: app, NODE_OPTIONS: `--import=${pathToFileURL(PRELOAD)}`, TEST_EMULATOR_PORT: port }
}
