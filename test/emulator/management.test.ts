import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, PROJECT, type Reply, sendSigned, write } from './support/client.ts'

const DAY_MS = 24 * 3600 * 1000
let clock: ManualClock
let emulator: Emulator

beforeEach(async () => {
  clock = new ManualClock()
  emulator = await startEmulator({ clock })
  emulator.createProject(PROJECT)
  emulator.createLogstore({ project: PROJECT, logstore: 'store', shards: 2 })
})
afterEach(() => emulator.close())

function ask(
  method: string,
  path: string,
  query: Record<string, string> = {},
  value?: unknown,
  host?: string,
): Promise<Reply> {
  const body = value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value))
  const headers = { 'content-type': 'application/json', 'x-log-bodyrawsize': String(body.length) }
  return sendSigned(emulator, { method, path, query: Object.entries(query), headers, body, host }, clock.now())
}
const codeOf = async (reply: Promise<Reply>) => (await reply).json?.errorCode

describe('GetLogstore', () => {
  test('shows all fields of the service, however the logstore was made', async () => {
    await ask('POST', '/logstores', {}, { logstoreName: 'small', ttl: '7', enable_tracking: null })
    for (const name of ['store', 'small']) {
      const { json } = await ask('GET', `/logstores/${name}`)
      expect(json).toMatchObject({
        logstoreName: name,
        enable_tracking: false,
        autoSplit: false,
        maxSplitShard: 0,
        appendMeta: false,
        telemetryType: '',
        mode: 'standard',
        hot_ttl: 0,
        shardCount: 2,
      })
      for (const field of ['createTime', 'lastModifyTime', 'ttl']) expect(typeof json[field]).toBe('number')
    }
  })

  test.each([
    [{ logstoreName: 'a b' }, 'LogStoreInfoInvalid'],
    [{ logstoreName: 'x', ttl: 0 }, 'LogStoreInfoInvalid'],
    [{ logstoreName: 'x', ttl: 'soon' }, 'LogStoreInfoInvalid'],
    [{ logstoreName: 'x', shardCount: 101 }, 'LogStoreInfoInvalid'],
    [{ logstoreName: 'x', autoSplit: 'maybe' }, 'LogStoreInfoInvalid'],
    [{ logstoreName: 'x', note: 'x'.repeat(9000) }, 'LogStoreInfoInvalid'],
    [{ logstoreName: 'store' }, 'LogStoreAlreadyExist'],
    [[], 'PostBodyInvalid'],
  ])('is not made from %j', async (settings, code) => {
    expect(await codeOf(ask('POST', '/logstores', {}, settings))).toBe(code)
  })

  test('shardCount is not changed by an update', async () => {
    expect(await codeOf(ask('PUT', '/logstores/store', {}, { ttl: 3, shardCount: 5 }))).toBe('ParameterInvalid')
    expect((await ask('PUT', '/logstores/store', {}, { ttl: 3, shardCount: 2 })).status).toBe(200)
    expect((await ask('GET', '/logstores/store')).json.ttl).toBe(3)
  })
})

describe('projects', () => {
  test('are shown with all fields, changed, listed on an endpoint that names none', async () => {
    emulator.createProject('other')
    expect((await ask('PUT', '/', {}, { description: 'changed' })).status).toBe(200)
    expect((await ask('GET', '/')).json).toMatchObject({
      projectName: PROJECT,
      description: 'changed',
      status: 'Normal',
      dataRedundancyType: 'LRS',
      region: 'local',
    })
    const { json } = await ask('GET', '/', { offset: '0', size: '1' }, undefined, '127.0.0.1')
    expect(json).toMatchObject({ count: 1, total: 2, projects: [{ projectName: 'other' }] })
  })

  test('have tags', async () => {
    const resource = { resourceType: ['project'], resourceId: [PROJECT] }
    await ask('POST', '/tag', {}, { ...resource, tags: [{ key: 'team', value: 'a' }] })
    const listed = async () =>
      (await ask('GET', '/tags', { resourceType: 'PROJECT', resourceId: JSON.stringify([PROJECT]) })).json.tagResources
    expect(await listed()).toMatchObject([{ tagKey: 'team', tagValue: 'a', resourceId: PROJECT }])
    await ask('POST', '/untag', {}, { ...resource, tags: ['team'] })
    expect(await listed()).toEqual([])
    const many = Array.from({ length: 30 }, (_, i) => ({ key: `k${i}`, value: 'v' }))
    expect(await codeOf(ask('POST', '/tag', {}, { ...resource, tags: many }))).toBe('ExceedQuota')
    const oneBad = [
      { key: 'good', value: 'v' },
      { key: 'bad', value: { of: 'objects' } },
    ]
    expect(await codeOf(ask('POST', '/tag', {}, { ...resource, tags: oneBad }))).toBe('ParameterInvalid')
    expect(await listed()).toEqual([])
    expect(await codeOf(ask('POST', '/tag', {}, { ...resource, resourceType: ['alert'], tags: [] }))).toBe(
      'ParameterInvalid',
    )
  })

  test.each(['dashboards', 'configs', 'machinegroups', 'savedsearches', 'jobs'])('have empty %s', async (name) => {
    expect((await ask('GET', `/${name}`)).json).toMatchObject({ count: 0, total: 0 })
    expect(await codeOf(ask('POST', `/${name}`, {}, {}))).toBe('ParameterInvalid')
  })
})

describe('what is not imitated is refused, not answered with something else', () => {
  test.each([
    ['GET', '/logstores/store', { type: 'meta' }],
    ['GET', '/logstores/store/index', { type: 'shard' }],
    ['GET', '/logstores/store/shards', { type: 'x' }],
    ['GET', '/logstores/store/shards/0', { type: 'logs', cursor: 'MA==', query: '* | project x' }],
    ['POST', '/logstores/store/shards/0', { action: 'split', shardCount: '1' }],
    ['POST', '/logstores/store/shards/0', { action: 'split', shardCount: '65' }],
    ['POST', '/logstores/store/shards/0', { action: 'split', shardCount: 'three' }],
    ['POST', '/logstores/store/shards/0', { action: 'split', shardCount: '3', key: '2' }],
    ['POST', '/logstores/store/shards/0', { action: 'split', key: 'no hex' }],
    ['POST', '/logstores/store/shards/0', { action: 'split', key: '0' }],
  ])('%s %s %j', async (method, path, query) => {
    expect(await codeOf(ask(method, path, query as unknown as Record<string, string>))).toBe('ParameterInvalid')
  })

  test('a shard is split into as many as are asked for, which share its keys without a gap', async () => {
    const split = () => ask('POST', '/logstores/store/shards/0', { action: 'split', shardCount: '4' })
    const shards = (await split()).json as {
      shardID: number
      status: string
      inclusiveBeginKey: string
      exclusiveEndKey: string
    }[]
    const [parent, ...parts] = shards
    expect(parent).toMatchObject({ shardID: 0, status: 'readonly' })
    expect(parts.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'readwrite'))
    expect(parts[0]?.inclusiveBeginKey).toBe(parent?.inclusiveBeginKey)
    expect(parts[3]?.exclusiveEndKey).toBe(parent?.exclusiveEndKey)
    for (let i = 1; i < 4; i++) expect(parts[i]?.inclusiveBeginKey).toBe(parts[i - 1]?.exclusiveEndKey)
    expect(await codeOf(split())).toBe('ParameterInvalid')
  })

  test('an index that is there is not made again, and one that is not is not changed', async () => {
    expect(await codeOf(ask('PUT', '/logstores/store/index', {}, {}))).toBe('IndexConfigNotExist')
    expect((await ask('POST', '/logstores/store/index', {}, { line: {} })).status).toBe(200)
    expect(await codeOf(ask('POST', '/logstores/store/index', {}, {}))).toBe('IndexAlreadyExist')
  })
})

describe('logs leave by age', () => {
  test('once they are older than the ttl, by the clock of the emulator', async () => {
    await ask('PUT', '/logstores/store', {}, { ttl: 2 })
    const put = () => sendSigned(emulator, write('store', groupOf([{ time: 1, contents: [['k', 'v']] }])), clock.now())
    await put()
    clock.jump(1.5 * DAY_MS)
    await put()
    expect(emulator.logs({ project: PROJECT, logstore: 'store' })).toHaveLength(2)
    clock.jump(DAY_MS)
    const query = { type: 'log', from: '0', to: '10' }
    expect((await ask('GET', '/logstores/store', query)).json).toHaveLength(1)
    expect(emulator.stats()).toMatchObject({ storedLogs: 1, expiredLogs: 1, droppedLogs: 0 })
  })

  test('and the cap goes on to drop the oldest of what is left', async () => {
    await using small = await startEmulator({ clock, autoCreate: true, shards: 2, maxBytes: 3000 })
    small.createProject(PROJECT)
    small.createLogstore({ project: PROJECT, logstore: 'short' })
    const put = (name: string) =>
      sendSigned(small, write(name, groupOf([{ time: 1, contents: [['k', 'v'.repeat(300)]] }])), clock.now())
    await sendSigned(
      small,
      {
        method: 'PUT',
        path: '/logstores/short',
        body: Buffer.from('{"ttl":1}'),
        headers: { 'content-type': 'application/json' },
      },
      clock.now(),
    )
    for (let i = 0; i < 4; i++) await put('short')
    clock.jump(2 * DAY_MS)
    for (let i = 0; i < 20; i++) await put(i % 5 === 0 ? 'short' : 'long')
    const { storedLogs, droppedLogs, expiredLogs, logs, storedBytes } = small.stats()
    expect(storedLogs + droppedLogs + expiredLogs).toBe(logs)
    expect(storedBytes).toBeLessThanOrEqual(3000)
  })
})

describe('consumer groups', () => {
  const groups = '/logstores/store/consumergroups'
  const make = (name: string) => ask('POST', groups, {}, { consumerGroup: name, timeout: 30, order: true })

  test('are made, listed, changed and removed', async () => {
    await make('g')
    expect(await codeOf(make('g'))).toBe('ConsumerGroupAlreadyExist')
    await ask('PUT', `${groups}/g`, {}, { timeout: 60 })
    expect((await ask('GET', groups)).json).toEqual([{ name: 'g', timeout: 60, order: true }])
    await ask('DELETE', `${groups}/g`)
    expect((await ask('GET', groups)).json).toEqual([])
    expect(await codeOf(ask('DELETE', `${groups}/g`))).toBe('ConsumerGroupNotExist')
  })

  test('give shards to who beats, and keep checkpoints', async () => {
    await make('g')
    const beat = await ask('POST', `${groups}/g`, { type: 'heartbeat', consumer: 'me' }, [])
    expect(beat.json).toEqual([0, 1])
    const save = { type: 'checkpoint', consumer: 'me', forceSuccess: 'false' }
    expect((await ask('POST', `${groups}/g`, save, { shard: 1, checkpoint: 'MTIz' })).status).toBe(200)
    const { json } = await ask('GET', `${groups}/g`, { shard: '1' })
    expect(json).toMatchObject([{ shard: 1, checkpoint: 'MTIz', consumer: 'me' }])
  })

  test.each([
    ['a name with a blank', () => make('a b'), 'ParameterInvalid'],
    ['a timeout of nothing', () => ask('POST', groups, {}, { consumerGroup: 'x', timeout: 0 }), 'ParameterInvalid'],
    [
      'a beat for no group',
      () => ask('POST', `${groups}/no`, { type: 'heartbeat', consumer: 'a' }, []),
      'ConsumerGroupNotExist',
    ],
    [
      'a beat without a list',
      () => ask('POST', `${groups}/g`, { type: 'heartbeat', consumer: 'a' }, {}),
      'PostBodyInvalid',
    ],
    ['a beat of nobody', () => ask('POST', `${groups}/g`, { type: 'heartbeat' }, []), 'ParameterInvalid'],
    [
      'a checkpoint of no shard',
      () => ask('POST', `${groups}/g`, { type: 'checkpoint' }, { shard: 9, checkpoint: '' }),
      'ShardNotExist',
    ],
    [
      'a long checkpoint',
      () => ask('POST', `${groups}/g`, { type: 'checkpoint' }, { shard: 0, checkpoint: 'x'.repeat(2000) }),
      'ParameterInvalid',
    ],
  ])('refuse %s', async (_, call, code) => {
    await make('g')
    expect(await codeOf(call())).toBe(code)
  })

  test('are not more than thirty', async () => {
    for (let i = 0; i < 30; i++) await make(`g${i}`)
    expect(await codeOf(make('g30'))).toBe('ExceedQuota')
  })
})

describe('a context', () => {
  test('is the logs of one sender around one log, in the order in which they came', async () => {
    const put = (packId: string, values: string[]) =>
      sendSigned(
        emulator,
        write(
          'store',
          groupOf(
            values.map((n) => ({ time: 5, contents: [['n', n]] as const })),
            { LogTags: [{ Key: '__pack_id__', Value: packId }] },
          ),
        ),
        clock.now(),
      )
    await put('A-1', ['a', 'b', 'c'])
    await put('B-1', ['x'])
    await put('A-2', ['d', 'e', 'f'])
    const found = await ask('GET', '/logstores/store', {
      type: 'log',
      from: '0',
      to: '9',
      query: 'n: d | with_pack_meta',
    })
    const [{ __pack_meta__, '__tag__:__pack_id__': packId }] = found.json
    const around = {
      type: 'context_log',
      pack_id: packId,
      pack_meta: __pack_meta__,
      back_lines: '2',
      forward_lines: '5',
    }
    const { json } = await ask('GET', '/logstores/store', around)
    expect(json.logs.map(({ n, __index_number__ }: Record<string, string>) => [n, __index_number__])).toEqual([
      ['b', '-2'],
      ['c', '-1'],
      ['d', '0'],
      ['e', '1'],
      ['f', '2'],
    ])
    expect(json).toMatchObject({ total_lines: 5, back_lines: 2, forward_lines: 2, progress: 'Complete' })
    expect(await codeOf(ask('GET', '/logstores/store', { ...around, pack_meta: 'x' }))).toBe('ParameterInvalid')
    expect(await codeOf(ask('GET', '/logstores/store', { ...around, back_lines: '0', forward_lines: '0' }))).toBe(
      'ParameterInvalid',
    )
  })
})
