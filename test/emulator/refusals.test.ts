import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, PROJECT, sendSigned, write } from './support/client.ts'

const clock = new ManualClock()
let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({ clock, strict: true })
  emulator.createProject(PROJECT)
  emulator.createLogstore({ project: PROJECT, logstore: 'store', shards: 2 })
  emulator.createLogstore({ project: PROJECT, logstore: 'indexed', shards: 2 })
  await ask('POST', '/logstores/indexed/index', {}, { line: {} })
  await ask('POST', '/logstores/store/consumergroups', {}, { consumerGroup: 'group', timeout: 10, order: false })
})
afterAll(() => emulator.close())

function ask(method: string, path: string, query: Query = {}, value?: unknown) {
  const body = value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value))
  const headers = { 'content-type': 'application/json', 'x-log-bodyrawsize': String(body.length) }
  return sendSigned(emulator, { method, path, query: Object.entries(query), headers, body }, clock.now())
}

type Query = Readonly<Record<string, string>>
type Row = readonly [method: string, path: string, query: Query, body: unknown, code: string, message: string]

const STORE = '/logstores/store'
const INDEXED = '/logstores/indexed'
const GROUP = `${STORE}/consumergroups/group`
const search = { type: 'log', from: '0', to: '10' }
const long = 'x'.repeat(300)

/** Each call that a route can be asked and does not answer: what it says then. */
const ROWS: readonly Row[] = [
  ['GET', '/nothing/here', {}, undefined, 'InvalidMethod', 'invalid request method'],
  ['PATCH', STORE, {}, undefined, 'InvalidMethod', 'invalid request method'],
  ['GET', STORE, { type: 'meta' }, undefined, 'ParameterInvalid', 'is not imitated by the emulator'],

  ['POST', '/', {}, { projectName: 7 }, 'ParameterInvalid', 'projectName must be a text'],
  ['POST', '/', {}, { projectName: 'a b' }, 'ParameterInvalid', 'the project name a b is invalid'],
  ['POST', '/', {}, { projectName: PROJECT }, 'ProjectAlreadyExist', 'already exist'],
  ['POST', '/', {}, { projectName: 'other', description: 7 }, 'ParameterInvalid', 'description must be a text'],
  ['PUT', '/', {}, { description: long.repeat(100) }, 'ParameterInvalid', 'description must be a text of at most'],
  ['POST', '/', {}, [], 'PostBodyInvalid', 'is not a JSON object'],

  ['POST', '/logstores', {}, { logstoreName: 'A B' }, 'LogStoreInfoInvalid', 'logstore name A B is invalid'],
  ['POST', '/logstores', {}, { logstoreName: 'store' }, 'LogStoreAlreadyExist', 'already exists'],
  ['POST', '/logstores', {}, { logstoreName: 'new', ttl: 0 }, 'LogStoreInfoInvalid', 'ttl value is out of range'],
  [
    'POST',
    '/logstores',
    {},
    { logstoreName: 'new', shardCount: 0 },
    'LogStoreInfoInvalid',
    'shardCount is out of range',
  ],
  ['POST', '/logstores', {}, { logstoreName: 'new', appendMeta: 'x' }, 'LogStoreInfoInvalid', 'must be true or false'],
  ['PUT', STORE, {}, { logstoreName: 'store', shardCount: 3 }, 'ParameterInvalid', 'shardCount cannot be changed'],
  ['GET', '/logstores/none', {}, undefined, 'LogStoreNotExist', 'logstore none does not exist'],
  ['DELETE', '/logstores/none', {}, undefined, 'LogStoreNotExist', 'logstore none does not exist'],
  ['GET', '/logstores', { offset: 'x' }, undefined, 'ParameterInvalid', 'offset must be a number'],

  ['GET', `${STORE}/index`, {}, undefined, 'IndexConfigNotExist', 'without index config'],
  ['POST', `${INDEXED}/index`, {}, {}, 'IndexAlreadyExist', 'has an index config already'],
  ['PUT', `${INDEXED}/index`, {}, { keys: long.repeat(1000) }, 'ParameterInvalid', 'the index config is longer than'],

  ['GET', `${STORE}/shards/9`, { type: 'log' }, undefined, 'ShardNotExist', 'shard 9 does not exist'],
  ['GET', `${STORE}/shards/x`, { type: 'log' }, undefined, 'ShardNotExist', 'shard x does not exist'],
  [
    'POST',
    `${STORE}/shards/0`,
    { action: 'split', shardCount: 'x' },
    undefined,
    'ParameterInvalid',
    'shardCount must be a number',
  ],
  [
    'POST',
    `${STORE}/shards/0`,
    { action: 'split', shardCount: '65' },
    undefined,
    'ParameterInvalid',
    'shardCount must be 2 to',
  ],
  [
    'POST',
    `${STORE}/shards/0`,
    { action: 'split', shardCount: '3', key: '1' },
    undefined,
    'ParameterInvalid',
    'a shard is split at a key, or into shardCount parts',
  ],
  [
    'POST',
    `${STORE}/shards/0`,
    { action: 'split', key: 'x' },
    undefined,
    'ParameterInvalid',
    'key must be up to 32 hex digits',
  ],
  [
    'POST',
    `${STORE}/shards/0`,
    { action: 'split', key: '0' },
    undefined,
    'ParameterInvalid',
    'the key must lie inside shard 0',
  ],
  ['POST', `${STORE}/shards/1`, { action: 'merge' }, undefined, 'ParameterInvalid', 'shard 1 has no right neighbour'],

  [
    'GET',
    `${STORE}/shards/0`,
    { type: 'cursor', from: 'later' },
    undefined,
    'ParameterInvalid',
    'from must be begin, end or epoch seconds',
  ],
  [
    'GET',
    `${STORE}/shards/0`,
    { type: 'log', cursor: 'MA==', count: '0' },
    undefined,
    'ParameterInvalid',
    'count must be 1 to 1000',
  ],
  [
    'GET',
    `${STORE}/shards/0`,
    { type: 'log', cursor: 'MA==', count: 'x' },
    undefined,
    'ParameterInvalid',
    'count must be a number',
  ],
  ['GET', `${STORE}/shards/0`, { type: 'log', cursor: '!' }, undefined, 'InvalidCursor', 'is invalid'],
  [
    'GET',
    `${STORE}/shards/0`,
    { type: 'log', cursor: 'OTk5OTk=' },
    undefined,
    'InvalidCursor',
    'is not one of shard 0',
  ],
  [
    'GET',
    `${STORE}/shards/0`,
    { type: 'log', cursor: 'MA==', query: '* | project x' },
    undefined,
    'ParameterInvalid',
    "query of PullLogs is imitated as '*' and '* | where CONDITION' alone",
  ],
  [
    'GET',
    `${STORE}/shards/0`,
    { type: 'log', cursor: 'MA==', processor: 'p' },
    undefined,
    'ParameterInvalid',
    'processor of PullLogs is not imitated',
  ],
  [
    'GET',
    `${STORE}/shards/0`,
    { type: 'log', cursor: 'MA==', pullMode: 'scan_on_stream' },
    undefined,
    'ParameterInvalid',
    'pullMode of PullLogs is not imitated',
  ],

  ['GET', STORE, search, undefined, 'IndexConfigNotExist', 'logstore store without index config'],
  ['GET', INDEXED, { ...search, from: 'x' }, undefined, 'ParameterInvalid', 'from must be a whole number'],
  ['GET', INDEXED, { type: 'log', from: '0' }, undefined, 'ParameterInvalid', 'to must be a whole number'],
  ['GET', INDEXED, { ...search, from: '11' }, undefined, 'ParameterInvalid', 'from must not be after to'],
  ['GET', INDEXED, { ...search, offset: '100001' }, undefined, 'ParameterInvalid', 'offset must not be larger than'],
  ['GET', INDEXED, { ...search, reverse: 'yes' }, undefined, 'ParameterInvalid', 'reverse must be true or false'],
  ['GET', INDEXED, { ...search, query: '"open' }, undefined, 'ParameterInvalid', 'the query ends inside a quotation'],
  ['GET', INDEXED, { ...search, query: 'a and' }, undefined, 'ParameterInvalid', 'the query has an unexpected'],
  ['GET', INDEXED, { ...search, query: 'a > b' }, undefined, 'ParameterInvalid', 'can only be compared with a number'],
  [
    'GET',
    INDEXED,
    { ...search, query: '('.repeat(500) },
    undefined,
    'ParameterInvalid',
    'the query is nested too deeply',
  ],
  [
    'GET',
    INDEXED,
    { ...search, query: '* | drop table log' },
    undefined,
    'ParameterInvalid',
    'SQL behind | must be a select',
  ],
  ['POST', `${INDEXED}/logs`, {}, { from: 0, to: 'x' }, 'ParameterInvalid', 'to must be a whole number'],
  [
    'GET',
    INDEXED,
    { type: 'histogram', from: '0', to: '4294967295', interval: '1' },
    undefined,
    'ParameterInvalid',
    'interval is too small for this range',
  ],
  [
    'GET',
    INDEXED,
    { type: 'context_log', pack_id: 'a' },
    undefined,
    'ParameterInvalid',
    'pack_id and pack_meta must be',
  ],
  [
    'GET',
    INDEXED,
    { type: 'context_log', pack_id: 'a', pack_meta: '1|2' },
    undefined,
    'ParameterInvalid',
    'back_lines or forward_lines must be given',
  ],

  [
    'POST',
    `${STORE}/consumergroups`,
    {},
    { consumerGroup: 'a b', timeout: 1 },
    'ParameterInvalid',
    'consumerGroup must be a name',
  ],
  [
    'POST',
    `${STORE}/consumergroups`,
    {},
    { consumerGroup: 'new', timeout: 0 },
    'ParameterInvalid',
    'timeout must be 1 to',
  ],
  [
    'POST',
    `${STORE}/consumergroups`,
    {},
    { consumerGroup: 'group', timeout: 1 },
    'ConsumerGroupAlreadyExist',
    'consumer group group already exists',
  ],
  [
    'PUT',
    `${STORE}/consumergroups/none`,
    {},
    { timeout: 1 },
    'ConsumerGroupNotExist',
    'consumer group none does not exist',
  ],
  [
    'DELETE',
    `${STORE}/consumergroups/none`,
    {},
    undefined,
    'ConsumerGroupNotExist',
    'consumer group none does not exist',
  ],
  ['GET', `${STORE}/consumergroups/none`, {}, undefined, 'ConsumerGroupNotExist', 'consumer group none does not exist'],
  ['GET', GROUP, { shard: '9' }, undefined, 'ShardNotExist', 'shard 9 does not exist'],
  ['POST', GROUP, { type: 'heartbeat', consumer: 'me' }, {}, 'PostBodyInvalid', 'a heartbeat is a list of shard ids'],
  [
    'POST',
    GROUP,
    { type: 'heartbeat', consumer: 'a b' },
    [],
    'ParameterInvalid',
    'consumer must be a name without blanks',
  ],
  [
    'POST',
    GROUP,
    { type: 'checkpoint', consumer: 'me' },
    { shard: 0, checkpoint: 7 },
    'ParameterInvalid',
    'checkpoint must be a text',
  ],
  [
    'POST',
    GROUP,
    { type: 'checkpoint', consumer: 'me' },
    { shard: 0, checkpoint: long.repeat(20) },
    'ParameterInvalid',
    'the checkpoint is too long',
  ],
  [
    'POST',
    GROUP,
    { type: 'checkpoint', consumer: 'me', forceSuccess: 'false' },
    { shard: 0, checkpoint: 'MTIz' },
    'ConsumerNotMatch',
    'consumer me does not hold shard 0',
  ],

  [
    'POST',
    '/tag',
    {},
    { resourceType: 'dashboard', resourceId: [PROJECT], tags: [] },
    'ParameterInvalid',
    'the emulator keeps tags of projects alone',
  ],
  [
    'POST',
    '/tag',
    {},
    { resourceType: 'project', resourceId: [PROJECT], tags: 7 },
    'ParameterInvalid',
    'tags, resourceId must be lists',
  ],
  [
    'POST',
    '/tag',
    {},
    { resourceType: 'project', resourceId: [PROJECT], tags: [{ key: '', value: '' }] },
    'ParameterInvalid',
    'a tag has a key and a value of at most',
  ],
  [
    'POST',
    '/untag',
    {},
    { resourceType: 'project', resourceId: ['none'] },
    'ProjectNotExist',
    'The Project does not exist',
  ],
  ['POST', '/dashboards', {}, {}, 'ParameterInvalid', 'dashboards are not imitated by the emulator'],
  ['POST', `${STORE}/track`, {}, { __logs__: [] }, 'Unauthorized', 'logstore store does not enable web tracking'],
  [
    'POST',
    `${STORE}/shards/route`,
    { key: 'x' },
    { __logs__: [] },
    'ParameterInvalid',
    'key must be up to 32 hex digits',
  ],
]

describe('what a route does not answer it refuses', () => {
  test.each(ROWS)('%s %s %j', async (method, path, query, body, code, message) => {
    const { json, status } = await ask(method, path, query, body)
    expect([json.errorCode, json.errorMessage]).toEqual([code, expect.stringContaining(message)])
    expect(status).toBeGreaterThanOrEqual(400)
  })

  test('and nothing of it has changed anything', async () => {
    expect((await ask('GET', '/logstores')).json.logstores.sort()).toEqual(['indexed', 'store'])
    expect((await ask('GET', `${STORE}/shards`)).json).toHaveLength(2)
    expect((await ask('GET', `${STORE}/consumergroups`)).json).toEqual([{ name: 'group', timeout: 10, order: false }])
    expect((await ask('GET', '/tags', { resourceId: PROJECT })).json.tagResources).toEqual([])
    const group = groupOf([{ time: Math.floor(clock.now() / 1000), contents: [['k', 'v']] }])
    expect((await sendSigned(emulator, write('store', group), clock.now())).status).toBe(200)
  })
})

// Refused only with quotas that a script sets, with searches that overlap, or with what other tests fill up.
const ELSEWHERE = [
  'too many searches at once',
  'a log is refused by the script',
  'Project write quota exceed',
  'shard write quota exceed',
]

test('there is a call above for each refusal in the routes', () => {
  const folder = resolve(import.meta.dirname, '../../src/emulator/routes')
  const texts = readdirSync(folder).flatMap((file) => {
    const found = readFileSync(resolve(folder, file), 'utf8').matchAll(/refusal\(\s*'\w+',\s*(?:'([^']*)'|`([^`]*)`)/g)
    return [...found].map(([, plain, template]) => plain ?? (template as string))
  })
  expect(texts.length).toBeGreaterThan(25)
  const messages = [...ROWS.map(([, , , , , message]) => message), ...ELSEWHERE]
  // Of a template, any of its fixed parts.
  const partsOf = (text: string) => text.split(/\$\{[^}]*\}/).filter((part) => part.trim().length > 5)
  const untold = texts.filter(
    (text) => !partsOf(text).some((part) => messages.some((m) => part.includes(m) || m.includes(part.trim()))),
  )
  expect(untold).toEqual([])
})
