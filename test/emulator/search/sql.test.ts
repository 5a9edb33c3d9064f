import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../src/emulator/index.ts'
import { splitQuery } from '../../../src/emulator/search/sql.ts'
import { completeStatement } from '../../../src/emulator/search/sql-statement.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { groupOf, sendSigned, write } from '../support/client.ts'

const clock = new ManualClock()
const start = Date.UTC(2026, 0, 1) / 1000
let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({ clock, autoCreate: true })
  const logs = Array.from({ length: 120 }, (_, i) => ({
    time: start + i * 30,
    contents: [
      ['status', i % 4 === 0 ? '500' : '200'],
      ['path', `/p${i % 3}`],
      ['code', i === 7 ? 'x' : `00${i % 10}`],
      ['a "name"', 'v'],
    ] as const,
  }))
  await sendSigned(emulator, write('store', groupOf(logs)), clock.now())
})
afterAll(() => emulator.close())

async function ask(query: string) {
  const parameters = { type: 'log', from: String(start), to: String(start + 3600), query }
  const reply = await sendSigned(emulator, { path: '/logstores/store', query: Object.entries(parameters) }, clock.now())
  return reply
}

describe('SQL behind |', () => {
  test.each([
    ['* | select count(*) as c', [{ c: '120' }]],
    ['status: 500 | select count(*) as c', [{ c: '30' }]],
    ['* | select count(1) as c from log where status >= 500', [{ c: '30' }]],
    [
      '* | select status, count(*) as c group by status order by c desc',
      [
        { status: '200', c: '90' },
        { status: '500', c: '30' },
      ],
    ],
    ['* | select path, avg(status) as a group by path order by path limit 1', [{ path: '/p0', a: '275' }]],
    ['* | select approx_distinct(path) as d, count_if(status = 500) as e', [{ d: '3', e: '30' }]],
    [
      "* | select date_trunc('hour', __time__) as t, count(*) as c group by t",
      [{ t: '2026-01-01 00:00:00.000', c: '120' }],
    ],
    [
      "* | select date_format(__time__, '%H:%i') as t, count(*) as c group by t order by t limit 2",
      [
        { t: '00:00', c: '2' },
        { t: '00:01', c: '2' },
      ],
    ],
    [
      '* | select __time__ - __time__ % 1800 as t, count(*) as c group by t order by t',
      [
        { t: String(start), c: '60' },
        { t: String(start + 1800), c: '60' },
      ],
    ],
    ['* | select max(code) as m where "a ""name""" = \'v\'', [{ m: 'x' }]],
    [`* | select code where __time__ = ${start}`, [{ code: '000' }]],
    ['* | select histogram(status) as h', [{ h: '{"200":90,"500":30}' }]],
    [
      "* | select histogram(date_trunc('hour', __time__ + 1800)) as h",
      [{ h: '{"2026-01-01 00:00:00.000":60,"2026-01-01 01:00:00.000":60}' }],
    ],
    [
      "* | select path, histogram(date_trunc('hour', __time__)) as h group by path order by path limit 1",
      [{ path: '/p0', h: '{"2026-01-01 00:00:00.000":40}' }],
    ],
    ['* | select histogram(null) as h', [{ h: '{}' }]],
    ["* | select sum(s) as s from (select status as s from log where path = '/p1')", [{ s: '11000' }]],
    ['* | select nothing_here is null as n from (select null as nothing_here)', [{ n: '1' }]],
  ])('%s', async (query, rows) => {
    expect((await ask(query)).json).toEqual(rows)
  })

  test('gives 100 rows where no limit is named, and says that it was SQL', async () => {
    const { json, headers } = await ask('* | select status')
    expect([json.length, headers['x-log-has-sql'], headers['x-log-progress']]).toEqual([100, 'true', 'Complete'])
    expect((await ask('* | select status limit 110')).json).toHaveLength(110)
  })

  test.each([
    ['* | select time_series(__time__) as t', /no such function: time_series/],
    ['* | select histogram(__time__, 60) as h', /wrong number of arguments to function histogram/],
    ['* | select nope', /no such column: nope/],
    ['* | select "nope"', /Column 'nope' cannot be resolved/],
    ['* | drop table log', /must be a select/],
    ['* | select 1; select 2', /one statement/],
    ['* | select count(* from log', /syntax error/],
    ["* | select date_trunc('eon', __time__) as t", /does not know the unit eon/],
  ])('refuses by name: %s', async (query, message) => {
    const { json } = await ask(query)
    expect([json.errorCode, json.errorMessage]).toEqual(['ParameterInvalid', expect.stringMatching(message)])
  })

  test('stops a statement that does not end', async () => {
    const { json } = await ask('* | with recursive n(i) as (select 1 union all select i from n) select count(*) from n')
    expect(json.errorMessage).toMatch(/took longer/)
  })
})

describe('a query with |', () => {
  test.each([
    ['a | select 1', 'a', 'select 1'],
    ['"a|b" and c', '"a|b" and c', undefined],
    ['"a|b" | select \'|\'', '"a|b"', "select '|'"],
    ['a', 'a', undefined],
  ])('%s', (query, search, statement) => {
    expect(splitQuery(query)).toEqual({ search, statement })
  })

  test('has its from where it belongs, not inside of what stands in brackets or quotations', () => {
    const text = (statement: string) => completeStatement(statement, new Set()).text
    expect(text("select (select 1 where 1) as a, 'where' as b where c")).toBe(
      "select (select 1 where 1) as a, 'where' as b from log where c",
    )
    expect(text('select 1')).toBe('select 1 from log')
    expect(text('select 1 /* where */ order by 1')).toBe('select 1 /* where */ from log order by 1')
  })
})
