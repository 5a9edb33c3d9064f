import dns from 'node:dns'
import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import type { SinkError } from '../../../src/sls/sink.ts'
import { SlsSink } from '../../../src/sls/sls-sink.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { REQUEST_ID, type Reply, refusal, ScriptedServer, stored } from '../../support/scripted-server.ts'

const credentials = { accessKeyId: 'the-id', accessKeySecret: 'top-secret' }
const payload = { bytes: Buffer.from('compressed bytes'), rawSizeInBytes: 4711, compression: 'lz4' } as const

function sinkTo(endpoint: string, maxConnectionAgeMs = () => 300_000) {
  const clock = new ManualClock()
  const sink = new SlsSink({ clock, logger: silentLogger, maxConnectionAgeMs })
  onTestFinished(() => sink.close())
  sink.putProject({ project: 'proj', endpoint, credentials, customDomain: true })
  const request = { project: 'proj', logstore: 'app-log', shardHash: undefined, payload, timeoutMs: 15_000, lane: 0 }
  const send = () => sink.send(request, new AbortController().signal)
  const failure = () =>
    send().then(
      () => expect.unreachable('the send must fail'),
      (error: SinkError) => error,
    )
  return { clock, sink, send, failure }
}

/** `moving.test` leads to an address that the test changes. */
function movingName() {
  const place = { address: '127.0.0.1' }
  const { lookup } = dns
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(((name: string, ...rest: unknown[]) => {
    const address = name === 'moving.test' ? place.address : name
    return Reflect.apply(lookup, dns, [address, ...rest])
  }) as typeof lookup)
  onTestFinished(() => spy.mockRestore())
  return place
}

test('a name that moves is looked up again, although the old server answers 503 on kept connections', async () => {
  const place = movingName()
  const old = await ScriptedServer.start(refusal(503, 'ServerBusy'))
  const { send, failure } = sinkTo(`http://moving.test:${old.port}`)
  const next = createServer((socket) => socket.once('data', () => socket.end(head(200))))
  await new Promise<void>((resolve) => next.listen(old.port, '127.0.0.2', resolve))
  onTestFinished(() => void next.close())

  await failure()
  place.address = '127.0.0.2'
  for (let n = 0; n < 2; n++) expect(await failure()).toMatchObject({ status: 503 })
  expect(old.connections).toBe(1)
  expect(await send()).toEqual({ requestId: REQUEST_ID })
})

test('a connection is left once it is old enough, and the age may change meanwhile', async () => {
  let maxAgeMs = 300_000
  const server = await ScriptedServer.start()
  const { clock, send } = sinkTo(server.url, () => maxAgeMs)
  await send()
  await clock.advance(299_999)
  await send()
  expect(server.connections).toBe(1)
  await clock.advance(1)
  await send()
  expect(server.connections).toBe(2)
  maxAgeMs = 1000
  await clock.advance(1000)
  await send()
  expect(server.connections).toBe(3)
})

test('refusals of a healthy server keep the connection', async () => {
  const server = await ScriptedServer.start(refusal(403, 'WriteQuotaExceed'))
  const { failure } = sinkTo(server.url)
  for (let n = 0; n < 10; n++) await failure()
  expect(server.connections).toBe(1)
})

function head(status: number): string {
  return `HTTP/1.1 ${status} -\r\nx-log-requestid: ${REQUEST_ID}\r\ncontent-length: 0\r\n\r\n`
}

/** A server of raw bytes: each request is answered as the test says. */
async function rawServer(answers: (socket: Socket, count: number) => void) {
  let count = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => answers(socket, ++count))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, requests: () => count }
}

test('`100 Continue`, unasked, once or twice and in pieces, does not hide the answer behind it', async () => {
  const informs = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n'
  const pieces = [...(informs + head(200))]
  const { url, requests } = await rawServer(async (socket) => {
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve))
  })
  const { send } = sinkTo(url)
  for (let n = 0; n < 3; n++) expect(await send()).toEqual({ requestId: REQUEST_ID })
  expect(requests()).toBe(3)
})

test.each([
  ['a byte', 'H'],
  ['half a head', 'HTTP/1.1 200 OK\r\nx-log-req'],
  ['an informational answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['another informational answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
])('a connection that breaks after %s of the answer was not stale, although it had served before', async (_, text) => {
  const { url } = await rawServer((socket, count) => {
    if (count === 1) socket.write(head(200))
    else socket.write(text, () => socket.destroy())
  })
  const { send, failure } = sinkTo(url)
  await send()
  expect(await failure()).toMatchObject({ code: 'ERR_LOGHUB_NETWORK', staleConnection: false })
})

test('a new socket of the same connection is no stale one', async () => {
  const server = await ScriptedServer.start()
  const { send, failure } = sinkTo(server.url)
  await send()
  const breaking: Reply = ({ socket }) => socket.resetAndDestroy()
  server.reply = breaking
  expect(await failure()).toMatchObject({ staleConnection: true })
  expect(await failure()).toMatchObject({ staleConnection: false })
  server.reply = stored
  await send()
})
