import { inspect } from 'node:util'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { LogReader } from '../../../src/sls/log-reader.ts'
import { SlsSink, type SlsSinkOptions } from '../../../src/sls/sls-sink.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { startProxy } from '../../support/proxy.ts'
import { answer, REQUEST_ID, ScriptedServer } from '../../support/scripted-server.ts'

const credentials = { accessKeyId: 'the-id', accessKeySecret: 'top-secret' }
const payload = { bytes: Buffer.from('compressed bytes'), rawSizeInBytes: 4711, compression: 'lz4' } as const

beforeEach(() => {
  for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']) {
    vi.stubEnv(name, undefined)
  }
  onTestFinished(() => void vi.unstubAllEnvs())
})

function sinkTo(endpoint: string, options: Partial<SlsSinkOptions> = {}) {
  const sink = new SlsSink({ clock: new ManualClock(), logger: silentLogger, ...options })
  onTestFinished(() => sink.close())
  sink.putProject({ project: 'proj', endpoint, credentials })
  const request = { project: 'proj', logstore: 'app-log', shardHash: undefined, payload, timeoutMs: 15_000 }
  return (lane = 0) => sink.send({ ...request, lane }, new AbortController().signal)
}

describe('a proxy that the environment names', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('is used by writes, one tunnel a lane (%s)', async (name) => {
    const proxy = await startProxy()
    const server = await ScriptedServer.start()
    vi.stubEnv(name, proxy.url)
    const send = sinkTo(server.url)
    for (const lane of [0, 1, 0, 1]) expect(await send(lane)).toEqual({ requestId: REQUEST_ID })
    expect(proxy.tunnels).toEqual([`127.0.0.1:${server.port}`, `127.0.0.1:${server.port}`])
    expect([server.requests.length, server.connections]).toEqual([4, 2])
  })

  test('is used by reads', async () => {
    const proxy = await startProxy()
    const server = await ScriptedServer.start((_, response) => answer(response, 200, { body: '[]' }))
    vi.stubEnv('HTTP_PROXY', proxy.url)
    const reader = new LogReader({ project: 'proj', logstore: 'app-log', endpoint: server.url, credentials })
    onTestFinished(() => reader.close())
    expect(await reader.listShards()).toEqual([])
    expect(proxy.tunnels).toEqual([`127.0.0.1:${server.port}`])
  })

  test.each<[string, () => Partial<SlsSinkOptions>]>([
    [
      'NO_PROXY names the host',
      () => {
        vi.stubEnv('NO_PROXY', '127.0.0.1')
        return {}
      },
    ],
    ['it is switched off', () => ({ proxyFromEnvironment: false })],
    [
      'only HTTPS_PROXY is set, and the endpoint is http',
      () => {
        vi.stubEnv('HTTPS_PROXY', process.env.HTTP_PROXY)
        vi.stubEnv('HTTP_PROXY', undefined)
        return {}
      },
    ],
  ])('is not used where %s', async (_name, arrange) => {
    const proxy = await startProxy()
    const server = await ScriptedServer.start()
    vi.stubEnv('HTTP_PROXY', proxy.url)
    await sinkTo(server.url, arrange())()
    expect([server.requests.length, proxy.tunnels.length]).toEqual([1, 0])
  })

  test('is told its user and password, and nobody else is, also when it refuses', async () => {
    const proxy = await startProxy({ status: 407 })
    const server = await ScriptedServer.start()
    vi.stubEnv('HTTP_PROXY', proxy.url.replace('//', '//me:top-word@'))
    const error = await sinkTo(server.url)().catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_NETWORK', message: expect.stringContaining('407') })
    expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('me:top-word').toString('base64')}`)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/top-word|bWU6dG9wLXdvcmQ/)
  })

  test('that breaks an idle tunnel makes a stale connection, as a server does', async () => {
    const proxy = await startProxy()
    const server = await ScriptedServer.start()
    vi.stubEnv('HTTP_PROXY', proxy.url)
    const send = sinkTo(server.url)
    await send()
    server.reply = ({ socket }) => socket.destroy()
    expect(await send().catch((thrown: Error) => thrown)).toMatchObject({ staleConnection: true })
  })

  test('that is no URL is refused at once by the name of its variable, without its value', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://me:top-word@proxy:no')
    const make = () => new SlsSink({ clock: new ManualClock(), logger: silentLogger })
    expect(make).toThrow('the environment variable HTTPS_PROXY: must be a URL')
    expect(make).not.toThrow(/top-word/)
  })
})
