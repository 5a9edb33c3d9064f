import { describe, expect, test } from 'vitest'
import { projectNameOf } from '../../src/emulator/http/project-name.ts'
import { ERROR_STATUS } from '../../src/emulator/http/service-error.ts'
import { type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, HOST, PROJECT, send, sendSigned, write } from './support/client.ts'
import { vectors } from './support/vectors.ts'

const clock = new ManualClock()
const store = { project: PROJECT, logstore: 'store' }
const groupWith = (value: string) => groupOf([{ time: 1, contents: [['k', value]] }])

describe('memory', () => {
  test('stays under its cap: the oldest logs leave, from whichever shard, and are counted', async () => {
    await using emulator = await startEmulator({ clock, autoCreate: true, maxBytes: 20_000 })
    const value = 'x'.repeat(1000)
    for (let i = 0; i < 50; i++) await sendSigned(emulator, write('store', groupWith(`${i} ${value}`)), clock.now())
    const kept = emulator.logs(store).map(({ contents }) => Number.parseInt(contents[0]?.[1] ?? '', 10))
    const stats = emulator.stats()
    expect(stats.storedBytes).toBeLessThanOrEqual(20_000)
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 50 - kept.length + i))
    expect([stats.logs, stats.storedLogs + stats.droppedLogs]).toEqual([50, 50])
    const query = [
      ['type', 'cursor'],
      ['from', 'begin'],
    ] as const
    const shard = { path: '/logstores/store/shards/0' }
    const begin = (await sendSigned(emulator, { ...shard, query }, clock.now())).json.cursor
    const pull = {
      ...shard,
      query: [
        ['type', 'logs'],
        ['cursor', begin],
      ] as const,
    }
    expect(Number((await sendSigned(emulator, pull, clock.now())).headers['x-log-count'])).toBeGreaterThan(0)
  })

  test('is given back when a project is deleted', async () => {
    await using emulator = await startEmulator({ clock, autoCreate: true })
    await sendSigned(emulator, write('store', groupWith('v')), clock.now())
    await sendSigned(emulator, { method: 'DELETE', path: '/' }, clock.now())
    expect(emulator.stats()).toMatchObject({ storedLogs: 0, storedBytes: 0, droppedLogs: 0, logs: 1 })
  })

  test('discard checks and counts, and keeps nothing', async () => {
    await using emulator = await startEmulator({ clock, autoCreate: true, storage: 'discard' })
    const body = groupWith('v')
    await sendSigned(emulator, write('store', body), clock.now())
    expect((await sendSigned(emulator, write('store', Buffer.from('x')), clock.now())).status).toBe(400)
    expect(emulator.stats()).toMatchObject({
      requests: 2,
      writes: 1,
      logs: 1,
      wireBytes: body.length,
      rawBytes: body.length,
    })
    expect([emulator.logs(store), emulator.stats().storedBytes]).toEqual([[], 0])
  })

  test('without verification a write is taken unseen, its bytes are counted', async () => {
    await using emulator = await startEmulator({ clock, storage: 'discard', verify: false })
    const call = write('store', Buffer.from('anything'), { 'x-log-bodyrawsize': '100', 'x-log-compresstype': 'lz4' })
    expect((await send(emulator, call)).status).toBe(200)
    expect(emulator.stats()).toMatchObject({ writes: 1, logs: 0, wireBytes: 8, rawBytes: 100 })
  })
})

describe('answers', () => {
  test('carry the clock twice and the request id last, in lower case, refused or not', async () => {
    await using emulator = await startEmulator({ clock, autoCreate: true })
    const good = await sendSigned(emulator, write('store', groupWith('v')), clock.now())
    const bad = await sendSigned(emulator, { path: '/nothing' }, clock.now())
    for (const { rawHeaders, headers } of [good, bad]) {
      const names = rawHeaders.filter((_, i) => i % 2 === 0)
      expect(names.filter((name) => name.startsWith('x-log-')).at(-1)).toBe('x-log-requestid')
      expect(headers['x-log-requestid']).toMatch(/^[0-9A-F]{24}$/)
      expect(Date.parse(headers.date ?? '')).toBe(clock.now())
      expect(headers).toMatchObject({ 'x-log-time': String(clock.now() / 1000), 'access-control-allow-origin': '*' })
    }
    expect(bad.headers['content-type']).toBe('application/json')
    expect(bad.body.toString()).toMatch(/^\{"errorCode":"InvalidMethod","errorMessage":".+"\}\n$/)
  })

  test('a browser may ask first', async () => {
    await using emulator = await startEmulator({ clock })
    const reply = await send(emulator, { method: 'OPTIONS', path: '/logstores/store/track' })
    expect([reply.status, reply.headers['access-control-allow-methods']]).toEqual([200, 'POST, GET'])
  })

  test('health needs no signature', async () => {
    await using emulator = await startEmulator()
    expect((await send(emulator, { path: '/health' })).json).toEqual({ status: 'ok' })
  })

  test('every code has the status that the service gives it', () => {
    const { codes } = vectors<{ codes: { errorCode: string; httpStatus: number }[] }>('error_codes')
    const known = Object.fromEntries(codes.map(({ errorCode, httpStatus }) => [errorCode, httpStatus]))
    for (const [errorCode, status] of Object.entries(ERROR_STATUS)) {
      if (errorCode in known) expect([errorCode, status]).toEqual([errorCode, known[errorCode]])
    }
  })
})

describe('the project of a request', () => {
  const bases = ['localhost', '127.0.0.1', 'sls.test']

  test.each([
    ['proj.cn-hangzhou.log.aliyuncs.com', 'proj'],
    ['cn-hangzhou.log.aliyuncs.com', undefined],
    ['PROJ.localhost:18080', 'proj'],
    ['localhost:18080', undefined],
    ['proj.127.0.0.1', 'proj'],
    ['127.0.0.1:18080', undefined],
    ['192.168.1.5', undefined],
    ['[::1]:18080', undefined],
    ['proj.example.org', 'proj'],
    ['single', undefined],
    ['', undefined],
  ])('of the host %s is %s', (host, project) => {
    expect(projectNameOf({ header: undefined, host }, bases)).toBe(project)
  })

  test('comes from the header before the host, and from an absolute target before that', async () => {
    await using emulator = await startEmulator({ clock, autoCreate: true })
    const call = { ...write('store', groupWith('v')), path: 'http://viaproxy.anything:80/logstores/store/shards/lb' }
    // What is signed is the path alone; without credentials the signature is not compared.
    expect((await sendSigned(emulator, { ...call, host: HOST }, clock.now())).status).toBe(200)
    const headers = { ...write('store', groupWith('v')).headers, 'x-log-project': 'viaheader' }
    await sendSigned(emulator, { ...write('store', groupWith('v')), headers }, clock.now())
    for (const project of ['viaproxy', 'viaheader'])
      expect(emulator.logs({ project, logstore: 'store' })).toHaveLength(1)
  })
})

describe('options', () => {
  test('all that is wrong is said at once', async () => {
    const bad = { port: 70_000, shards: 0, storage: 'tape', verify: false, colour: 'red' } as unknown as EmulatorOptions
    const error = await startEmulator(bad).catch((thrown: Error & { code: string }) => thrown)
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_OPTION' })
    for (const name of ['port', 'shards', 'storage', 'verify', 'colour'])
      expect((error as Error).message).toContain(name)
  })

  test('a port that is taken rejects', async () => {
    await using emulator = await startEmulator()
    await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('closing twice is closing once', async () => {
    const emulator = await startEmulator()
    expect(emulator.close()).toBe(emulator.close())
    await emulator.close()
    await expect(send(emulator, { path: '/health' })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
