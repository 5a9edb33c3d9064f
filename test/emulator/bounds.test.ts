import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts'
import { RawConnection, requestText } from '../server/support/raw-http.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { type Call, groupOf, PROJECT, send, sendSigned, write } from './support/client.ts'

const clock = new ManualClock()
const start = (options: EmulatorOptions = {}) => startEmulator({ clock, autoCreate: true, ...options })
const nowSeconds = Math.floor(clock.now() / 1000)

const UNSAFE = ['9007199254740993', '1e308', '-1', '1.5', 'NaN', '0x10', '99999999999999999999', 'Infinity', '']

function get(path: string, query: Record<string, string>): Call {
  return { path, query: Object.entries(query) }
}

function bodyOf(value: unknown, path: string, method = 'POST'): Call {
  const body = Buffer.from(JSON.stringify(value))
  return {
    method,
    path,
    body,
    headers: { 'content-type': 'application/json', 'x-log-bodyrawsize': String(body.length) },
  }
}

describe('no number in a request makes the emulator hang or fail', () => {
  const base = {
    from: '0',
    to: '4000000000',
    cursor: 'MA==',
    interval: '100000000',
    line: '10',
    offset: '0',
    count: '1',
  }
  const calls: readonly [string, Record<string, string>][] = [
    ['/logstores/store', { type: 'histogram', ...base }],
    ['/logstores/store/index', { type: 'histogram', ...base }],
    ['/logstores/store', { type: 'log', ...base }],
    ['/logstores/store/shards/0', { type: 'cursor', ...base }],
    ['/logstores/store/shards/0', { type: 'logs', ...base }],
    ['/logstores/store', { type: 'context_log', pack_id: 'A-1', pack_meta: '1|1', back_lines: '1', ...base }],
    ['/logstores', { size: '1', ...base }],
  ]

  test.each(calls)('%s %j', async (path, query) => {
    await using emulator = await start()
    await sendSigned(emulator, write('store', groupOf([{ time: nowSeconds, contents: [['k', 'v']] }])), clock.now())
    for (const name of Object.keys(query)) {
      if (name === 'type') continue
      for (const value of UNSAFE) {
        const reply = await sendSigned(emulator, get(path, { ...query, [name]: value }), clock.now())
        expect([name, value, reply.status < 500]).toEqual([name, value, true])
      }
    }
  })

  test('a histogram over all time has parts that end', async () => {
    await using emulator = await start()
    await sendSigned(emulator, write('store', groupOf([{ time: 5, contents: [['k', 'v']] }])), clock.now())
    const query = { type: 'histogram', from: '0', to: String(Number.MAX_SAFE_INTEGER), interval: '1000000000' }
    const { json } = await sendSigned(emulator, get('/logstores/store', query), clock.now())
    expect(json.map(({ count }: { count: number }) => count)).toEqual([1, 0, 0, 0, 0])
    const tiny = await sendSigned(emulator, get('/logstores/store', { ...query, interval: '1' }), clock.now())
    expect(tiny.json.errorCode).toBe('ParameterInvalid')
  })
})

describe('a search over a full store', () => {
  test('takes its page without an object of every log, and other requests get their turn', async () => {
    await using emulator = await start()
    // Ten bodies of 400,000 empty logs each: as objects they would be a gigabyte.
    const one = groupOf(Array.from({ length: 400_000 }, () => ({ time: nowSeconds, contents: [] })))
    for (let i = 0; i < 10; i++) expect((await sendSigned(emulator, write('store', one), clock.now())).status).toBe(200)
    const heapBefore = process.memoryUsage().heapUsed
    let heapMost = 0
    const query = { type: 'log', from: '0', to: '4000000000', query: 'nothing', line: '100', offset: '5000' }
    const search = sendSigned(emulator, get('/logstores/store', query), clock.now())
    let isDone = false
    void search.finally(() => {
      isDone = true
    })
    let answered = 0
    while (!isDone) {
      await send(emulator, { path: '/health' })
      answered++
      heapMost = Math.max(heapMost, process.memoryUsage().heapUsed - heapBefore)
    }
    const { status, json, headers } = await search
    expect([status, json, headers['x-log-progress']]).toEqual([200, [], 'Complete'])
    expect(answered).toBeGreaterThan(5)
    expect(heapMost).toBeLessThan(300 * 1024 * 1024)
  })

  test('that would look at more than it may is Incomplete', async () => {
    await using emulator = await start({ maxScannedLogs: 500 })
    const one = groupOf(Array.from({ length: 300 }, (_, i) => ({ time: nowSeconds + i, contents: [['k', 'v']] })))
    for (let i = 0; i < 3; i++) await sendSigned(emulator, write('store', one), clock.now())
    const query = { type: 'log', from: '0', to: '4000000000', query: 'nothing' }
    const log = await sendSigned(emulator, get('/logstores/store', query), clock.now())
    expect([log.json, log.headers['x-log-progress']]).toEqual([[], 'Incomplete'])
    const histogram = await sendSigned(emulator, get('/logstores/store', { ...query, type: 'histogram' }), clock.now())
    expect(histogram.headers['x-log-progress']).toBe('Incomplete')
    const { json } = await sendSigned(
      emulator,
      bodyOf({ from: 0, to: 4_000_000_000, query: 'nothing' }, '/logstores/store/logs'),
      clock.now(),
    )
    expect(json.meta.progress).toBe('Incomplete')
  })

  test('ends a page at 10 MB', async () => {
    await using emulator = await start()
    const value = 'x'.repeat(4 * 1024 * 1024)
    for (let i = 0; i < 4; i++) {
      await sendSigned(emulator, write('store', groupOf([{ time: nowSeconds, contents: [['k', value]] }])), clock.now())
    }
    const query = { type: 'log', from: '0', to: '4000000000' }
    const { json, headers } = await sendSigned(emulator, get('/logstores/store', query), clock.now())
    expect([json.length, headers['x-log-progress']]).toEqual([2, 'Incomplete'])
  })

  test.each([
    ['many terms', Array.from({ length: 300 }, (_, i) => `t${i}`).join(' or ')],
    ['a long word', 'x'.repeat(2000)],
  ])('refuses %s', async (_, query) => {
    await using emulator = await start()
    await sendSigned(emulator, write('store', groupOf([])), clock.now())
    const call = get('/logstores/store', { type: 'log', from: '0', to: '1', query })
    expect((await sendSigned(emulator, call, clock.now())).json.errorCode).toBe('ParameterInvalid')
  })
})

describe('what is no log', () => {
  test('ten kilobytes of JSON do not become a gigabyte of objects', async () => {
    await using emulator = await start()
    const raw = Buffer.from(`{"__logs__":[${'{},'.repeat(3_000_000)}{}]}`)
    const body = deflateSync(raw)
    expect(body.length).toBeLessThan(20_000)
    const headers = {
      'content-type': 'application/json',
      'x-log-compresstype': 'deflate',
      'x-log-bodyrawsize': String(raw.length),
    }
    const before = process.memoryUsage().rss
    const reply = await sendSigned(emulator, { ...write('store', body), headers }, clock.now())
    expect(reply.json.errorCode).toBe('PostBodyTooLarge')
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
    const deep = Buffer.from('['.repeat(100_000))
    const nested = await sendSigned(emulator, bodyOf0(deep), clock.now())
    expect(nested.json.errorCode).toBe('PostBodyInvalid')
  })

  test('index configurations are bounded each and together', async () => {
    await using emulator = await start()
    emulator.createProject(PROJECT)
    const filler = 'x'.repeat(200_000)
    let refused: string | undefined
    for (let i = 0; i < 200 && refused === undefined; i++) {
      await sendSigned(emulator, bodyOf({ logstoreName: `s${i}` }, '/logstores'), clock.now())
      const reply = await sendSigned(emulator, bodyOf({ filler }, `/logstores/s${i}/index`), clock.now())
      if (reply.status !== 200) refused = reply.json.errorCode
    }
    expect(refused).toBeDefined()
    expect(emulator.stats().metadataBytes).toBeLessThan(33 * 1024 * 1024)
    const large = bodyOf({ filler: 'x'.repeat(300_000) }, '/logstores/s0/index', 'PUT')
    expect((await sendSigned(emulator, large, clock.now())).json.errorCode).toBe('ParameterInvalid')
  })

  test('projects and shards have an end', async () => {
    await using emulator = await start()
    emulator.createProject(PROJECT)
    emulator.createLogstore({ project: PROJECT, logstore: 'store', shards: 1 })
    let code: string | undefined
    for (let id = 0; id < 300 && code === undefined; id++) {
      const split = { ...get(`/logstores/store/shards/${id}`, { action: 'split' }), method: 'POST' }
      code = (await sendSigned(emulator, split, clock.now())).json.errorCode
    }
    expect(code).toBe('ExceedQuota')
    expect(() => {
      for (let i = 0; i < 2000; i++) emulator.createProject(`p${i}`)
    }).toThrow(/projects/)
  })

  test('unfinished bodies are bounded together, and give their room back', async () => {
    await using emulator = await start({ maxBytes: 1 })
    const body = Buffer.alloc(8 * 1024 * 1024)
    const slow: RawConnection[] = []
    let code: string | undefined
    // A probe takes room too and may get a slow body refused: so each round adds one until there is no room.
    while (code !== 'ServerBusy') {
      const connection = await RawConnection.open(emulator.port)
      connection.write(requestText('POST /logstores/store/shards/lb', `Content-Length: ${body.length}`))
      connection.write(body.subarray(1))
      slow.push(connection)
      code = (await sendSigned(emulator, write('store', Buffer.alloc(1024 * 1024)), clock.now())).json.errorCode
    }
    for (const connection of slow) connection.socket.destroy()
    while (code === 'ServerBusy') {
      code = (await sendSigned(emulator, write('store', Buffer.alloc(1024 * 1024)), clock.now())).json.errorCode
    }
    expect(code).toBe('PostBodyInvalid')
  })
})

describe('a security token', () => {
  test('that is empty is none', async () => {
    const key = { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: '' }
    await using emulator = await start({ credentials: key })
    const reply = await sendSigned(emulator, write('store', groupOf([])), clock.now())
    expect(reply.status).toBe(200)
  })
})

function bodyOf0(body: Buffer): Call {
  return { ...write('store', body), headers: { 'content-type': 'application/json' } }
}
