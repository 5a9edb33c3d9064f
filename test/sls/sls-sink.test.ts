import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { Agent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import type { ProjectConfig } from '../../src/sls/projects.ts'
import type { SinkError, SinkRequest } from '../../src/sls/sink.ts'
import { SlsSink, type SlsSinkOptions } from '../../src/sls/sls-sink.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { answer, REQUEST_ID, type Reply, refusal, ScriptedServer, stored } from '../support/scripted-server.ts'
import { isSignedWith } from '../support/verify-signature.ts'

const credentials = { accessKeyId: 'the-id', accessKeySecret: 'top-secret', securityToken: 'top-token+/==' }
const payload = { bytes: Buffer.from('compressed bytes'), rawSizeInBytes: 4711, compression: 'lz4' } as const
const request: SinkRequest = {
  project: 'proj',
  logstore: 'app-log',
  shardHash: undefined,
  payload,
  timeoutMs: 15_000,
  lane: 0,
}

interface Setup {
  readonly reply?: Reply
  readonly project?: Partial<ProjectConfig>
  readonly sink?: Partial<SlsSinkOptions>
}

async function setUp({ reply, project, sink: options }: Setup = {}) {
  const clock = new ManualClock()
  const server = await ScriptedServer.start(reply)
  const sink = new SlsSink({ clock, logger: silentLogger, ...options })
  onTestFinished(() => sink.close())
  sink.putProject({ project: 'proj', endpoint: server.url, credentials, ...project })
  const send = (changes: Partial<SinkRequest> = {}, signal = new AbortController().signal) =>
    sink.send({ ...request, ...changes }, signal)
  const failure = (changes: Partial<SinkRequest> = {}) =>
    send(changes).then(
      () => expect.unreachable('the send must fail'),
      (error: SinkError) => error,
    )
  return { clock, server, sink, send, failure }
}

describe('a write', () => {
  test('is one POST with the headers of the service, signed with v1 where no region is known', async () => {
    const { server, send, clock } = await setUp()
    expect(await send()).toEqual({ requestId: REQUEST_ID })
    expect(server.requests.length).toBe(1)
    const { method, target, headers, body } = server.last
    expect([method, target]).toEqual(['POST', '/logstores/app-log/shards/lb'])
    expect(body).toEqual(payload.bytes)
    expect(headers).toEqual({
      host: `proj.127.0.0.1:${server.port}`,
      connection: 'keep-alive',
      'accept-encoding': 'identity',
      'user-agent': expect.stringMatching(/^loghub-producer\/\d+\.\d+\.\d+\S* node\/\d+\./),
      'content-type': 'application/x-protobuf',
      'content-length': String(payload.bytes.length),
      'content-md5': expect.stringMatching(/^[0-9A-F]{32}$/),
      date: new Date(clock.now()).toUTCString(),
      'x-acs-security-token': credentials.securityToken,
      'x-log-apiversion': '0.6.0',
      'x-log-bodyrawsize': '4711',
      'x-log-compresstype': 'lz4',
      'x-log-signaturemethod': 'hmac-sha1',
      authorization: expect.stringMatching(/^LOG the-id:/),
    })
    expect(isSignedWith('top-secret', server.last)).toBe(true)
    expect(isSignedWith('another', server.last)).toBe(false)
  })

  test('is signed with v4, host included, where a region is known', async () => {
    const { server, send } = await setUp({ project: { region: 'local-1' } })
    await send()
    const { headers } = server.last
    expect(headers['x-log-date']).toBe('20260101T000000Z')
    expect(headers['x-log-content-sha256']).toMatch(/^[0-9a-f]{64}$/)
    expect(headers).not.toHaveProperty('content-md5')
    expect(headers).not.toHaveProperty('x-log-signaturemethod')
    expect(headers.authorization).toMatch(/^SLS4-HMAC-SHA256 Credential=the-id\/20260101\/local-1\/sls\//)
    expect(isSignedWith('top-secret', server.last)).toBe(true)
    expect(isSignedWith('another', server.last)).toBe(false)
  })

  test.each([undefined, 'local-1'])(
    'with a hash goes to its shard, and names the processor (region %s)',
    async (region) => {
      const { server, send } = await setUp({ project: { region, processor: 'mask it+' } })
      await send({ shardHash: 'f4'.padEnd(32, '0') })
      expect(server.last.target).toBe(
        `/logstores/app-log/shards/route?key=${'f4'.padEnd(32, '0')}&processor=mask%20it%2B`,
      )
      expect(isSignedWith('top-secret', server.last)).toBe(true)
    },
  )

  test('without compression and token says so by leaving the headers out', async () => {
    const plain = { accessKeyId: 'the-id', accessKeySecret: 'top-secret' }
    const { server, send } = await setUp({ project: { credentials: plain } })
    await send({ payload: { ...payload, compression: 'none' } })
    expect(server.last.headers).not.toHaveProperty('x-log-compresstype')
    expect(server.last.headers).not.toHaveProperty('x-acs-security-token')
    expect(isSignedWith('top-secret', server.last)).toBe(true)
  })

  test('to a custom domain names the project in a header', async () => {
    const { server, send } = await setUp({ project: { customDomain: true, region: 'local-1' } })
    await send()
    expect(server.last.headers.host).toBe(`127.0.0.1:${server.port}`)
    expect(server.last.headers['x-log-project']).toBe('proj')
    expect(isSignedWith('top-secret', server.last)).toBe(true)
  })

  test('cannot leave its logstore by a strange name', async () => {
    const { server, send } = await setUp()
    await send({ logstore: '../a b/?x' })
    expect(server.last.target).toBe('/logstores/..%2Fa%20b%2F%3Fx/shards/lb')
    expect(isSignedWith('top-secret', server.last)).toBe(true)
  })
})

describe('an answer', () => {
  test.each<[string, Reply, object]>([
    ['400', refusal(400, 'PostBodyInvalid'), { failureClass: 'content', status: 400, serverCode: 'PostBodyInvalid' }],
    ['401', refusal(401, 'Unauthorized'), { failureClass: 'credentials', status: 401 }],
    ['403', refusal(403, 'WriteQuotaExceed'), { failureClass: 'quota', status: 403 }],
    ['404', refusal(404, 'LogStoreNotExist'), { failureClass: 'back-off', status: 404 }],
    ['413', refusal(413, 'PostBodyTooLarge'), { failureClass: 'too-large', status: 413 }],
    [
      '429',
      (_, response) => answer(response, 429, { headers: { 'retry-after': '3' } }),
      { failureClass: 'quota', retryAfterMs: 3000 },
    ],
    ['500', refusal(500, 'InternalServerError'), { failureClass: 'back-off', status: 500, requestId: REQUEST_ID }],
    ['503', refusal(503, 'ServerBusy'), { failureClass: 'back-off', status: 503 }],
    [
      '200 of a proxy',
      (_, response) => answer(response, 200, { headers: { 'content-type': 'text/html' }, body: '<p>' }),
      { failureClass: 'back-off', status: 200 },
    ],
    ['200 without a request id', (_, response) => response.end(), { failureClass: 'back-off', status: 200 }],
    ['200 with an error inside', refusal(200, 'ServerBusy'), { failureClass: 'back-off', status: 200 }],
  ])('%s is judged, after one request', async (_name, reply, expected) => {
    const { server, failure } = await setUp({ reply })
    expect(await failure()).toMatchObject({ name: 'SinkError', code: 'ERR_LOGHUB_SEND', ...expected })
    expect(server.requests.length).toBe(1)
  })

  test('204 with a request id is a success: sending again would store twice', async () => {
    const { send } = await setUp({ reply: (_, response) => answer(response, 204) })
    expect(await send()).toEqual({ requestId: REQUEST_ID })
  })

  test.each([301, 302, 307, 308])(
    '%i is not followed: nothing, least of all the token, goes elsewhere',
    async (status) => {
      const elsewhere = await ScriptedServer.start()
      const { server, failure } = await setUp({
        reply: (_, response) =>
          answer(response, status, { headers: { location: `${elsewhere.url}/logstores/x/shards/lb` } }),
      })
      expect(await failure()).toMatchObject({ failureClass: 'back-off', status })
      expect([server.requests.length, elsewhere.requests.length, elsewhere.connections]).toEqual([1, 0, 0])
    },
  )

  test.each([200, 400, 503])('%i with an endless body is cut off, and its connection given up', async (status) => {
    const chunk = Buffer.alloc(64 * 1024, 'x')
    let written = 0
    const { server, failure, send } = await setUp({
      reply: (_, response) => {
        response.writeHead(status, { 'x-log-requestid': REQUEST_ID })
        const more = () => {
          while (!response.destroyed && response.write(chunk)) written += chunk.length
        }
        response.on('drain', more)
        more()
      },
    })
    const error = await failure()
    expect(error).toMatchObject({
      code: 'ERR_LOGHUB_SEND',
      status,
      failureClass: status === 400 ? 'final' : 'back-off',
    })
    expect(error.message.length).toBeLessThan(1000)
    expect(written).toBeLessThan(64 * 1024 * 1024)
    server.reply = stored
    await send()
    expect(server.requests.length).toBe(2)
    expect(server.last.socket).not.toBe(server.requests[0]!.socket)
  })
})

describe('time limit and abort', () => {
  test('a server that never answers is given up at the time limit', async () => {
    const { clock, server, failure } = await setUp({ reply: () => {} })
    const failing = failure({ timeoutMs: 200 })
    await server.received(1)
    await clock.advance(199)
    expect(clock.timerCount).toBe(1)
    await clock.advance(1)
    expect(await failing).toMatchObject({ code: 'ERR_LOGHUB_TIMEOUT', failureClass: 'back-off', retriable: true })
    expect(clock.timerCount).toBe(0)
  })

  test('so is one whose body does not end', async () => {
    const { clock, server, failure } = await setUp({
      reply: (_, response) => response.writeHead(200, { 'x-log-requestid': REQUEST_ID }).write('a'),
    })
    const failing = failure({ timeoutMs: 200 })
    await server.received(1)
    await clock.advance(200)
    expect(await failing).toMatchObject({ code: 'ERR_LOGHUB_TIMEOUT' })
  })

  test('so is a credentials provider that hangs: the attempt ends at its own limit', async () => {
    const { clock, server, failure } = await setUp({ project: { credentials: () => new Promise(() => {}) } })
    const failing = failure({ timeoutMs: 200 })
    await clock.advance(200)
    expect(await failing).toMatchObject({ code: 'ERR_LOGHUB_TIMEOUT' })
    expect(server.connections).toBe(0)
  })

  test('an abort by the caller is final', async () => {
    const { clock, server, send } = await setUp({ reply: () => {} })
    const controller = new AbortController()
    const sending = send({}, controller.signal)
    const rejected = expect(sending).rejects.toMatchObject({
      code: 'ERR_LOGHUB_ABORTED',
      failureClass: 'final',
      cause: { message: 'shutting down' },
    })
    await server.received(1)
    controller.abort(new Error('shutting down'))
    await rejected
    expect(clock.timerCount).toBe(0)
  })

  test('an abort before the start sends nothing', async () => {
    const { server, send } = await setUp()
    await expect(send({}, AbortSignal.abort())).rejects.toMatchObject({ code: 'ERR_LOGHUB_ABORTED' })
    expect(server.connections).toBe(0)
  })

  test('an attempt that ended holds no timer', async () => {
    const { clock, send } = await setUp()
    await send()
    expect(clock.timerCount).toBe(0)
  })
})

describe('connections', () => {
  test('there is one for each lane, however many writes there are', async () => {
    const { server, send } = await setUp()
    await Promise.all(Array.from({ length: 32 }, (_, n) => send({ lane: n % 8 })))
    expect([server.requests.length, server.connections]).toEqual([32, 8])
  })

  test('are kept for the next write', async () => {
    const { server, send } = await setUp()
    for (let n = 0; n < 5; n++) await send()
    expect(server.connections).toBe(1)
  })

  test('one that hangs holds up no other lane', async () => {
    const { server, sink, send } = await setUp()
    server.reply = (seen, response) => {
      if (server.requests.length > 1) stored(seen, response)
    }
    const hanging = expect(send({ lane: 0 })).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
    await server.received(1)
    await send({ lane: 1 })
    expect(server.connections).toBe(2)
    await sink.close()
    await hanging
  })

  test('those of lanes that are gone end with their requests', async () => {
    const { server, sink, send } = await setUp()
    const answers: (() => void)[] = []
    server.reply = (seen, response) => answers.push(() => stored(seen, response))
    const underWay = send({ lane: 3 })
    await server.received(1)
    sink.keepLanes(1)
    const later = send({ lane: 3 })
    await server.received(2)
    expect(server.connections).toBe(2)
    for (const reply of answers) reply()
    expect(await Promise.all([underWay, later])).toHaveLength(2)
  })

  test('one that nobody listens on is a network failure with its cause', async () => {
    const { server, failure } = await setUp()
    await server.close()
    const error = await failure()
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_NETWORK', failureClass: 'back-off', staleConnection: false })
    expect(error.message).toContain('ECONNREFUSED')
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test.each<[string, (reset: boolean) => Reply]>([
    ['before the answer', (reset) => (seen) => (reset ? seen.socket.resetAndDestroy() : seen.socket.destroy())],
    [
      'inside the answer',
      (reset) => (seen, response) => {
        response.writeHead(200, { 'x-log-requestid': REQUEST_ID, 'content-length': '100' })
        response.write('half', () => (reset ? seen.socket.resetAndDestroy() : seen.socket.destroy()))
      },
    ],
  ])('a fresh one that breaks %s is no stale one', async (_when, broken) => {
    for (const reset of [true, false]) {
      const { server, failure } = await setUp({ reply: broken(reset) })
      const expected = { code: 'ERR_LOGHUB_NETWORK', failureClass: 'back-off', staleConnection: false }
      expect(await failure()).toMatchObject(expected)
      expect(server.requests.length).toBe(1)
    }
  })

  test.each([true, false])(
    'one that served before and breaks without an answer counts as stale (reset %s)',
    async (reset) => {
      const { server, send, failure } = await setUp()
      await send()
      server.reply = ({ socket }) => (reset ? socket.resetAndDestroy() : socket.destroy())
      expect(await failure()).toMatchObject({ code: 'ERR_LOGHUB_NETWORK', staleConnection: true })
      server.reply = stored
      await send()
      expect(server.requests.length).toBe(3)
    },
  )

  test('a dispatcher of the user is used as it is, and stays open', async () => {
    const dispatcher = new Agent()
    onTestFinished(() => dispatcher.close())
    const { server, sink, send } = await setUp({ sink: { dispatcher } })
    await send()
    await sink.close()
    expect(server.requests.length).toBe(1)
    const { body } = await dispatcher.request({ origin: server.url, path: '/', method: 'GET' })
    await body.dump()
    expect(server.requests.length).toBe(2)
  })
})

describe('close', () => {
  test('ends what is under way, and refuses what comes later', async () => {
    const { server, sink, send } = await setUp({ reply: () => {} })
    const closed = { code: 'ERR_LOGHUB_CLOSED', failureClass: 'final' }
    const underWay = expect(send()).rejects.toMatchObject(closed)
    await server.received(1)
    await sink.close()
    await underWay
    await expect(send()).rejects.toMatchObject(closed)
    await sink.close()
    expect(server.requests.length).toBe(1)
  })

  test('ends requests on connections that are retired already', async () => {
    const { server, sink, send } = await setUp({ reply: () => {} })
    const underWay = expect(send()).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
    await server.received(1)
    sink.keepLanes(0)
    await sink.close()
    await underWay
  })

  test('of a sink that never sent is at once', async () => {
    await new SlsSink({ clock: new ManualClock(), logger: silentLogger }).close()
  })
})

describe('projects', () => {
  test('one that is not there is final, and the message says what to do', async () => {
    const { failure } = await setUp()
    const error = await failure({ project: 'other' })
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_PROJECT_UNKNOWN', failureClass: 'final' })
    expect(error.message).toContain('putProject')
  })

  test('one that moves is written to at its new place, and lets the old connections go', async () => {
    const { server, sink, send, failure } = await setUp()
    const disconnected = new Promise((resolve) => {
      server.reply = (seen, response) => {
        seen.socket.once('close', resolve)
        stored(seen, response)
      }
    })
    await send()
    const other = await ScriptedServer.start()
    sink.putProject({ project: 'proj', endpoint: other.url, credentials })
    await send()
    await disconnected
    expect([server.requests.length, other.requests.length]).toEqual([1, 1])
    expect(sink.removeProject('proj')).toBe(true)
    expect(sink.hasProject('proj')).toBe(false)
    expect(await failure()).toMatchObject({ code: 'ERR_LOGHUB_PROJECT_UNKNOWN' })
  })

  test('new keys are used from the next attempt on, over the same connection', async () => {
    const { server, sink, send } = await setUp()
    await send()
    sink.putProject({
      project: 'proj',
      endpoint: server.url,
      credentials: { accessKeyId: 'new', accessKeySecret: 'new' },
    })
    await send()
    expect(isSignedWith('new', server.last)).toBe(true)
    expect(server.connections).toBe(1)
  })
})

describe('what an answer teaches', () => {
  test('refused credentials are fetched anew for the next attempt', async () => {
    let calls = 0
    const provider = () => ({ accessKeyId: `id-${++calls}`, accessKeySecret: `secret-${calls}` })
    const { server, send, failure } = await setUp({
      reply: refusal(401, 'Unauthorized'),
      project: { credentials: provider },
    })
    expect(await failure()).toMatchObject({ failureClass: 'credentials' })
    server.reply = stored
    await send()
    expect(calls).toBe(2)
    expect(isSignedWith('secret-2', server.last)).toBe(true)
  })

  test.each(['SignatureNotMatch', 'InvalidAccessKeyId', 'Unauthorized'])(
    'credentials that cannot be right are told apart (%s)',
    async (code) => {
      const fixed = await setUp({ reply: refusal(401, code) })
      expect(await fixed.failure()).toMatchObject({ failureClass: 'credentials', wrongCredentials: true })
      const fetched = await setUp({ reply: refusal(401, code), project: { credentials: async () => credentials } })
      expect(await fetched.failure()).toMatchObject({ failureClass: 'credentials', wrongCredentials: false })
      expect(await fetched.failure()).toMatchObject({ failureClass: 'credentials', wrongCredentials: true })
    },
  )

  test('credentials that worked once may work again, also where the project is put anew', async () => {
    const { server, sink, send, failure } = await setUp()
    await send()
    server.reply = refusal(401, 'SignatureNotMatch')
    expect(await failure()).toMatchObject({ failureClass: 'credentials', wrongCredentials: false })
    const others = { accessKeyId: 'another', accessKeySecret: 'top-secret' }
    sink.putProject({ project: 'proj', endpoint: server.url, credentials: others })
    expect(await failure()).toMatchObject({ failureClass: 'credentials', wrongCredentials: false })
  })

  test('200 first writes at once ask the provider once', async () => {
    let calls = 0
    const provider = async () => {
      calls++
      return credentials
    }
    const { send } = await setUp({ project: { credentials: provider } })
    await Promise.all(Array.from({ length: 200 }, () => send()))
    expect(calls).toBe(1)
  })

  test('a provider that fails makes the attempt fail, to be tried again', async () => {
    const provider = () => Promise.reject(new Error('no metadata'))
    const { server, failure } = await setUp({ project: { credentials: provider } })
    expect(await failure()).toMatchObject({
      name: 'SinkError',
      code: 'ERR_LOGHUB_CREDENTIALS',
      failureClass: 'back-off',
      cause: { message: 'no metadata' },
    })
    expect(server.connections).toBe(0)
  })

  test.each([undefined, 'local-1'])(
    'a refused date teaches the offset, and it stays learned (region %s)',
    async (region) => {
      const serverMs = Date.UTC(2026, 5, 1, 12)
      const { clock, server, send, failure } = await setUp({ project: { region } })
      server.reply = (_, response) => {
        const body = JSON.stringify({ errorCode: 'RequestTimeExpired', errorMessage: 'expired' })
        answer(response, 400, { headers: { 'x-log-time': String(serverMs / 1000) }, body })
      }
      expect(await failure()).toMatchObject({ failureClass: 'clock' })
      server.reply = stored
      const sentDate = () => server.last.headers['x-log-date'] ?? server.last.headers.date
      await send()
      expect(sentDate()).toBe(region ? '20260601T120000Z' : new Date(serverMs).toUTCString())
      await clock.advance(60_000)
      await send()
      expect(sentDate()).toBe(region ? '20260601T120100Z' : new Date(serverMs + 60_000).toUTCString())
      expect(isSignedWith('top-secret', server.last)).toBe(true)
    },
  )

  test('a refused date that teaches nothing is not tried again at once', async () => {
    const { failure } = await setUp({
      reply: (_, response) => {
        response.sendDate = false
        answer(response, 400, { body: '{"errorCode":"RequestTimeExpired","errorMessage":"expired"}' })
      },
    })
    expect(await failure()).toMatchObject({ failureClass: 'back-off', serverCode: 'RequestTimeExpired', status: 400 })
  })
})

describe('secrets', () => {
  const echo: Reply = (seen, response) => {
    const said = `${seen.headers['x-acs-security-token']} ${seen.headers.authorization} top-secret`
    const body = JSON.stringify({ errorCode: 'Unauthorized', errorMessage: said })
    answer(response, 401, { headers: { 'x-log-requestid': 'top-secret' }, body })
  }
  const page: Reply = (seen, response) => answer(response, 200, { body: `<p>${seen.headers['x-acs-security-token']}` })
  const garbage: Reply = (seen) => seen.socket.end(`HTTP/9 ${seen.headers['x-acs-security-token']}\r\n\r\n`)
  const half: Reply = (seen, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write(seen.headers['x-acs-security-token'], () => seen.socket.destroy())
  }

  test.each([
    ['an error that echoes them', echo],
    ['a page that echoes them', page],
    ['garbage that echoes them', garbage],
    ['half an answer that echoes them', half],
    ['a reset', (seen: { socket: { destroy(): void } }) => seen.socket.destroy()],
    ['a refusal', refusal(403, 'ProjectForbidden')],
  ] as [string, Reply][])('show in no part of the error after %s', async (_name, reply) => {
    const { sink, send } = await setUp({ reply })
    const error = await send().then(
      () => undefined,
      (thrown: SinkError) => thrown,
    )
    for (const printed of [error, sink]) {
      const text = inspect(printed, { depth: 20, showHidden: true }) + JSON.stringify(printed)
      expect(text).not.toMatch(/top-secret|top-token/)
    }
  })
})

test('a server that speaks no HTTP is a network failure', async () => {
  const other = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.6\r\n'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { sink, failure } = await setUp()
  const { port } = other.address() as { port: number }
  sink.putProject({ project: 'proj', endpoint: `127.0.0.1:${port}`, credentials })
  expect(await failure()).toMatchObject({ code: 'ERR_LOGHUB_NETWORK', failureClass: 'back-off' })
})
