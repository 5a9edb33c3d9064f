import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { CheckStep } from '../../../src/cli/check/check-steps.ts'
import { cliEmulator, DESTINATION, environmentOf } from '../../support/cli-emulator.ts'
import { type Environment, runCli } from '../../support/run-cli.ts'
import { answer, ScriptedServer } from '../../support/scripted-server.ts'

const credentials = { accessKeyId: 'the-key-id', accessKeySecret: 'the-key-secret' }

/** An emulator that knows one key pair and has the project and the logstore. */
async function ready() {
  const { emulator, env } = await cliEmulator({ autoCreate: false, credentials })
  emulator.createProject(DESTINATION.project)
  emulator.createLogstore(DESTINATION)
  return { emulator, env }
}

async function check(env: Environment, ...args: string[]) {
  const { code, stdout, stderr } = await runCli(['check', '--json', ...args], env)
  expect(stderr).toBe('')
  const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: CheckStep[] }
  expect([code, ok]).toEqual(ok ? [0, true] : [1, false])
  const statuses = Object.fromEntries(steps.map(({ name, status }) => [name, status]))
  return { code, statuses, failed: steps.find(({ status }) => status === 'failed'), stdout }
}

describe('a check', () => {
  test('of a good connection is all ok, and writes nothing', async () => {
    const { emulator, env } = await ready()
    const { code, stdout } = await runCli(['check'], env)
    expect(code).toBe(0)
    expect(stdout.split('\n').map((line) => line.slice(0, 20).trim())).toEqual(
      ['settings', 'endpoint', 'clock', 'credentials', 'project', 'logstore']
        .map((name) => `ok       ${name}`)
        .concat(''),
    )
    expect(emulator.stats().writes).toBe(0)
  })

  test('writes one log when asked', async () => {
    const { emulator, env } = await ready()
    expect((await check(env, '--write')).statuses.write).toBe('ok')
    expect(emulator.logs(DESTINATION)).toMatchObject([{ topic: 'loghub-check' }])
  })

  test('names the settings that are missing', async () => {
    const { failed } = await check({ LOGHUB_ENDPOINT: 'http://127.0.0.1:1' })
    expect(failed).toMatchObject({ name: 'settings', detail: expect.stringContaining('--project (or LOGHUB_PROJECT)') })
  })

  test('finds a name that DNS does not know', async () => {
    const { failed, statuses } = await check(environmentOf('http://nowhere.invalid'))
    expect(failed).toMatchObject({
      name: 'endpoint',
      detail: expect.stringMatching(/^DNS does not know demo.nowhere.invalid/),
    })
    expect(statuses.logstore).toBe('skipped')
  })

  test('finds that nothing listens', async () => {
    const { failed } = await check(environmentOf('http://127.0.0.1:1'))
    expect(failed).toMatchObject({
      name: 'endpoint',
      detail: 'nothing listens at 127.0.0.1:1 (ECONNREFUSED)',
      advice: expect.stringContaining('loghub emulator'),
    })
  })

  test('finds that a port does not speak TLS, and says so in words', async () => {
    const { env } = await ready()
    const { failed } = await check(env, '--endpoint', env.LOGHUB_ENDPOINT!.replace('http:', 'https:'))
    expect(failed).toMatchObject({
      name: 'endpoint',
      detail: expect.stringMatching(/^127.0.0.1:\d+ does not speak TLS: it answers https:\/\/ in plain text/),
      advice: expect.stringMatching(/Write http:/),
    })
  })

  test('finds that something else answers', async () => {
    const server = await ScriptedServer.start((_, response) => {
      answer(response, 200, { headers: { 'x-log-requestid': '' }, body: '<html>' })
    })
    const { failed } = await check(environmentOf(server.url))
    expect(failed).toMatchObject({ name: 'endpoint', detail: expect.stringContaining('not as the Log Service does') })
  })

  test('finds a wrong key', async () => {
    const { env } = await ready()
    const { failed, stdout } = await check({ ...env, ALIBABA_CLOUD_ACCESS_KEY_ID: 'another-key-id' })
    expect(failed).toMatchObject({
      name: 'credentials',
      detail: 'the access key id or the token is not accepted (Unauthorized)',
      advice: expect.stringContaining('Check the access key'),
    })
    expect(stdout).not.toContain('another-key-id')
  })

  test('finds a wrong secret', async () => {
    const { env } = await ready()
    const { failed, stdout } = await check({ ...env, ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'another-secret' })
    expect(failed).toMatchObject({ name: 'credentials', detail: 'the access key secret is wrong (SignatureNotMatch)' })
    expect(stdout).not.toContain('another-secret')
  })

  test.each([
    [20 * 60_000, 'behind'],
    [-3 * 3_600_000, 'ahead of'],
  ])('finds a clock that is wrong by %d ms, and goes on with the right time', async (clockOffsetMs, where) => {
    const { emulator, env } = await ready()
    emulator.script({ then: { clockOffsetMs } })
    const { failed, statuses } = await check(env, '--write')
    expect(failed).toMatchObject({ name: 'clock', detail: expect.stringContaining(`${where} the service`) })
    expect(failed?.detail).toMatch(clockOffsetMs > 0 ? /(19:59|20:0[01])/ : /(2:59:5\d|3:00:0\d)/)
    expect(statuses).toMatchObject({ credentials: 'ok', project: 'ok', logstore: 'ok', write: 'ok' })
  })

  test('tolerates a clock that the service tolerates', async () => {
    const { emulator, env } = await ready()
    emulator.script({ then: { clockOffsetMs: 5 * 60_000 } })
    expect((await check(env)).statuses.clock).toBe('ok')
  })

  test('finds a missing project', async () => {
    const { env } = await ready()
    const { failed } = await check({ ...env, LOGHUB_PROJECT: 'other' })
    expect(failed).toMatchObject({
      name: 'project',
      detail: expect.stringMatching(/^ProjectNotExist, request [0-9A-F]{24}$/),
      advice: 'Create the project, or check its name and the region of the endpoint.',
    })
  })

  test('finds a missing logstore', async () => {
    const { env } = await ready()
    const { failed, statuses } = await check({ ...env, LOGHUB_LOGSTORE: 'other' }, '--write')
    expect(failed).toMatchObject({ name: 'logstore', advice: 'Create the logstore, or check its name.' })
    expect(statuses).toMatchObject({ project: 'ok', write: 'skipped' })
  })

  test('a key that may only write passes with --write, and is told about it without', async () => {
    const { emulator, env } = await ready()
    const then = { errorCode: 'Unauthorized', errorMessage: 'denied by sts or ram, action: log:GetProject' }
    emulator.script({ match: ({ method, headers }) => method === 'GET' && 'authorization' in headers, then })
    expect((await check(env)).failed).toMatchObject({ name: 'project', advice: expect.stringContaining('--write') })
    expect((await check(env, '--write')).statuses).toMatchObject({
      project: 'skipped',
      logstore: 'skipped',
      write: 'ok',
    })
  })

  test('finds that writing is refused', async () => {
    const { emulator, env } = await ready()
    emulator.script({ match: { method: 'POST' }, then: { errorCode: 'WriteQuotaExceed' } })
    expect((await check(env, '--write')).failed).toMatchObject({
      name: 'write',
      detail: expect.stringContaining('WriteQuotaExceed'),
    })
  })

  test('prints the failed step with what to do below it', async () => {
    const { stdout } = await runCli(['check'], environmentOf('http://127.0.0.1:1'))
    expect(stdout).toMatch(/\nFAILED {3}endpoint {5}nothing listens.*\n +-> Check host and port/)
  })
})

describe('behind a proxy', () => {
  test('the check and the lines that are sent go through the one that the environment names', async () => {
    const { emulator, env } = await cliEmulator()
    const asked: string[] = []
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '')
      const { url, method, headers } = request
      const onward = httpRequest(
        emulator.url + new URL(url!).pathname + new URL(url!).search,
        { method, headers },
        (answered) => {
          response.writeHead(answered.statusCode!, answered.headers)
          answered.pipe(response)
        },
      )
      request.pipe(onward)
    })
    proxy.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
      asked.push(request.url ?? '')
      const server = connect(Number(new URL(emulator.url).port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        server.write(head)
        server.pipe(client).pipe(server)
      })
      server.on('error', () => client.destroy())
      client.on('error', () => server.destroy())
    })
    await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
    onTestFinished(() => void proxy.close())
    const { port } = proxy.address() as AddressInfo
    const proxied = { ...env, LOGHUB_ENDPOINT: 'http://log.example.invalid', HTTP_PROXY: `http://127.0.0.1:${port}` }
    expect((await runCli(['send', '--delivery-timeout', '10s'], proxied, 'line')).code).toBe(0)
    expect((await check(proxied)).statuses).toMatchObject({ endpoint: 'ok', project: 'ok', logstore: 'ok' })
    expect(asked.length).toBeGreaterThanOrEqual(3)
    const aside = { ...proxied, NO_PROXY: '.example.invalid' }
    expect((await check(aside)).failed).toMatchObject({ name: 'endpoint', detail: expect.stringContaining('DNS') })
  })
})
