import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../server/support/raw-http.ts'
import { environmentOf, temporaryFolder } from '../../support/cli-emulator.ts'
import { CliRun, type Environment, runCli } from '../../support/run-cli.ts'

async function started(args: string[] = [], env?: Environment) {
  const run = new CliRun(['emulator', '--port', '0', ...args], env)
  await run.shows('stdout', '\n')
  return { run, env: environmentOf((JSON.parse(run.stdout) as { url: string }).url) }
}

describe('the emulator command', () => {
  test('serves what the other commands need, and ends cleanly on Ctrl-C', async () => {
    const { run, env } = await started()
    expect((await runCli(['send'], env, 'hello')).code).toBe(0)
    expect((await runCli(['tail', '--field', 'content'], env)).stdout).toBe('hello\n')
    run.child.kill('SIGINT')
    const { code, stderr } = await run.result()
    expect(code).toBe(0)
    expect(stderr).toContain(`export LOGHUB_ENDPOINT=${env.LOGHUB_ENDPOINT} LOGHUB_PROJECT=demo LOGHUB_LOGSTORE=app`)
    expect(stderr).toContain('any key pair')
    expect(stderr).toContain('Ended after 1 logs in 1 writes')
  })

  test('keeps the logs in a directory over a restart', async () => {
    const data = temporaryFolder()
    const first = await started(['--data', data])
    await runCli(['send'], first.env, 'kept')
    first.run.child.kill('SIGTERM')
    expect((await first.run.result()).code).toBe(0)
    const second = await started(['--data', data])
    expect((await runCli(['tail', '--field', 'content'], second.env)).stdout).toBe('kept\n')
  })

  test('takes only the key pair of its environment, and does not show it', async () => {
    const keys = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'known-key-id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'known-secret' }
    const { run, env } = await started([], keys)
    expect((await runCli(['send', '--retries', '0'], env, 'line')).code).toBe(1)
    expect((await runCli(['send'], { ...env, ...keys }, 'line')).code).toBe(0)
    expect(run.stdout + run.stderr).not.toMatch(/known-/)
  })

  test('counts and forgets with --discard', async () => {
    const { run, env } = await started(['--discard', '--shards', '1'])
    expect((await runCli(['send'], env, 'one\ntwo')).code).toBe(0)
    expect((await runCli(['tail'], env)).stdout).toBe('')
    run.child.kill('SIGINT')
    expect((await run.result()).stderr).toContain('Ended after 2 logs')
  })

  test('opens the console in the browser, or says where it is', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" > ${folder}/opened\n`, { mode: 0o755 })
    const { env } = await started(['--open'], { PATH: `${folder}:/usr/bin:/bin` })
    await eventually(() => existsSync(join(folder, 'opened')) && readFileSync(join(folder, 'opened'), 'utf8') !== '')
    expect(readFileSync(join(folder, 'opened'), 'utf8')).toBe(`${env.LOGHUB_ENDPOINT}/console\n`)
    const { run } = await started(['--open', '--host', '0.0.0.0'], { PATH: '/nothing' })
    await run.shows('stderr', 'There is no browser')
    expect(run.stderr).toMatch(/The console is at http:\/\/127\.0\.0\.1:\d+\/console\n/)
  })

  test('says in one line that the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await runCli(['emulator', '--port', String(port)])
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^loghub: .*EADDRINUSE.*\n$/) })
  })
})
