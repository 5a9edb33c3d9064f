import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import type { Answer } from '../../../src/sls/http/classify-answer.ts'
import { decoded } from '../../../src/sls/http/content-encoding.ts'
import type { SinkError } from '../../../src/sls/sink.ts'
import { SlsSink } from '../../../src/sls/sls-sink.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { answer, REQUEST_ID, ScriptedServer } from '../../support/scripted-server.ts'

const text = '{"errorCode":"WriteQuotaExceed","errorMessage":"Project write quota exceed: qps: 1"}'

function encodedAnswer(encoding: string, body: Buffer, isCut = false): Answer {
  return { status: 403, header: (name) => (name === 'content-encoding' ? encoding : undefined), body, isCut }
}

test.each<[string, Buffer]>([
  ['gzip', gzipSync(text)],
  ['X-GZIP', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['deflate', deflateRawSync(text)],
  ['br', brotliCompressSync(text)],
  ['gzip, br', brotliCompressSync(gzipSync(text))],
  ['identity', Buffer.from(text)],
])('a body that comes as %s is read', async (encoding, body) => {
  expect((await decoded(encodedAnswer(encoding, body), 1000)).body.toString()).toBe(text)
})

test.each<[string, Answer]>([
  ['an unknown coding', encodedAnswer('zstd-7', Buffer.from('x'))],
  ['garbage', encodedAnswer('gzip', Buffer.from('garbage'))],
  ['a bomb', encodedAnswer('gzip', gzipSync(Buffer.alloc(10_000_000)))],
  ['half a body', encodedAnswer('gzip', gzipSync(text).subarray(0, 40))],
  ['a body that was cut', encodedAnswer('gzip', gzipSync(text), true)],
  ['a coding upon codings', encodedAnswer('gzip, gzip, gzip', gzipSync(gzipSync(gzipSync(text))))],
  ['the name of what every object has', encodedAnswer('constructor', Buffer.from('x'))],
])('%s cannot be decoded, within bounds', async (_name, given) => {
  const { body, undecodable } = await decoded(given, 1000)
  expect([body.length, typeof undecodable]).toEqual([0, 'string'])
})

test.each([400, 403, 404, 413])('a %i that cannot be decoded is never final', async (status) => {
  const { failure } = await setUp(status, 'zstd-7', Buffer.from('x'))
  expect(await failure()).toMatchObject({ failureClass: 'back-off', retriable: true, status })
})

test('a quota that is told in gzip is a quota', async () => {
  const { failure, server } = await setUp(403, 'gzip', gzipSync(text))
  expect(await failure()).toMatchObject({ failureClass: 'quota', serverCode: 'WriteQuotaExceed' })
  expect(server.last.headers['accept-encoding']).toBe('identity')
})

test('a success with an empty body may say that it is encoded', async () => {
  const { send } = await setUp(200, 'gzip', Buffer.alloc(0))
  expect(await send()).toEqual({ requestId: REQUEST_ID })
})

async function setUp(status: number, encoding: string, body: Buffer) {
  const headers = { 'content-encoding': encoding }
  const server = await ScriptedServer.start((_, response) => answer(response, status, { headers, body }))
  const sink = new SlsSink({ clock: new ManualClock(), logger: silentLogger })
  onTestFinished(() => sink.close())
  sink.putProject({
    project: 'proj',
    endpoint: server.url,
    credentials: { accessKeyId: 'the-id', accessKeySecret: 'top-secret' },
  })
  const payload = { bytes: Buffer.from('compressed bytes'), rawSizeInBytes: 4711, compression: 'lz4' } as const
  const request = { project: 'proj', logstore: 'app-log', shardHash: undefined, payload, timeoutMs: 15_000, lane: 0 }
  const send = () => sink.send(request, new AbortController().signal)
  const failure = (): Promise<SinkError> =>
    send().then(
      () => expect.unreachable('the send must fail'),
      (error) => error,
    )
  return { server, send, failure }
}
