import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { decodeLz4Block } from '../../src/emulator/wire/lz4-block.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, type Pairs, PROJECT, sendSigned, write } from './support/client.ts'
import { vectors } from './support/vectors.ts'

const clock = new ManualClock()
const start = (options = {}) => startEmulator({ clock, autoCreate: true, shards: 1, ...options })
type Started = Awaited<ReturnType<typeof start>>

const put = (emulator: Started, body: Buffer) => sendSigned(emulator, write('store', body), clock.now())
const get = (emulator: Started, path: string, query: Pairs = [], headers: Record<string, string> = {}) =>
  sendSigned(emulator, { path, query, headers }, clock.now())
const cursor = async (emulator: Started, from: string) =>
  (
    await get(emulator, '/logstores/store/shards/0', [
      ['type', 'cursor'],
      ['from', from],
    ])
  ).json.cursor as string
const pull = (emulator: Started, at: string, more: Pairs = [], headers: Record<string, string> = {}) =>
  get(
    emulator,
    '/logstores/store/shards/0',
    [
      ['type', 'logs'],
      ['cursor', at],
      ...(more.some(([name]) => name === 'count') ? [] : [['count', '1000'] as const]),
      ...more,
    ],
    headers,
  )

/** A group as one entry of a LogGroupList. */
function listed(group: Buffer): Buffer {
  const varint: number[] = []
  let rest = group.length
  for (; rest > 127; rest >>>= 7) varint.push((rest & 127) | 128)
  return Buffer.concat([Buffer.from([10, ...varint, rest]), group])
}

describe('PullLogs', () => {
  const groups = vectors<{ cases: { name: string; hex: string }[] }>('loggroup').cases

  test.each(groups.map(({ name, hex }) => [name, hex] as const))(
    'gives exactly the bytes that were written: %s',
    async (_, hex) => {
      await using emulator = await start()
      const group = Buffer.from(hex, 'hex')
      expect((await put(emulator, group)).status).toBe(200)
      for (const type of ['log', 'logs']) {
        const query = [
          ['type', type],
          ['cursor', await cursor(emulator, 'begin')],
          ['count', '1'],
        ] as const
        const reply = await get(emulator, '/logstores/store/shards/0', query)
        expect(reply.body.equals(listed(group))).toBe(true)
        expect(reply.headers).toMatchObject({
          'content-type': 'application/x-protobuf',
          'x-log-count': '1',
          'x-log-bodyrawsize': String(reply.body.length),
          'x-log-cursor': await cursor(emulator, 'end'),
        })
      }
    },
  )

  test('reads on from the cursor it gave, and stays where nothing is left', async () => {
    await using emulator = await start()
    const written = [1, 2, 3].map((time) => groupOf([{ time, contents: [['k', String(time)]] }]))
    for (const group of written) await put(emulator, group)
    let at = await cursor(emulator, 'begin')
    for (const group of written) {
      const reply = await pull(emulator, at, [['count', '1']])
      expect(reply.body).toEqual(listed(group))
      at = String(reply.headers['x-log-cursor'])
    }
    const last = await pull(emulator, at)
    expect([last.status, last.body.length, last.headers['x-log-count']]).toEqual([200, 0, '0'])
    expect([last.headers['x-log-cursor'], last.headers['x-log-bodyrawsize']]).toEqual([at, '0'])
  })

  test('ends before the end cursor', async () => {
    await using emulator = await start()
    const group = groupOf([{ time: 1, contents: [['k', 'v']] }])
    await put(emulator, group)
    const end = await cursor(emulator, 'end')
    await put(emulator, group)
    const reply = await pull(emulator, await cursor(emulator, 'begin'), [['end_cursor', end]])
    expect(reply.headers['x-log-count']).toBe('1')
  })

  test('compresses only for an explicit lz4', async () => {
    await using emulator = await start()
    const group = groupOf([{ time: 1, contents: [['k', 'v'.repeat(1000)]] }])
    await put(emulator, group)
    const at = await cursor(emulator, 'begin')
    const plain = await pull(emulator, at, [], { 'accept-encoding': 'gzip, deflate' })
    expect(plain.headers['x-log-compresstype']).toBeUndefined()
    const packed = await pull(emulator, at, [], { 'accept-encoding': 'lz4' })
    expect(packed.headers['x-log-compresstype']).toBe('lz4')
    expect(packed.body.length).toBeLessThan(plain.body.length)
    expect(decodeLz4Block(packed.body, Number(packed.headers['x-log-bodyrawsize']))).toEqual(plain.body)
  })

  test.each([
    ['no base64 of digits', '!!'],
    ['of another time', Buffer.from('1').toString('base64')],
  ])('a cursor %s is refused', async (_, bad) => {
    await using emulator = await start()
    await put(emulator, groupOf([]))
    expect((await pull(emulator, bad)).json.errorCode).toBe('InvalidCursor')
  })

  test('a shard that is not there is named', async () => {
    await using emulator = await start()
    await put(emulator, groupOf([]))
    for (const shard of ['7', 'x', '-1']) {
      const reply = await get(emulator, `/logstores/store/shards/${shard}`, [
        ['type', 'cursor'],
        ['from', 'end'],
      ])
      expect([reply.status, reply.json.errorCode]).toEqual([400, 'ShardNotExist'])
    }
  })
})

describe('cursors', () => {
  test('a time finds the first group received then or later, whatever its logs say', async () => {
    const time = new ManualClock()
    await using emulator = await start({ clock: time })
    const seconds = time.now() / 1000
    const send = () => sendSigned(emulator, write('store', groupOf([{ time: 1, contents: [['k', 'v']] }])), time.now())
    const ask = async (query: Pairs) =>
      (await sendSigned(emulator, { path: '/logstores/store/shards/0', query }, time.now())).json
    const from = async (value: string) =>
      (
        await ask([
          ['type', 'cursor'],
          ['from', value],
        ])
      ).cursor
    await send()
    await time.advance(10_000)
    await send()
    expect(await from(String(seconds - 1))).toBe(await from('begin'))
    expect(await from(String(seconds + 11))).toBe(await from('end'))
    const second = await from(String(seconds + 5))
    expect(Buffer.from(second, 'base64').toString()).toBe(`${seconds}000000001`)
    expect(
      await ask([
        ['type', 'cursor_time'],
        ['cursor', second],
      ]),
    ).toEqual({ cursor_time: seconds + 10 })
  })
})

describe('GetLogs', () => {
  const logs = [3, 1, 2, 5].map((time) => ({
    time,
    contents: [
      ['n', String(time)],
      ['parity', time % 2 ? 'odd' : 'even'],
    ] as const,
  }))
  const range: Pairs = [
    ['type', 'log'],
    ['from', '1'],
    ['to', '5'],
  ]

  async function filled() {
    const emulator = await start()
    await put(emulator, groupOf(logs, { Topic: 't', Source: 's', LogTags: [{ Key: 'host', Value: 'h' }] }))
    await put(emulator, groupOf([{ time: 4, nanoseconds: 9, contents: [['n', '4']] }]))
    return emulator
  }
  const numbers = (reply: { json: { n: string }[] }) => reply.json.map(({ n }) => n)

  test('gives the logs of a time range, its end excluded, oldest first', async () => {
    await using emulator = await filled()
    const reply = await get(emulator, '/logstores/store', range)
    expect(numbers(reply)).toEqual(['1', '2', '3', '4'])
    expect(reply.headers).toMatchObject({ 'x-log-progress': 'Complete', 'x-log-count': '4' })
    expect(reply.json[0]).toEqual({
      __time__: '1',
      __topic__: 't',
      __source__: 's',
      '__tag__:host': 'h',
      n: '1',
      parity: 'odd',
    })
    expect(reply.json[3].__time_ns_part__).toBe('9')
  })

  test.each<[string, Pairs, string[]]>([
    ['newest first', [['reverse', 'true']], ['4', '3', '2', '1']],
    [
      'a page',
      [
        ['line', '2'],
        ['offset', '1'],
      ],
      ['2', '3'],
    ],
    ['a topic', [['topic', 't']], ['1', '2', '3']],
    ['a query', [['query', 'parity: odd']], ['1', '3']],
  ])('takes %s', async (_, more, expected) => {
    await using emulator = await filled()
    expect(numbers(await get(emulator, '/logstores/store', [...range, ...more]))).toEqual(expected)
  })

  test('the newer form answers with a meta part, compressed for those who ask', async () => {
    await using emulator = await filled()
    const body = Buffer.from(JSON.stringify({ from: 1, to: 9, query: 'odd', reverse: true, line: 100, offset: 0 }))
    const headers = { 'content-type': 'application/json', 'x-log-bodyrawsize': String(body.length) }
    const call = { method: 'POST', path: '/logstores/store/logs', body, headers }
    const reply = await sendSigned(emulator, call, clock.now())
    expect(reply.json.meta).toMatchObject({ progress: 'Complete', count: 3, hasSQL: false })
    expect(reply.json.data.map(({ n }: { n: string }) => n)).toEqual(['5', '3', '1'])
    const packed = await sendSigned(
      emulator,
      { ...call, headers: { ...headers, 'accept-encoding': 'lz4' } },
      clock.now(),
    )
    const size = Number(packed.headers['x-log-bodyrawsize'])
    expect(decodeLz4Block(packed.body, size)).toEqual(reply.body)
  })

  test('never gives more than 100 lines', async () => {
    await using emulator = await start()
    const many = Array.from({ length: 150 }, () => ({ time: 1, contents: [['k', 'v']] as const }))
    await put(emulator, groupOf(many))
    expect((await get(emulator, '/logstores/store', [...range, ['line', '1000']])).json).toHaveLength(100)
  })

  test('without a range, or with SQL that is none, it is refused', async () => {
    await using emulator = await filled()
    expect((await get(emulator, '/logstores/store', [['type', 'log']])).json.errorCode).toBe('ParameterInvalid')
    const sql = await get(emulator, '/logstores/store', [...range, ['query', '* | delete from log']])
    expect(sql.json.errorMessage).toMatch(/must be a select/)
  })

  test('a strict emulator wants an index first', async () => {
    await using emulator = await start({ strict: true })
    emulator.createProject(PROJECT)
    emulator.createLogstore({ project: PROJECT, logstore: 'store' })
    const search = () => get(emulator, '/logstores/store', range)
    expect((await search()).json.errorCode).toBe('IndexConfigNotExist')
    const headers = { 'content-type': 'application/json' }
    const index = { method: 'POST', path: '/logstores/store/index', headers, body: Buffer.from('{"line":{}}') }
    await sendSigned(emulator, index, clock.now())
    expect((await search()).json).toEqual([])
  })

  test('GetHistograms counts the matching logs of each part', async () => {
    await using emulator = await filled()
    const query: Pairs = [
      ['type', 'histogram'],
      ['from', '1'],
      ['to', '6'],
      ['interval', '2'],
      ['query', 'odd'],
    ]
    const reply = await get(emulator, '/logstores/store', query)
    expect(reply.headers).toMatchObject({ 'x-log-count': '3', 'x-log-progress': 'Complete' })
    expect(reply.json).toEqual([
      { from: 1, to: 3, count: 1, progress: 'Complete' },
      { from: 3, to: 5, count: 1, progress: 'Complete' },
      { from: 5, to: 6, count: 1, progress: 'Complete' },
    ])
  })
})

describe('projects and logstores', () => {
  const json = (method: string, path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    return { method, path, headers, body: Buffer.from(JSON.stringify(body)) }
  }

  test('live from creation to deletion', async () => {
    await using emulator = await startEmulator({ clock })
    const ask = async (call: Parameters<typeof sendSigned>[1]) => (await sendSigned(emulator, call, clock.now())).json
    expect(await ask(json('POST', '/', { projectName: PROJECT, description: 'd' }))).toBeUndefined()
    expect((await ask(json('POST', '/', { projectName: PROJECT }))).errorCode).toBe('ProjectAlreadyExist')
    expect(await ask({ path: '/' })).toMatchObject({ projectName: PROJECT, description: 'd', status: 'Normal' })
    const settings = { logstoreName: 'store', ttl: 7, shardCount: 3, maxSplitShard: -1 }
    expect(await ask(json('POST', '/logstores', settings))).toBeUndefined()
    expect((await ask(json('POST', '/logstores', settings))).errorCode).toBe('LogStoreAlreadyExist')
    expect(await ask(json('PUT', '/logstores/store', { ttl: 9 }))).toBeUndefined()
    expect(await ask({ path: '/logstores/store' })).toMatchObject({ ...settings, ttl: 9 })
    expect(await ask({ path: '/logstores/store/shards' })).toHaveLength(3)
    const empty = [
      ['offset', ''],
      ['size', ''],
    ] as const
    expect(await ask({ path: '/logstores', query: empty })).toEqual({ count: 1, total: 1, logstores: ['store'] })
    expect(await ask({ method: 'DELETE', path: '/logstores/store' })).toBeUndefined()
    expect((await ask({ path: '/logstores/store' })).errorCode).toBe('LogStoreNotExist')
    expect(await ask({ method: 'DELETE', path: '/' })).toBeUndefined()
    expect((await ask({ path: '/' })).errorCode).toBe('ProjectNotExist')
  })

  test.each([
    [{ logstoreName: 'a', ttl: 0 }],
    [{ logstoreName: 'a', shardCount: 101 }],
    [{ logstoreName: '../a' }],
    [{}],
  ])('a logstore like %j is refused', async (settings) => {
    await using emulator = await startEmulator({ clock })
    emulator.createProject(PROJECT)
    const reply = await sendSigned(emulator, json('POST', '/logstores', settings), clock.now())
    expect(reply.json.errorCode).toBe('LogStoreInfoInvalid')
  })

  test('web tracking writes without a signature, only where it is enabled, at the time of arrival', async () => {
    await using emulator = await startEmulator({ clock })
    emulator.createProject(PROJECT)
    emulator.createLogstore({ project: PROJECT, logstore: 'open', enableTracking: true })
    emulator.createLogstore({ project: PROJECT, logstore: 'shut' })
    const post = (logstore: string) =>
      fetch(`${emulator.url}/logstores/${logstore}/track?APIVersion=0.6.0`, {
        method: 'POST',
        headers: { 'x-log-project': PROJECT },
        body: JSON.stringify({ __logs__: [{ __time__: 5, k: 'v' }] }),
      })
    expect((await post('shut')).status).toBe(401)
    expect((await post('open')).status).toBe(200)
    expect(emulator.logs({ project: PROJECT, logstore: 'open' })).toMatchObject([
      { time: clock.now() / 1000, contents: [['k', 'v']] },
    ])
  })
})
