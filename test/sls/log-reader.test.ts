import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { LogReader, type LogReaderOptions } from '../../src/sls/log-reader.ts'
import type { SinkError } from '../../src/sls/sink.ts'
import { Compressor } from '../../src/sls/wire/compression.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { answer, type Reply, refusal, ScriptedServer } from '../support/scripted-server.ts'
import { isSignedWith } from '../support/verify-signature.ts'

const credentials = { accessKeyId: 'the-id', accessKeySecret: 'top-secret', securityToken: 'top-token' }

async function setUp(reply: Reply, options: Partial<LogReaderOptions> = {}) {
  const server = await ScriptedServer.start(reply)
  const clock = new ManualClock()
  const common = { project: 'proj', logstore: 'app-log', endpoint: server.url, credentials, clock }
  const reader = new LogReader({ ...common, ...options })
  onTestFinished(() => reader.close())
  return { server, reader, clock }
}

function json(content: unknown, headers: Record<string, string> = {}): Reply {
  const all = { 'content-type': 'application/json', ...headers }
  return (_, response) => answer(response, 200, { headers: all, body: JSON.stringify(content) })
}

function expectSigned(server: ScriptedServer, method: string, target: string) {
  expect([server.last.method, server.last.target]).toEqual([method, target])
  expect(isSignedWith('top-secret', server.last)).toBe(true)
}

// Both signatures sign the query, each in its own way.
describe.each([undefined, 'local-1'])('a reader (region %s)', (region) => {
  test('lists shards', async () => {
    const shards = [{ shardID: 0, status: 'readwrite', inclusiveBeginKey: '00', exclusiveEndKey: 'ff', createTime: 1 }]
    const { server, reader } = await setUp(json(shards), { region })
    expect(await reader.listShards()).toEqual(shards)
    expectSigned(server, 'GET', '/logstores/app-log/shards')
    expect(server.last.headers['x-log-bodyrawsize']).toBe('0')
  })

  test.each(['begin', 'end', 1_700_000_000] as const)('gets the cursor of %s', async (from) => {
    const { server, reader } = await setUp(json({ cursor: 'MTQ0Nw==' }), { region })
    expect(await reader.getCursor(1, from)).toBe('MTQ0Nw==')
    expectSigned(server, 'GET', `/logstores/app-log/shards/1?type=cursor&from=${from}`)
  })

  test('pulls LogGroups as they came, compressed, with the cursor to go on', async () => {
    const headers = {
      'x-log-cursor': 'bmV4dA==',
      'x-log-count': '2',
      'x-log-bodyrawsize': '321',
      'x-log-compresstype': 'lz4',
    }
    const bytes = Buffer.from([0x3c, 0x7b, 0, 255])
    const { server, reader } = await setUp((_, response) => answer(response, 200, { headers, body: bytes }), { region })
    expect(await reader.pullLogs(0, 'MTQ0Nw==', 5000)).toEqual({
      bytes,
      compression: 'lz4',
      rawSizeInBytes: 321,
      count: 2,
      nextCursor: 'bmV4dA==',
    })
    expectSigned(server, 'GET', '/logstores/app-log/shards/0?type=logs&cursor=MTQ0Nw%3D%3D&count=1000')
    expect(server.last.headers).toMatchObject({ accept: 'application/x-protobuf', 'accept-encoding': 'lz4' })
  })

  test('queries logs, whatever the query holds', async () => {
    const logs = [{ __time__: '1', level: 'info' }]
    const { server, reader } = await setUp(json(logs, { 'x-log-progress': 'Complete' }), { region })
    const query = `status:200 and "a+b" or 中文😀 | select *~/!'()`
    expect(await reader.getLogs({ fromSeconds: 1, toSeconds: 2, topic: '', query, line: 10, reverse: true })).toEqual({
      logs,
      isComplete: true,
    })
    const seen = new URL(server.last.target, 'http://server').searchParams
    expect(Object.fromEntries(seen)).toEqual({
      type: 'log',
      from: '1',
      to: '2',
      topic: '',
      query,
      line: '10',
      offset: '0',
      reverse: 'true',
    })
    expect(isSignedWith('top-secret', server.last)).toBe(true)
  })

  test('counts logs by time', async () => {
    const bars = [{ from: 1, to: 2, count: 3, progress: 'Complete' }]
    const { server, reader } = await setUp(json(bars), { region })
    expect(await reader.getHistograms({ fromSeconds: 1, toSeconds: 2 })).toEqual(bars)
    expectSigned(server, 'GET', '/logstores/app-log?type=histogram&from=1&to=2')
  })

  test('shows and creates project and logstore', async () => {
    const { server, reader } = await setUp(json({ projectName: 'proj' }), { region })
    expect(await reader.getProject()).toEqual({ projectName: 'proj' })
    expectSigned(server, 'GET', '/')
    await reader.getLogstore()
    expectSigned(server, 'GET', '/logstores/app-log')
    await reader.createProject('for tests')
    expectSigned(server, 'POST', '/')
    expect(JSON.parse(server.last.body.toString())).toEqual({ projectName: 'proj', description: 'for tests' })
    await reader.createLogstore({ ttlDays: 1 })
    expectSigned(server, 'POST', '/logstores')
    expect(JSON.parse(server.last.body.toString())).toEqual({ logstoreName: 'app-log', ttl: 1, shardCount: 2 })
    expect(server.last.headers['content-type']).toBe('application/json')
    expect(server.last.headers['x-log-bodyrawsize']).toBe(String(server.last.body.length))
  })
})

describe('a reader', () => {
  test.each(['lz4', 'deflate', 'none'] as const)('gives the LogGroups of a pull decoded (%s)', async (compression) => {
    const log = Buffer.from([0x08, 7, 0x12, 6, 0x0a, 1, 0x6b, 0x12, 1, 0x76])
    const group = Buffer.concat([Buffer.from([0x0a, log.length]), log, Buffer.from([0x1a, 1, 0x74])])
    const list = Buffer.concat([group, group, group].map((bytes) => Buffer.from([0x0a, bytes.length, ...bytes])))
    const payload = await new Compressor(compression, silentLogger).compress(list)
    expect(payload.compression).toBe(compression)
    const headers = {
      'x-log-cursor': 'next',
      'x-log-count': '3',
      'x-log-bodyrawsize': String(list.length),
      'x-log-compresstype': compression,
    }
    const body = Buffer.from(payload.bytes)
    const { reader } = await setUp((_, response) => answer(response, 200, { headers, body }))
    const decoded = { topic: 't', source: '', tags: [], logs: [{ time: 7, contents: [['k', 'v']] }] }
    expect(await reader.pullLogGroups(0, 'here')).toEqual({ groups: [decoded, decoded, decoded], nextCursor: 'next' })
  })

  test('says so when what it pulled cannot be read', async () => {
    const headers = { 'x-log-cursor': 'next', 'x-log-count': '1', 'x-log-bodyrawsize': '5' }
    const { reader } = await setUp((_, response) => answer(response, 200, { headers, body: 'oops!' }))
    await expect(reader.pullLogGroups(0, 'here')).rejects.toMatchObject({ code: 'ERR_LOGHUB_SEND' })
  })

  test('says when a query has not looked at everything', async () => {
    const { reader } = await setUp(json([], { 'x-log-progress': 'Incomplete' }))
    expect((await reader.getLogs({ fromSeconds: 1, toSeconds: 2 })).isComplete).toBe(false)
  })

  test('passes on what the service refuses', async () => {
    const { reader } = await setUp(refusal(400, 'IndexConfigNotExist', 'no index'))
    await expect(reader.getLogs({ fromSeconds: 1, toSeconds: 2 })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_SEND',
      failureClass: 'final',
      serverCode: 'IndexConfigNotExist',
      message: expect.stringContaining('Create an index'),
    })
  })

  test.each(['x-log-cursor', 'x-log-count', 'x-log-bodyrawsize'])('doubts LogGroups without %s', async (missing) => {
    const headers: Record<string, string> = { 'x-log-cursor': 'a', 'x-log-count': '0', 'x-log-bodyrawsize': '0' }
    delete headers[missing]
    const { reader } = await setUp((_, response) => answer(response, 200, { headers }))
    await expect(reader.pullLogs(0, 'a')).rejects.toMatchObject({
      failureClass: 'back-off',
      message: expect.stringContaining(missing),
    })
  })

  test('doubts an answer that is not JSON, without quoting it', async () => {
    const { reader } = await setUp((seen, response) =>
      answer(response, 200, { body: `no ${seen.headers['x-acs-security-token']}` }),
    )
    const error = await reader.listShards().catch((thrown: SinkError) => thrown)
    expect(error).toMatchObject({ failureClass: 'back-off', message: expect.stringContaining('not JSON') })
    expect(inspect(error, { depth: 9 })).not.toContain('top-token')
  })

  test('gives a call up at its time limit', async () => {
    const { server, reader, clock } = await setUp(() => {}, { requestTimeoutMs: 100 })
    const calling = expect(reader.listShards()).rejects.toMatchObject({ code: 'ERR_LOGHUB_TIMEOUT' })
    await server.received(1)
    await clock.advance(100)
    await calling
  })

  test('refuses a wrong configuration', () => {
    const make = () => new LogReader({ project: 'proj', logstore: '', endpoint: '127.0.0.1', credentials })
    expect(make).toThrow('logstore: must be a non-empty string')
  })
})
