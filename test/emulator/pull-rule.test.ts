import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { decodeLogGroup } from '../../src/emulator/wire/log-group.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, PROJECT, sendSigned, write } from './support/client.ts'

const clock = new ManualClock()
const SHARD = '/logstores/store/shards/0'
let emulator: Emulator

beforeEach(async () => {
  emulator = await startEmulator({ clock })
  emulator.createProject(PROJECT)
  emulator.createLogstore({ project: PROJECT, logstore: 'store', shards: 1 })
})
afterEach(() => emulator.close())

const log = (level: string, ms: number) =>
  ({
    time: 100,
    nanoseconds: 7,
    contents: [
      ['level', level],
      ['ms', String(ms)],
    ],
  }) as const
const put = (body: Buffer) => sendSigned(emulator, write('store', body), clock.now())

async function pull(query: string, more: Readonly<Record<string, string>> = {}) {
  const cursor = await sendSigned(
    emulator,
    {
      path: SHARD,
      query: [
        ['type', 'cursor'],
        ['from', 'begin'],
      ],
    },
    clock.now(),
  )
  const parameters = { type: 'logs', cursor: cursor.json.cursor as string, count: '100', query, ...more }
  return sendSigned(emulator, { path: SHARD, query: Object.entries(parameters) }, clock.now())
}

/** The groups of a LogGroupList whose lengths take one byte each. */
function groupsIn(body: Buffer) {
  const groups = []
  for (let at = 0; at < body.length; ) {
    const end = at + 2 + (body[at + 1] as number)
    groups.push(decodeLogGroup(body.subarray(at + 2, end)))
    at = end
  }
  return groups
}

const levels = (body: Buffer) =>
  groupsIn(body).map(({ Logs }) => Logs.map(({ Contents }) => Buffer.from(Contents[0]?.Value ?? []).toString()))

describe('a pull with a query', () => {
  beforeEach(async () => {
    await put(
      groupOf([log('info', 5), log('error', 100)], { Topic: 't', Source: 's', LogTags: [{ Key: 'k', Value: 'v' }] }),
    )
    await put(groupOf([log('info', 20)]))
    await put(groupOf([log('error', 9)]))
  })

  test.each([
    ['*', [['info', 'error'], ['info'], ['error']]],
    ["* | where level = 'error'", [['error'], ['error']]],
    ['* | where cast(ms as bigint) >= 20', [['error'], ['info']]],
    ["* | WHERE level = 'info' and __topic__ = 't'", [['info']]],
    ["* | where regexp_like(level, '^e') or ms = 20", [['error'], ['info'], ['error']]],
    ["* | where level = 'a|b'", []],
    ["* | where level = 'none'", []],
    ['* | where missing = 1', []],
    ["* | where LEVEL = 'error' AND Ms = 9", [['error']]],
    ['* | where "mis sing" is null and true and ms = 9', [['error']]],
  ])('%s', async (query, expected) => {
    const { body, headers } = await pull(query, { pullMode: 'scan_on_stream' })
    expect(levels(body)).toEqual(expected)
    expect(headers).toMatchObject({
      'x-log-count': String(expected.length),
      'x-log-bodyrawsize': String(body.length),
      'x-log-rawdatacount': '3',
      'x-log-rawdatalines': '4',
      'x-log-resultlines': String(expected.flat().length),
    })
  })

  test('goes on behind all that it looked at, whatever is left of it', async () => {
    const { headers } = await pull("* | where level = 'none'")
    const all = await pull('')
    expect(headers['x-log-cursor']).toBe(all.headers['x-log-cursor'])
    expect(all.headers['x-log-rawdatacount']).toBeUndefined()
  })

  test('keeps topic, source, tags and nanoseconds of a group of which logs are left out', async () => {
    const [group] = groupsIn((await pull('* | where ms = 100')).body)
    expect(group).toMatchObject({ Topic: 't', Source: 's', LogTags: [{ Key: 'k', Value: 'v' }] })
    expect(group?.Logs).toMatchObject([{ Time: 100, TimeNs: 7 }])
  })

  test.each([
    ['level: error', /got level: error/],
    ["level: error | where level = 'error'", /alone: got/],
    ['* | project level', /alone: got/],
    ["* | where level = 'error' | project level", /SQL: /],
    ['* | where nofunction(level)', /no such function: nofunction/],
    ['* | where', /alone: got/],
    ['* | where 1; drop table log', /one statement/],
  ])('is refused where it asks for more than that: %s', async (query, message) => {
    const { json } = await pull(query)
    expect([json.errorCode, json.errorMessage]).toEqual(['ParameterInvalid', expect.stringMatching(message)])
  })
})

test('where there is nothing to pull, a rule is answered with nothing', async () => {
  const { body, headers } = await pull("* | where level = 'error'")
  expect([body.length, headers['x-log-count'], headers['x-log-rawdatalines']]).toEqual([0, '0', '0'])
})
