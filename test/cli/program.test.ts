import { describe, expect, test } from 'vitest'
import { version } from '../../package.json'
import { CliRun, runCli } from '../support/run-cli.ts'

describe('the program', () => {
  test('tells its version', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test.each([[[]], [['send']], [['tail']], [['check']], [['emulator']]])(
    'has help with examples: %j',
    async (command) => {
      const { code, stdout, stderr } = await runCli([...command, '--help'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('Examples:\n  $ loghub')
      expect(stdout).toContain('Exit codes: 0')
    },
  )

  test('ends well when whoever reads its output leaves', async () => {
    const run = new CliRun(['--help'])
    run.child.stdout.destroy()
    expect(await run.result()).toMatchObject({ code: 0, stderr: '' })
  })

  test.each([
    [['sned'], /unknown command 'sned'\n\(Did you mean send\?\)\nRun 'loghub --help'/],
    [['send', '--lane', '4'], /unknown option '--lane'\n\(Did you mean --lanes\?\)\nRun 'loghub send --help'/],
    [['send', '--lanes', 'four'], /'--lanes <n>' argument 'four' is invalid. Give a whole number, 1 to 256./],
    [['send', '--timeout', 'soon'], /Give a time such as 500ms/],
    [['send', '--batch-bytes', '1 cup'], /Give a size such as 512KiB/],
    [['tail', '--from', 'lunch'], /Give begin, end, a time/],
    [['tail', '--format', 'xml'], /Allowed choices are text, json/],
    [['emulator', '--data', 'd', '--discard'], /cannot be used with/],
  ])('refuses %j with a hint and exit code 2', async (args, hint) => {
    const { code, stdout, stderr } = await runCli(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(hint)
    expect(stderr).toMatch(/^loghub: /)
  })

  test('names all settings that are missing, in one line', async () => {
    const { code, stderr } = await runCli(['send'])
    expect(code).toBe(2)
    expect(stderr).toBe(
      'loghub: not given: --endpoint (or LOGHUB_ENDPOINT), --project (or LOGHUB_PROJECT), ' +
        '--logstore (or LOGHUB_LOGSTORE), ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET\n',
    )
  })

  test('never shows a key, neither of a misspelt option nor of a wrong pair', async () => {
    const misspelt = await runCli(['send', '--access-key-secrte=hunter2hunter2'])
    const blank = await runCli([
      'check',
      '--access-key-id',
      'id',
      '--access-key-secret',
      'hunter2 hunter2',
      '--verbose',
    ])
    expect(misspelt.code).toBe(2)
    expect(blank.code).toBe(1)
    expect(misspelt.stderr + blank.stderr + blank.stdout).not.toContain('hunter2')
  })

  test('shows the stack of an error only when asked', async () => {
    const args = ['send', '--endpoint', 'ftp://x', '--project', 'demo', '--logstore', 'app']
    const env = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret' }
    const quiet = await runCli(args, env)
    expect(quiet).toMatchObject({ code: 2, stderr: 'loghub: endpoint "ftp://x": the scheme must be http or https\n' })
    expect((await runCli([...args, '--verbose'], env)).stderr).toMatch(/\n\s+at /)
  })
})
