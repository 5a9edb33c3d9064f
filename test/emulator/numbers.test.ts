import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { type Pairs, PROJECT, sendSigned } from './support/client.ts'

const clock = new ManualClock()
let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({ clock })
  emulator.createProject(PROJECT)
  emulator.createLogstore({ project: PROJECT, logstore: 'store', shards: 1 })
  await ask('POST', '/logstores/store/consumergroups', [], { consumerGroup: 'group', timeout: 10, order: false })
})
afterAll(() => emulator.close())

const STORE = '/logstores/store'
const SHARD = `${STORE}/shards/0`
const GROUP = `${STORE}/consumergroups/group`
const RANGE: Pairs = [
  ['from', '0'],
  ['to', '10'],
]

function ask(method: string, path: string, query: Pairs = [], value?: unknown, more: Record<string, string> = {}) {
  const body = value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value))
  const headers = { 'content-type': 'application/json', 'x-log-bodyrawsize': String(body.length), ...more }
  return sendSigned(emulator, { method, path, query, headers, body }, clock.now())
}

const without = (pairs: Pairs, name: string) => pairs.filter(([other]) => other !== name)
const search = (type: string, name: string) => (text: string) =>
  ask('GET', STORE, [['type', type], ...without(RANGE, name), [name, text]])

/** Every number that a call takes as a text. */
const IN_TEXT: Readonly<Record<string, (text: string) => ReturnType<typeof ask>>> = {
  'from of GetLogs': search('log', 'from'),
  'to of GetLogs': search('log', 'to'),
  'line of GetLogs': search('log', 'line'),
  'offset of GetLogs': search('log', 'offset'),
  'interval of GetHistograms': search('histogram', 'interval'),
  'back_lines of GetContextLogs': (text) =>
    ask('GET', STORE, [
      ['type', 'context_log'],
      ['pack_id', 'a'],
      ['pack_meta', '1|2'],
      ['back_lines', text],
    ]),
  'offset of ListLogstores': (text) => ask('GET', '/logstores', [['offset', text]]),
  'size of ListLogstores': (text) => ask('GET', '/logstores', [['size', text]]),
  'from of GetCursor': (text) =>
    ask('GET', SHARD, [
      ['type', 'cursor'],
      ['from', text],
    ]),
  'count of PullLogs': (text) =>
    ask('GET', SHARD, [
      ['type', 'log'],
      ['cursor', ''],
      ['count', text],
    ]),
  'shard of the path': (text) =>
    ask('GET', `${STORE}/shards/${encodeURIComponent(text)}`, [
      ['type', 'cursor'],
      ['from', 'end'],
    ]),
  'shard of GetCheckPoint': (text) => ask('GET', GROUP, [['shard', text]]),
  'shardCount of SplitShard': (text) =>
    ask('POST', SHARD, [
      ['action', 'split'],
      ['shardCount', text],
    ]),
  'x-log-bodyrawsize': (text) => ask('POST', STORE, [], { __logs__: [] }, { 'x-log-bodyrawsize': text }),
}

/** Every number that a call takes in JSON. */
const IN_JSON: Readonly<Record<string, (value: unknown) => ReturnType<typeof ask>>> = {
  'from of GetLogsV2': (value) => ask('POST', `${STORE}/logs`, [], { from: value, to: 10 }),
  'to of GetLogsV2': (value) => ask('POST', `${STORE}/logs`, [], { from: 0, to: value }),
  'line of GetLogsV2': (value) => ask('POST', `${STORE}/logs`, [], { from: 0, to: 10, line: value }),
  'offset of GetLogsV2': (value) => ask('POST', `${STORE}/logs`, [], { from: 0, to: 10, offset: value }),
  'ttl of CreateLogstore': (value) => ask('POST', '/logstores', [], { logstoreName: 'new', ttl: value }),
  'shardCount of CreateLogstore': (value) => ask('POST', '/logstores', [], { logstoreName: 'new', shardCount: value }),
  'hot_ttl of UpdateLogstore': (value) => ask('PUT', STORE, [], { hot_ttl: value }),
  'shardCount of UpdateLogstore': (value) => ask('PUT', STORE, [], { shardCount: value }),
  'timeout of CreateConsumerGroup': (value) =>
    ask('POST', `${STORE}/consumergroups`, [], { consumerGroup: 'new', timeout: value, order: false }),
  'timeout of UpdateConsumerGroup': (value) => ask('PUT', GROUP, [], { timeout: value }),
  'shard of UpdateCheckPoint': (value) =>
    ask('POST', GROUP, [['type', 'checkpoint']], { shard: value, checkpoint: 'MA==' }),
  'a shard of HeartBeat': (value) =>
    ask(
      'POST',
      GROUP,
      [
        ['type', 'heartbeat'],
        ['consumer', 'me'],
      ],
      [value],
    ),
  'time of a log': (value) => ask('POST', STORE, [], { __logs__: [{ __time__: value, a: 'b' }] }),
}

const NO_NUMBERS = [
  '0x10',
  '1e1',
  '+5',
  ' 5',
  '5 ',
  '05',
  '-0',
  '1.0',
  '5,5',
  '٥',
  'NaN',
  'Infinity',
  '99999999999999999999',
  'abc',
]

const REFUSED = expect.stringMatching(
  /^(ParameterInvalid|LogStoreInfoInvalid|ShardNotExist|PostBodyInvalid|InvalidBodyRawSize)$/,
)

test.each(Object.keys(IN_TEXT))('%s takes decimal digits alone', async (name) => {
  // A header has no other characters, and HTTP takes blanks around it away.
  const texts = name.startsWith('x-log-') ? NO_NUMBERS.filter((text) => /^[!-~]+$/.test(text)) : NO_NUMBERS
  for (const text of texts) {
    const { status, json } = await IN_TEXT[name]!(text)
    expect([text, status, json.errorCode]).toEqual([text, 400, REFUSED])
  }
})

test.each(Object.keys(IN_JSON))('%s takes numbers, or decimal digits as a text', async (name) => {
  const others = [...NO_NUMBERS, true, [5], ['5'], {}, 1.5, 1e300]
  for (const value of others) {
    const { status, json } = await IN_JSON[name]!(value)
    expect([value, status, json.errorCode]).toEqual([value, 400, REFUSED])
  }
})

test('a parameter that is given twice is refused, as nobody knows which value counts', async () => {
  const { status, json } = await ask('GET', STORE, [['type', 'log'], ...RANGE, ['line', '5'], ['line', '50']])
  expect([status, json.errorCode, json.errorMessage]).toEqual([
    400,
    'ParameterInvalid',
    'line is given twice in the query',
  ])
})

test('text and flags of a JSON body are no lists', async () => {
  for (const wrong of [{ topic: ['a'] }, { query: 5 }, { query: {} }, { reverse: ['true'] }, { reverse: 1 }]) {
    const { status, json } = await ask('POST', `${STORE}/logs`, [], { from: 0, to: 10, ...wrong })
    expect([wrong, status, json.errorCode]).toEqual([wrong, 400, 'ParameterInvalid'])
  }
})

test('flags are true or false', async () => {
  const save = (forceSuccess: string): Pairs => [
    ['type', 'checkpoint'],
    ['consumer', 'me'],
    ['forceSuccess', forceSuccess],
  ]
  const checkpoint = { shard: 0, checkpoint: 'MA==' }
  const refused = [
    ...['yes', 1, [true], {}].flatMap((order) => [
      ask('POST', `${STORE}/consumergroups`, [], { consumerGroup: 'new', timeout: 10, order }),
      ask('PUT', GROUP, [], { timeout: 10, order }),
    ]),
    ...['yes', '1'].map((forced) => ask('POST', GROUP, save(forced), checkpoint)),
  ]
  for (const { status, json } of await Promise.all(refused)) {
    expect([status, json.errorMessage]).toEqual([
      400,
      expect.stringMatching(/^(order|forceSuccess) must be true or false$/),
    ])
  }
  for (const forced of ['', 'True', 'true']) {
    expect((await ask('POST', GROUP, save(forced), checkpoint)).status).toBe(200)
  }
})

test('nothing of that has changed anything, and right numbers are taken in both forms', async () => {
  expect((await ask('GET', STORE)).json).toMatchObject({ hot_ttl: 0, ttl: 30, shardCount: 1 })
  expect((await ask('GET', '/logstores')).json.logstores).toEqual(['store'])
  for (const line of ['5', 5, '', null, 0]) {
    expect((await ask('POST', `${STORE}/logs`, [], { from: '0', to: 10, line, reverse: 'False' })).status).toBe(200)
  }
  for (const hot_ttl of [-1, '-1', 7]) expect((await ask('PUT', STORE, [], { hot_ttl })).status).toBe(200)
})

test('feeds of the console take decimal digits alone as well', async () => {
  const get = async (path: string, method = 'GET') => {
    const answer = await fetch(`${emulator.url}/console/api/${path}`, { method })
    await answer.body?.cancel()
    return answer.status
  }
  for (const wrong of ['0x1', '1e3', '-1', '%2B5', 'abc']) {
    expect([wrong, await get(`requests?after=${wrong}`)]).toEqual([wrong, 400])
    expect([wrong, await get(`throughput?after=${wrong}`)]).toEqual([wrong, 400])
    expect([wrong, await get(`search?project=${PROJECT}&logstore=store&count=${wrong}`)]).toEqual([wrong, 400])
    expect([wrong, await get(`rules/${wrong}`, 'DELETE')]).toEqual([wrong, 404])
  }
  expect(await get('requests?after=')).toBe(200)
})
