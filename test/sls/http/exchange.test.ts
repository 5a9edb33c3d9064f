import dns from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer as createTcpServer, Socket } from 'node:net'
import tls from 'node:tls'
import { Agent, type Dispatcher, errors, interceptors, MockAgent, Pool, ProxyAgent } from 'undici'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import { LogReader } from '../../../src/sls/log-reader.ts'
import type { SinkError } from '../../../src/sls/sink.ts'
import { SlsSink } from '../../../src/sls/sls-sink.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { startProxy } from '../../support/proxy.ts'
import { answer, REQUEST_ID, type Reply, refusal, ScriptedServer, stored } from '../../support/scripted-server.ts'

const credentials = { accessKeyId: 'the-id', accessKeySecret: 'top-secret' }
const payload = { bytes: Buffer.from('compressed bytes'), rawSizeInBytes: 4711, compression: 'lz4' } as const
const request = { project: 'proj', logstore: 'app-log', shardHash: undefined, payload, lane: 0 }
// What is read of an answer.
const LIMIT = 64 * 1024

function sinkFor(endpoint: string, dispatcher?: Dispatcher) {
  const clock = new ManualClock()
  const sink = new SlsSink({ clock, logger: silentLogger, dispatcher })
  onTestFinished(() => sink.close())
  sink.putProject({ project: 'proj', endpoint, credentials })
  const never = new AbortController().signal
  const send = ({ signal = never, timeoutMs = 15_000 } = {}) => sink.send({ ...request, timeoutMs }, signal)
  return { clock, sink, send }
}

async function setUp(reply?: Reply, dispatcher?: Dispatcher) {
  const server = await ScriptedServer.start(reply)
  return { server, ...sinkFor(server.url, dispatcher) }
}

async function failureOf(sending: Promise<unknown>): Promise<SinkError> {
  return sending.then(
    () => expect.unreachable('the send must fail'),
    (error: SinkError) => error,
  )
}

/** Connections to `localhost` hang until `release`. */
function heldConnections() {
  const held: (() => void)[] = []
  const { lookup } = dns
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(((...args: Parameters<typeof lookup>) => {
    held.push(() => lookup(...args))
  }) as typeof lookup)
  onTestFinished(() => spy.mockRestore())
  return {
    begun: () => vi.waitUntil(() => held.length > 0),
    release: () => {
      spy.mockRestore()
      for (const go of held) go()
    },
  }
}

describe('an attempt that ends before its request has started', () => {
  test.each(['abort', 'time limit'])('ends at once while its connection opens (%s)', async (which) => {
    const server = await ScriptedServer.start()
    const connections = heldConnections()
    const { clock, send } = sinkFor(`http://localhost:${server.port}`)
    const controller = new AbortController()
    const failing = failureOf(send({ signal: controller.signal, timeoutMs: 200 }))
    await connections.begun()
    if (which === 'abort') controller.abort(new Error('shutting down'))
    else await clock.advance(200)
    expect((await failing).code).toBe(which === 'abort' ? 'ERR_LOGHUB_ABORTED' : 'ERR_LOGHUB_TIMEOUT')
    expect(clock.timerCount).toBe(0)

    connections.release()
    await send()
    await send()
    expect([server.requests.length, server.connections]).toEqual([2, 1])
  })

  test('ends at once while another of its lane is under way, and does not disturb it', async () => {
    const answers: (() => void)[] = []
    const { clock, server, send } = await setUp((seen, response) => answers.push(() => stored(seen, response)))
    const first = send()
    await server.received(1)
    const controller = new AbortController()
    const failing = failureOf(send({ signal: controller.signal }))
    await settled()
    controller.abort()
    expect(await failing).toMatchObject({ code: 'ERR_LOGHUB_ABORTED', failureClass: 'final' })
    expect(clock.timerCount).toBe(1)

    answers[0]!()
    await first
    server.reply = stored
    await send()
    expect([server.requests.length, server.connections]).toEqual([2, 1])
  })

  test('is not made on a sink that is closed meanwhile', async () => {
    const server = await ScriptedServer.start()
    const connections = heldConnections()
    const { sink, send } = sinkFor(`http://localhost:${server.port}`)
    const failing = failureOf(send())
    await connections.begun()
    await sink.close()
    expect(await failing).toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
    connections.release()
    await settled()
    expect(server.requests.length).toBe(0)
  })
})

describe('an attempt that ends inside the answer', () => {
  test('at its time limit, however the body trickles, gives the connection up', async () => {
    let trickle = () => {}
    let closed: Promise<unknown> | undefined
    const { clock, server, send } = await setUp((seen, response) => {
      closed = once(seen.socket, 'close')
      response.writeHead(200, { 'x-log-requestid': REQUEST_ID })
      trickle = () => void response.write('a')
      trickle()
    })
    const failing = failureOf(send({ timeoutMs: 200 }))
    await server.received(1)
    for (let step = 0; step < 4; step++) {
      await clock.advance(50)
      trickle()
    }
    expect(await failing).toMatchObject({ code: 'ERR_LOGHUB_TIMEOUT' })
    await closed
    server.reply = stored
    await send()
    expect([server.requests.length, server.connections]).toEqual([2, 2])
  })

  test('since the server closes the connection is a network failure', async () => {
    const { server, send } = await setUp((seen, response) => {
      response.writeHead(200, { 'x-log-requestid': REQUEST_ID })
      response.write('a', () => seen.socket.destroy())
    })
    expect(await failureOf(send())).toMatchObject({ code: 'ERR_LOGHUB_NETWORK', staleConnection: false })
    server.reply = stored
    await send()
    expect(server.requests.length).toBe(2)
  })
})

describe('an answer', () => {
  test.each([
    [LIMIT, 'of the longest length is read', undefined],
    [LIMIT + 1, 'a byte longer is cut off', 'is longer than expected'],
  ])('of %i bytes, %s', async (length, _name, flaw) => {
    const { send } = await setUp((_, response) => answer(response, 200, { body: Buffer.alloc(length, 'x') }))
    const outcome = await send().catch((error: SinkError) => error.message)
    if (flaw === undefined) expect(outcome).toEqual({ requestId: REQUEST_ID })
    else expect(outcome).toContain(flaw)
  })

  test('may come after others that only inform', async () => {
    const { server, send } = await setUp((seen, response) => {
      response.writeProcessing()
      response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => stored(seen, response))
    })
    expect(await send()).toEqual({ requestId: REQUEST_ID })
    server.reply = (seen, response) => {
      response.writeProcessing()
      refusal(503, 'ServerBusy')(seen, response)
    }
    expect(await failureOf(send())).toMatchObject({ status: 503, serverCode: 'ServerBusy' })
    expect(server.connections).toBe(1)
  })

  test('may end with its connection', async () => {
    const head = `HTTP/1.1 200 OK\r\nx-log-requestid: ${REQUEST_ID}\r\nconnection: close\r\n\r\n`
    const server = createTcpServer((socket) => socket.once('data', () => socket.end(`${head}some text`)))
    server.listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { send } = sinkFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    for (let n = 0; n < 3; n++) expect(await send()).toEqual({ requestId: REQUEST_ID })
  })

  test('that says the connection closes leaves the next write to a new one', async () => {
    const { server, send } = await setUp((_, response) => answer(response, 200, { headers: { connection: 'close' } }))
    for (let n = 0; n < 5; n++) await send()
    expect([server.requests.length, server.connections]).toEqual([5, 5])
  })
})

test('a server that could not be reached is tried anew', async () => {
  const server = createServer((_, response) => response.writeHead(200, { 'x-log-requestid': REQUEST_ID }).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const { send } = sinkFor(`http://127.0.0.1:${port}`)
  for (const failing of [send(), send()]) expect((await failureOf(failing)).message).toContain('ECONNREFUSED')
  server.listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  expect(await send()).toEqual({ requestId: REQUEST_ID })
})

test('a server whose certificate does not fit fails each attempt, and lets none hang', async () => {
  const connecting = vi.spyOn(tls, 'connect').mockImplementation((() => {
    const error = Object.assign(new Error('of another host'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    return new Socket().destroy(error)
  }) as unknown as typeof tls.connect)
  onTestFinished(() => connecting.mockRestore())
  const { send } = sinkFor('https://127.0.0.1:1')
  for (let n = 0; n < 3; n++) expect((await failureOf(send())).message).toContain('of another host')
})

// By its file: its main module loads from Node 22.19 on only.
const Agent8 = createRequire(import.meta.url)('undici-8/lib/dispatcher/agent.js') as typeof Agent

/** The dispatcher of the global `fetch`. */
function builtIn(): Dispatcher {
  void fetch('data:,')
  return Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'))
}

function throwInvalid(): never {
  throw new errors.InvalidArgumentError('invalid onConnect method')
}

describe('a dispatcher of the user', () => {
  function owned<T extends Dispatcher>(dispatcher: T): T {
    onTestFinished(() => dispatcher.destroy())
    return dispatcher
  }

  test.each<[string, (url: string) => Dispatcher]>([
    ['an agent', () => new Agent()],
    ['a pool', (url) => new Pool(url)],
    ['an agent of undici 8', () => new Agent8()],
    ['what this Node has built in, undici 6 or later', builtIn],
  ])('writes and reads (%s)', async (_name, make) => {
    const server = await ScriptedServer.start()
    const dispatcher = make(server.url)
    if (dispatcher !== builtIn()) owned(dispatcher)
    expect(await sinkFor(server.url, dispatcher).send()).toEqual({ requestId: REQUEST_ID })
    server.reply = (_, response) => answer(response, 200, { body: '[]' })
    const reader = new LogReader({
      project: 'proj',
      logstore: 'app-log',
      endpoint: server.url,
      credentials,
      dispatcher,
    })
    expect(await reader.listShards()).toEqual([])
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  test.each<[string, unknown]>([
    ['is none', { dispatch: () => Reflect.get(undefined as never, 'x') }],
    ['has no dispatch', {}],
    ['refuses the request', { dispatch: throwInvalid }],
  ])('that %s fails at once, and is named for what it is', async (_name, wrong) => {
    const { send } = await setUp(stored, wrong as Dispatcher)
    const error = await failureOf(send())
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_SEND', failureClass: 'final', retriable: false })
    expect(error.message).toMatch(/This is no failure of the network: check the dispatcher/)
  })

  test('that is closed fails at once', async () => {
    const dispatcher = new Agent()
    await dispatcher.close()
    const { send } = await setUp(stored, dispatcher)
    expect(await failureOf(send())).toMatchObject({ code: 'ERR_LOGHUB_SEND', failureClass: 'final' })
  })

  test('that follows redirects and tries again by itself makes one request an attempt all the same', async () => {
    const follows = owned(new Agent()).compose(interceptors.redirect({ maxRedirections: 5 }), interceptors.retry())
    const { server, send } = await setUp((_, response) => {
      answer(response, 307, { headers: { location: '/elsewhere' } })
    }, follows)
    expect(await failureOf(send())).toMatchObject({ status: 307, failureClass: 'back-off' })
    server.reply = refusal(503, 'ServerBusy')
    expect(await failureOf(send())).toMatchObject({ status: 503, serverCode: 'ServerBusy' })
    expect(server.requests.length).toBe(2)
  })

  test('may lead through a proxy', async () => {
    const proxy = await startProxy()
    const { server, send } = await setUp(stored, owned(new ProxyAgent({ uri: proxy.url, proxyTunnel: true })))
    expect(await send()).toEqual({ requestId: REQUEST_ID })
    expect(proxy.tunnels).toEqual([`127.0.0.1:${server.port}`])
  })

  test('may be a mock', async () => {
    const mock = new MockAgent()
    onTestFinished(() => mock.close())
    mock.disableNetConnect()
    const pool = mock.get('http://127.0.0.1:1')
    const options = { headers: { 'x-log-requestid': REQUEST_ID } }
    pool.intercept({ method: 'POST', path: '/logstores/app-log/shards/lb' }).reply(200, '', options)
    const { send } = sinkFor('http://127.0.0.1:1', mock)
    expect(await send()).toEqual({ requestId: REQUEST_ID })
    expect(await failureOf(send())).toMatchObject({ code: 'ERR_LOGHUB_NETWORK' })
  })

  test('is told of an abort', async () => {
    let closed: Promise<unknown> | undefined
    const { clock, server, send } = await setUp((seen) => {
      closed = once(seen.socket, 'close')
    }, owned(new Agent()))
    const controller = new AbortController()
    const failing = failureOf(send({ signal: controller.signal }))
    await server.received(1)
    controller.abort('a reason that is no error')
    expect(await failing).toMatchObject({ code: 'ERR_LOGHUB_ABORTED', cause: 'a reason that is no error' })
    await closed
    expect(clock.timerCount).toBe(0)
  })
})
