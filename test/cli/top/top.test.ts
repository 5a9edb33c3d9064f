import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AdminServer, Agent, follow, serveProducer } from '../../../src/agent/index.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { cliEmulator } from '../../support/cli-emulator.ts'
import { CliRun, runCli } from '../../support/run-cli.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

function startProducer(): Producer {
  const producer = new Producer({ project: 'proj', logstore: 'logs', sink: new ScriptedSink(), lingerMs: 0 })
  onTestFinished(async () => void (await producer.close({ timeoutMs: 0 })))
  return producer
}

async function startAgent(token?: string): Promise<string> {
  const agent = new Agent({ producer: startProducer(), logger: silentLogger })
  const admin = new AdminServer(agent, { port: 0, logger: silentLogger, ...(token !== undefined && { token }) })
  onTestFinished(async () => {
    await admin.close()
    await agent.close()
  })
  await agent.add([
    { id: 'good', input: follow(({ write }) => write({ n: '1' })) },
    { id: 'bad', restart: { policy: 'never' }, input: follow(() => Promise.reject(new Error('no'))) },
  ])
  await agent.finished()
  return admin.listen()
}

const fast = ['--interval', '100ms']
const linesOf = (text: string) => text.trimEnd().split('\n')

describe('on a pipe', () => {
  test('an emulator is told in a line for each reading, with rates from the second on', async () => {
    const { env, emulator } = await cliEmulator()
    expect((await runCli(['send'], env, 'one\ntwo')).code).toBe(0)
    const { code, stdout, stderr } = await runCli(['top', emulator.url, '--count', '2', ...fast])
    expect([code, stderr]).toEqual([0, ''])
    const [first = '', second = ''] = linesOf(stdout)
    expect(first).toMatch(/^\d{4}-\d\d-\d\dT\S+Z emulator refused=\d+ stored_logs=2 stored_bytes=\d+ dropped_logs=0 /)
    expect(second).toMatch(/ emulator logs_per_s=0 requests_per_s=\d+ .* stored_logs=2 .* logstores=1$/)
  })

  test('a producer is told with its name, memory and lanes', async () => {
    const producer = startProducer()
    await using served = await serveProducer(producer, { port: 0, name: 'my shop' })
    await producer.send({ logs: { contents: { n: 1 } } })
    const { code, stdout } = await runCli(['top', new URL(served.url).port, '--count', '1'])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      / producer name="my shop" failed=0 dropped=0 in_memory=0 memory_bytes=0 .* lanes=\d+ lanes_busy=0/,
    )
  })

  test('an agent is told with its inputs, those that are not well by name', async () => {
    const url = await startAgent()
    const { stdout } = await runCli(['top', url, '--count', '1'])
    expect(stdout).toMatch(/ agent inputs=2 running=0 unwell=bad failed=0 /)
  })

  test('it ends by Ctrl-C, and with its reader', async () => {
    const { emulator } = await cliEmulator()
    const run = new CliRun(['top', emulator.url, ...fast])
    await run.shows('stdout', 'emulator')
    run.child.kill('SIGINT')
    expect((await run.result()).code).toBe(0)
    const left = new CliRun(['top', emulator.url, ...fast])
    await left.shows('stdout', 'emulator')
    left.child.stdout.destroy()
    expect(await left.result()).toMatchObject({ code: 0, stderr: '' })
  })

  test('what stops answering is told so, and read on when it answers again', async () => {
    const first = await cliEmulator()
    const { port, url } = first.emulator
    const run = new CliRun(['top', url, ...fast])
    await run.shows('stdout', 'emulator')
    await first.emulator.close()
    await run.shows('stdout', /emulator silent_ms=\d+ why="it does not answer: \w+"/)
    const linesBefore = linesOf(run.stdout).length
    await cliEmulator({ port })
    await run.shows('stdout', new RegExp(`(?:.*\\n){${linesBefore}}(?:.*\\n)*.*emulator .*logs_per_s=0`))
    run.child.kill('SIGTERM')
    expect((await run.result()).code).toBe(0)
  })
})

describe('who does not answer', () => {
  test('is named, with what to do', async () => {
    const { code, stdout, stderr } = await runCli(['top', 'http://127.0.0.1:1'])
    expect([code, stdout]).toEqual([1, ''])
    expect(linesOf(stderr)).toEqual([
      'loghub: http://127.0.0.1:1 does not answer: ECONNREFUSED',
      'Start one of them, or name its address:',
      expect.stringContaining('  loghub emulator '),
      expect.stringContaining('  loghub agent --config agent.yaml '),
      expect.stringContaining('  await serveProducer(producer) '),
      expect.stringContaining('  loghub top http://127.0.0.1:PORT '),
    ])
  })

  test('wants a token, which is asked for and never shown', async () => {
    const url = await startAgent('the-secret')
    const { code, stderr } = await runCli(['top', url, '--token', 'a-wrong-one'])
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/asks for a token: .* LOGHUB_ADMIN_TOKEN or by --token\n$/),
    ])
    expect(stderr).not.toContain('a-wrong-one')
    expect((await runCli(['top', url, '--count', '1'], { LOGHUB_ADMIN_TOKEN: 'the-secret' })).code).toBe(0)
  })

  test.each([
    ['another server', 404, '{}'],
    ['one that answers everything', 200, '{"kind":"shop"}'],
    ['one that answers with no JSON', 200, '<html>'],
    ['one that answers with no object', 200, 'null'],
  ])('is %s', async (_, status, body) => {
    const server: Server = createServer((_request, response) => response.writeHead(status).end(body)).listen(
      0,
      '127.0.0.1',
    )
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await runCli(['top', String(port)])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^loghub: http:.* and is no emulator, agent or producer of this version: look at the address\n$/,
    )
  })

  test('is no address at all', async () => {
    const { code, stderr } = await runCli(['top', 'http://'])
    expect([code, stderr]).toEqual([2, "loghub: 'http://' is no address: give a port, or http://HOST:PORT\n"])
  })
})

test('of an address with a path only the server counts', async () => {
  const { emulator } = await cliEmulator()
  const { stdout } = await runCli(['top', `${emulator.url}/console`, '--count', '1'])
  expect(stdout).toContain(' emulator ')
})
