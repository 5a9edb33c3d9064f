import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { evenRanges, hashKeyText } from '../../src/emulator/store/hash-range.ts'
import { Logstore } from '../../src/emulator/store/logstore.ts'
import { completeSettings } from '../../src/emulator/store/logstore-settings.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, PROJECT, send, sendSigned, write } from './support/client.ts'
import { vectors } from './support/vectors.ts'

const clock = new ManualClock()
const store = { project: PROJECT, logstore: 'store' }
const seconds = clock.now() / 1000
const one = groupOf([{ time: seconds, contents: [['k', 'v']] }])
const start = (options = {}) => startEmulator({ clock, autoCreate: true, ...options })

describe('what is stored', () => {
  test('a log comes back with all its fields, in the order of writing', async () => {
    await using emulator = await start()
    const contents = [
      ['b', '1'],
      ['a', '你好'],
      ['b', '2'],
    ] as const
    const body = groupOf([{ time: 5, nanoseconds: 7, contents }], {
      Topic: 't',
      Source: 's',
      LogTags: [{ Key: 'x', Value: 'y' }],
    })
    const reply = await sendSigned(emulator, write('store', body), clock.now())
    await sendSigned(emulator, write('store', one), clock.now())
    const requestId = reply.headers['x-log-requestid']
    const [first, second] = emulator.logs(store)
    expect(first).toEqual({
      time: 5,
      nanoseconds: 7,
      topic: 't',
      source: 's',
      tags: [['x', 'y']],
      contents,
      shard: 0,
      requestId,
    })
    expect(second).toMatchObject({ time: seconds, nanoseconds: undefined, topic: '', source: '', shard: 1 })
  })

  test('a success is 200 with nothing in it that a client might parse', async () => {
    await using emulator = await start()
    const reply = await sendSigned(emulator, write('store', one), clock.now())
    expect([reply.status, reply.body.length, reply.headers['content-type']]).toEqual([200, 0, undefined])
  })

  test.each(['/logstores/store/shards/lb', '/logstores/store'])('%s takes a write', async (path) => {
    await using emulator = await start()
    expect((await sendSigned(emulator, { ...write('store', one), path }, clock.now())).status).toBe(200)
    expect(emulator.logs(store)).toHaveLength(1)
  })

  test('the JSON form of the browser plugin is stored like any other', async () => {
    await using emulator = await start()
    const form = {
      __topic__: 't',
      __source__: 's',
      __logs__: [{ __time__: '9', k: 'v' }, { n: 1 }],
      __tags__: { a: 'b' },
    }
    const headers = { 'content-type': 'application/json' }
    await sendSigned(emulator, write('store', Buffer.from(JSON.stringify(form)), headers), clock.now())
    expect(emulator.logs(store)).toMatchObject([
      { time: 9, topic: 't', source: 's', tags: [['a', 'b']], contents: [['k', 'v']] },
      { time: seconds, contents: [['n', '1']] },
    ])
  })

  test.each(
    vectors<{ cases: { name: string; message: string; hex: string; packages?: unknown[] }[] }>('loggroup_wrappers')
      .cases.filter(({ message }) => message === 'SlsLogPackageList')
      .map((wrapper) => [wrapper.name, wrapper] as const),
  )('a package list is unpacked: %s', async (_, wrapper) => {
    await using emulator = await start()
    const call = write('store', Buffer.from(wrapper.hex, 'hex'), { 'x-log-mode': 'batch_group' })
    expect((await sendSigned(emulator, call, clock.now())).status).toBe(200)
    expect(emulator.stats()).toMatchObject({ writes: 1, logs: wrapper.packages?.length })
  })
})

describe('which shard', () => {
  interface Routing {
    readonly name: string
    readonly shards: { shardID: number; status?: string; inclusiveBeginKey: string; exclusiveEndKey: string }[]
    readonly routes: { key: string; shardID: number }[]
  }
  const routing = vectors<{ routing: { cases: Routing[] } }>('shard_hash').routing.cases

  test.each(routing.map((one) => [one.name, one] as const))(
    'keys go where the ranges say: %s',
    async (_, { shards, routes }) => {
      const isSplit = shards.some(({ status }) => status === 'readonly')
      await using emulator = await start({ shards: isSplit ? 2 : shards.length })
      await sendSigned(emulator, write('store', one), clock.now())
      if (isSplit) {
        const split = { method: 'POST', path: '/logstores/store/shards/0', query: [['action', 'split']] } as const
        expect((await sendSigned(emulator, split, clock.now())).status).toBe(200)
      }
      const listed = await sendSigned(emulator, { path: '/logstores/store/shards' }, clock.now())
      expect(listed.json).toMatchObject(shards)
      for (const { key, shardID } of routes) {
        const call = { ...write('store', one), path: '/logstores/store/shards/route', query: [['key', key]] } as const
        expect((await sendSigned(emulator, call, clock.now())).status).toBe(200)
        expect(emulator.logs(store).at(-1)?.shard).toBe(shardID)
      }
    },
  )

  test('without a key the open shards take turns', async () => {
    await using emulator = await start({ shards: 3 })
    for (let i = 0; i < 6; i++) await sendSigned(emulator, write('store', one), clock.now())
    expect(emulator.logs(store).map(({ shard }) => shard)).toEqual([0, 1, 2, 0, 1, 2])
  })

  test('a key that is no hash is refused', async () => {
    await using emulator = await start()
    const call = { ...write('store', one), path: '/logstores/store/shards/route', query: [['key', 'zz']] } as const
    expect((await sendSigned(emulator, call, clock.now())).json.errorCode).toBe('ParameterInvalid')
  })

  test('merging joins a shard with its right neighbour, and the last one has none', () => {
    const logstore = new Logstore('p', completeSettings({ logstoreName: 's' }, 2), 0)
    expect(() => logstore.merge(1, 0)).toThrow(/no right neighbour/)
    const [merged] = logstore.merge(0, 0)
    expect(merged?.range).toEqual(evenRanges(1)[0])
    expect(hashKeyText(merged?.range.end ?? 0n)).toBe('f'.repeat(32))
    expect(() => logstore.split(0, { count: 2 }, 0)).toThrow(/readonly/)
  })
})

describe('what is refused', () => {
  const put = (body: Buffer, headers = {}) => write('store', body, headers)
  const json = (text: string) => put(Buffer.from(text), { 'content-type': 'application/json' })
  const broken = [
    ['garbage', put(Buffer.from('not protobuf')), 400, 'PostBodyInvalid'],
    ['a group cut short', put(one.subarray(0, -1)), 400, 'PostBodyInvalid'],
    ['a content without a value', put(Buffer.from('0a07080112030a016b', 'hex')), 400, 'PostBodyInvalid'],
    ['a log without a time', put(Buffer.from('0a0812060a016b120176', 'hex')), 400, 'PostBodyInvalid'],
    ['JSON that is none', json('{'), 400, 'PostBodyInvalid'],
    ['JSON without logs', json('{}'), 400, 'PostBodyInvalid'],
    ['JSON with a time that is none', json('{"__logs__":[{"__time__":"soon"}]}'), 400, 'PostBodyInvalid'],
    ['another content type', put(one, { 'content-type': 'text/plain' }), 415, 'InvalidContentType'],
    ['a body over the limit', put(Buffer.alloc(10 * 1024 * 1024 + 1)), 413, 'PostBodyTooLarge'],
    ['a body far over the limit', put(Buffer.alloc(30 * 1024 * 1024)), 413, 'PostBodyTooLarge'],
    ['a bad logstore name', { ...write('store', one), path: '/logstores/a.b/shards/lb' }, 400, 'InvalidMethod'],
  ] as const

  test.each(broken)('%s', async (_, call, status, errorCode) => {
    await using emulator = await start()
    const reply = await sendSigned(emulator, call, clock.now())
    expect([reply.status, reply.json.errorCode]).toEqual([status, errorCode])
    expect(emulator.stats()).toMatchObject({ writes: 0, logs: 0, refusals: { [errorCode]: 1 } })
  })

  test('a body without a length', async () => {
    await using emulator = await start()
    const reply = await sendSigned(emulator, put(one, { 'transfer-encoding': 'chunked' }), clock.now())
    expect([reply.status, reply.json.errorCode]).toEqual([411, 'MissingContentLength'])
  })

  test('missing projects and logstores are named, unless a write may create them', async () => {
    await using emulator = await start({ autoCreate: false })
    const attempt = () => sendSigned(emulator, put(one), clock.now())
    expect((await attempt()).json).toEqual({
      errorCode: 'ProjectNotExist',
      errorMessage: `The Project does not exist : ${PROJECT}`,
    })
    emulator.createProject(PROJECT)
    expect((await attempt()).json.errorCode).toBe('LogStoreNotExist')
    emulator.createLogstore(store)
    expect((await attempt()).status).toBe(200)
  })

  test('one bad log refuses all of its request', async () => {
    await using emulator = await start({ strict: true })
    const logs = [seconds, seconds - 8 * 86_400, seconds].map((time) => ({ time, contents: [['k', 'v']] as const }))
    const reply = await sendSigned(emulator, put(groupOf(logs)), clock.now())
    expect(reply.json).toEqual({ errorCode: 'PostBodyInvalid', errorMessage: 'The post data time is out of range' })
    expect(emulator.logs(store)).toEqual([])
  })

  test.each([
    ['a key with a dot', groupOf([{ time: seconds, contents: [['a.b', 'v']] }])],
    ['a reserved key', groupOf([{ time: seconds, contents: [['__topic__', 'v']] }])],
    ['a log without contents', groupOf([{ time: seconds, contents: [] }])],
    ['a topic over 128 bytes', groupOf([{ time: seconds, contents: [['k', 'v']] }], { Topic: 'x'.repeat(129) })],
    ['a value over 1 MB', groupOf([{ time: seconds, contents: [['k', 'v'.repeat(2 ** 20 + 1)]] }])],
  ])('%s is refused only when strict', async (_, body) => {
    await using strict = await start({ strict: true })
    await using lenient = await start()
    expect((await sendSigned(strict, put(body), clock.now())).json.errorCode).toBe('PostBodyInvalid')
    expect((await sendSigned(lenient, put(body), clock.now())).status).toBe(200)
  })

  test('a request that nobody signed', async () => {
    await using emulator = await start()
    expect((await send(emulator, put(one))).json.errorCode).toBe('MissingAPIVersion')
  })
})
