import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cliEmulator, temporaryFolder } from '../../support/cli-emulator.ts'
import { CliRun, runCli } from '../../support/run-cli.ts'

/** A folder with a configuration whose inputs are these lines of YAML. */
function configured(inputs: string, rest = '') {
  const folder = temporaryFolder()
  const file = join(folder, 'agent.yaml')
  const write = (text: string, more = rest) =>
    writeFileSync(file, `producer: { lingerMs: 50, source: here }\n${more}inputs:\n${text}`)
  write(inputs)
  return { folder, file, write, path: (name: string) => join(folder, name) }
}

const FILES = "  - { id: app, type: file, paths: ['./*.log'], startAt: beginning, pollMs: 100 }\n"

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !holds(); ) {
    if (performance.now() > end) throw new Error('it did not come to hold in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('loghub agent', () => {
  test('ships a file, goes on after a restart, and ends by SIGTERM with everything delivered', async () => {
    const { env, lines } = await cliEmulator()
    const { file, path } = configured(FILES)
    writeFileSync(path('a.log'), 'one\ntwo\n')
    const first = new CliRun(['agent', '--config', file], env)
    await until(() => lines().length === 2)
    appendFileSync(path('a.log'), 'three\n')
    await until(() => lines().length === 3)
    first.child.kill('SIGTERM')
    expect(await first.result()).toMatchObject({ code: 0, stderr: expect.stringContaining('ends: SIGTERM') })
    appendFileSync(path('a.log'), 'four\n')
    const second = new CliRun(['agent', '--config', file], env)
    await until(() => lines().length === 4)
    second.child.kill('SIGINT')
    await second.result()
    expect(lines()).toEqual(['one', 'two', 'three', 'four'])
  })

  test('reads standard input to its end and ends by itself', async () => {
    const { env, lines } = await cliEmulator()
    const { file } = configured('  - { id: in, type: stdin }\n')
    const { code, stderr } = await runCli(['agent', '--config', file], env, 'a\nb\n')
    expect([code, lines()]).toEqual([0, ['a', 'b']])
    expect(stderr).toContain('ends: all inputs have ended')
  })

  test('with --once ships what is there and ends; inputs that listen are left out', async () => {
    const { env, lines } = await cliEmulator()
    const { file, path } = configured(
      `${FILES}  - { id: web, type: http, port: 0 }\n  - { id: cmd, type: exec, command: [echo, out], intervalMs: 60000 }\n`,
    )
    writeFileSync(path('a.log'), 'one\nunfinished')
    const { code, stderr } = await runCli(['agent', '--config', file, '--once'], env)
    expect([code, lines().sort()]).toEqual([0, ['one', 'out', 'unfinished']])
    expect(stderr).toContain('web: listens, and is left out')
  })

  test('reloads when the file changes or by SIGHUP: what has not changed runs on, and what is wrong changes nothing', async () => {
    const { env, lines } = await cliEmulator()
    const { file, write, path } = configured(FILES)
    writeFileSync(path('a.log'), 'one\n')
    const run = new CliRun(['agent', '--config', file], env)
    await until(() => lines().length === 1)
    write(`${FILES}  - { id: cmd, type: exec, command: [echo, out], intervalMs: 600000 }\n`)
    await run.shows('stderr', 'reloaded; runs 2 inputs')
    write(`${FILES}  - { id: cmd, type: exek, command: [echo, out] }\n`)
    await run.shows('stderr', `${file}:4: inputs[1].type: there is no type 'exek'; did you mean exec?`)
    write(FILES, 'stateDirectory: ./elsewhere\n')
    await run.shows('stderr', `${file}:2: stateDirectory: cannot change while the agent runs`)
    writeFileSync(file, `producer: { lingerMs: 60, lanes: 2, region: x }\ninputs:\n${FILES}`)
    await run.shows('stderr', 'agent.yaml:1: producer.region: cannot change while the producer runs')
    writeFileSync(file, `producer: { lingerMs: 60, source: here }\ninputs:\n${FILES}`)
    await run.shows('stderr', 'reloaded; runs 1 input')
    run.child.kill('SIGHUP')
    await until(() => run.stderr.split('reloaded').length === 4)
    appendFileSync(path('a.log'), 'two\n')
    await until(() => lines().length === 3)
    run.child.kill('SIGTERM')
    await run.result()
    expect(lines().sort()).toEqual(['one', 'out', 'two'])
  })

  test('--check names all problems with file, line, key and rule', async () => {
    const { file } = configured(`  - id: a
    type: file
    path: [x]
  - { id: b, type: syslog }
  - { id: a, type: stdin, longLines: cutt }
`)
    const { code, stderr } = await runCli(['agent', '--config', file, '--check'])
    expect(code).toBe(2)
    expect(stderr.trim().split('\n')).toEqual([
      `${file}:5: inputs[0].path: there is no such option; did you mean paths?`,
      `${file}:3: inputs[0]: paths is missing`,
      `${file}:6: inputs[1]: one of udp, tcp and tls is needed`,
      `${file}:7: inputs[2].longLines: must be 'cut' or 'split' or 'drop', got 'cutt'`,
      `${file}:7: inputs[2].id: 'a' is given twice`,
    ])
  })

  test('ends also where an input does not, with code 1 and its name', async () => {
    const { env } = await cliEmulator()
    const { file, path } = configured('  - { id: hangs, type: module, module: ./hangs.mjs }\n')
    writeFileSync(path('hangs.mjs'), 'export default { run: () => new Promise(() => setInterval(() => {}, 1000)) }\n')
    const agent = new CliRun(['agent', '--config', file, '--timeout', '200ms'], env)
    await until(() => agent.stderr.includes('runs 1 input'))
    agent.child.kill('SIGTERM')
    expect(await agent.result()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did not end in time: hangs'),
    })
  })

  test('without an input it waits for a reload that brings one, and with --once it ends', async () => {
    const { env, lines } = await cliEmulator()
    const { file, write, path } = configured('  []\n')
    expect(await runCli(['agent', '--config', file, '--once'], env)).toMatchObject({ code: 0 })
    const agent = new CliRun(['agent', '--config', file], env)
    await until(() => agent.stderr.includes('runs 0 inputs'))
    writeFileSync(path('a.log'), 'one\n')
    write(FILES)
    await until(() => lines().length === 1)
    write('  []\n')
    await until(() => agent.stderr.includes('reloaded; runs 0 inputs'))
    agent.child.kill('SIGTERM')
    expect(await agent.result()).toMatchObject({ code: 0 })
  })

  test('a configuration in another encoding is refused as such', async () => {
    const file = join(temporaryFolder(), 'agent.yaml')
    writeFileSync(file, Buffer.from('\ufeffinputs: []\n', 'utf16le'))
    const { code, stderr } = await runCli(['agent', '--config', file, '--check'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('agent.yaml: is not UTF-8')])
  })

  test('options of the producer are checked where they stand', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'agent.yaml')
    writeFileSync(file, 'inputs: []\nproducer:\n  project: p\n  lingerMs: soon\n  endpont: x\n')
    const { code, stderr } = await runCli(['agent', '--config', file, '--check'])
    expect(code).toBe(2)
    expect(stderr).toContain(`${file}:4: producer.lingerMs: must be`)
    expect(stderr).toContain(`${file}:5: producer.endpont: there is no such option; did you mean endpoint?`)
  })

  test('init writes a configuration that is right, and never over another', async () => {
    const { env, lines } = await cliEmulator()
    const folder = temporaryFolder()
    const file = join(folder, 'agent.yaml')
    expect((await runCli(['agent', 'init', file])).code).toBe(0)
    expect((await runCli(['agent', '--config', file, '--check'])).code).toBe(0)
    const text = readFileSync(file, 'utf8')
    expect(await runCli(['agent', 'init', file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already'),
    })
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect((await runCli(['agent', '--config', file, '--once'], env)).code).toBe(0)
    expect(lines()).toEqual([])
    expect(existsSync(join(folder, 'loghub-state/checkpoints.json'))).toBe(true)
  })

  test('a missing file is named with what to do', async () => {
    const { code, stderr } = await runCli(['agent', '--config', '/no/agent.yaml'])
    expect([code, stderr]).toEqual([2, "/no/agent.yaml: no such file; 'loghub agent init /no/agent.yaml' writes one\n"])
  })
})
