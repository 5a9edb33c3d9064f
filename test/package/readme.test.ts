import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { Producer } from '../../src/index.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'

const app = inject('app')
const PRELOAD = resolve(import.meta.dirname, 'support/readme-preload.mjs')
const PLACE = { project: 'my-project', logstore: 'my-logstore' }
/** Commands that end only when they are told to. */
const GOES_ON = /loghub emulator|--follow|loghub agent |loghub top/
/** What they say first, but for those that show a log. */
const FIRST_OUTPUT: readonly (readonly [command: string, output: RegExp])[] = [
  ['loghub agent', /runs 1 input/],
  ['loghub emulator', /"url"/],
  ['loghub top', /stored_logs=/],
]
const KEYS = { accessKeyId: 'your-key-id', accessKeySecret: 'your-key-secret' }

describe.each(['README.md', 'README.zh-CN.md'])('%s', (page) => {
  const text = readFileSync(join(app, 'node_modules', manifest.name, page), 'utf8')
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({ language, code: code! }))
  const programs = blocks.filter(({ language }) => language === 'js').map(({ code }) => code)
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trim().split('\n'))

  test('has blocks of programs and commands, and no other', () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['js', 'sh']))
    expect(programs.length).toBeGreaterThan(6)
  })

  test.each(programs.map((code, i) => [i + 1, code] as const))(
    'program %i runs as it is written',
    async (number, code) => {
      const emulator = await emulatorOfTest()
      const file = join(app, `${page}-${number}.mjs`)
      writeFileSync(file, code)
      const { code: exitCode, stderr } = await runBlock(
        emulator,
        ['node', file],
        !code.includes("from 'loghub-producer'"),
      )
      expect(stderr).not.toMatch(/error:|Error\b.*\n +at /i)
      expect(exitCode).toBe(0)
      const sendsToIt =
        /\b(api|producer)\.|sendAll/.test(code) && !code.includes('startEmulator') && !code.includes('process.once')
      if (sendsToIt) expect(emulator.logs(PLACE).length).toBeGreaterThan(0)
    },
  )

  test('names the package in what is to be installed', () => {
    expect(commands[0]).toBe(`npm install ${manifest.name}`)
  })

  test('has commands that run as they are written', async () => {
    const emulator = await emulatorOfTest()
    await sendOne(emulator)
    writeFileSync(join(app, 'app.log'), 'a line of a file\n')
    const ending = commands.filter((line) => line.startsWith('npx') && !GOES_ON.test(line))
    expect(ending.length).toBeGreaterThanOrEqual(3)
    for (const line of ending) expect(await runBlock(emulator, ['bash', '-c', line]), line).toMatchObject({ code: 0 })
    expect(emulator.logs(PLACE).map(({ contents }) => contents)).toContainEqual([['content', 'a line of a file']])
  })

  test.each(commands.filter((line) => GOES_ON.test(line)))('%s goes on until it is ended', async (line) => {
    const emulator = await emulatorOfTest()
    await sendOne(emulator)
    if (!existsSync(join(app, 'agent.yaml'))) await runBlock(emulator, ['npx', 'loghub', 'agent', 'init'])
    const child = spawn('bash', ['-c', line], { cwd: app, env: environment(emulator), detached: true })
    onTestFinished(() => void process.kill(-child.pid!, 'SIGKILL'))
    const isAgent = line.includes('loghub agent')
    const output = new Promise<string>((done) =>
      child[isAgent ? 'stderr' : 'stdout'].setEncoding('utf8').once('data', done),
    )
    const arriving = setInterval(() => void sendOne(emulator), 200)
    onTestFinished(() => clearInterval(arriving))
    expect(await output).toMatch(FIRST_OUTPUT.find(([command]) => line.includes(command))?.[1] ?? /a log/)
  })
})

async function emulatorOfTest(): Promise<Emulator> {
  const emulator = await startEmulator({ autoCreate: true })
  onTestFinished(() => emulator.close())
  return emulator
}

async function sendOne(emulator: Emulator): Promise<void> {
  const producer = new Producer({ endpoint: emulator.url, ...PLACE, credentials: KEYS, lingerMs: 0 })
  void producer.send({ logs: { contents: { message: 'a log' } } })
  await producer.close()
}

function runBlock(emulator: Emulator, [command, ...args]: string[], hasGlobals = false): Promise<ProgramResult> {
  const env = { ...environment(emulator), TEST_README_GLOBALS: hasGlobals ? '1' : '0' }
  return runProgram(command as string, args, { cwd: app, env })
}

/** What the READMEs export before their commands, and a way from their port to the emulator of the test. */
function environment(emulator: Emulator): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: app,
    NODE_OPTIONS: `--import=${pathToFileURL(PRELOAD)}`,
    TEST_EMULATOR_PORT: new URL(emulator.url).port,
    LOGHUB_ENDPOINT: 'http://127.0.0.1:9310',
    LOGHUB_PROJECT: PLACE.project,
    LOGHUB_LOGSTORE: PLACE.logstore,
    ALIBABA_CLOUD_ACCESS_KEY_ID: KEYS.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: KEYS.accessKeySecret,
  }
}
