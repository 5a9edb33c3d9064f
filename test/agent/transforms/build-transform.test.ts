import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildTransform } from '../../../src/agent/transforms/build-transform.ts'
import type { TransformOptions } from '../../../src/agent/transforms/transform-options.ts'
import { InputCounters } from '../../../src/agent/write/input-counters.ts'
import type { Log } from '../../../src/sls/wire/log.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { temporaryFolder } from '../support/start-agent.ts'

async function pipeline(
  options: readonly TransformOptions[],
  { random = (): number => 0.5, baseDirectory = '/' } = {},
) {
  const clock = new ManualClock()
  const counters = new InputCounters()
  const transform = (await buildTransform(options, { clock, random, baseDirectory }))!
  const run = async (...contents: Log['contents'][]) => {
    const kept = await transform(
      contents.map((fields) => ({ contents: fields })),
      counters,
    )
    return kept.map((log) => log.contents)
  }
  return { run, clock, counters }
}

test('fields are added, renamed and dropped, in the order of the list', async () => {
  const { run } = await pipeline([
    { type: 'add', fields: { env: 'prod', a: 'new' } },
    { type: 'rename', fields: { a: 'b', toString: 'no' } },
    { type: 'drop-fields', fields: ['c'] },
  ])
  expect(
    await run({ a: 1, c: 2, d: 3 }, [
      ['a', 1],
      ['__proto__', 'kept'],
    ]),
  ).toEqual([
    { b: 'new', d: 3, env: 'prod' },
    Object.fromEntries([
      ['b', 'new'],
      ['__proto__', 'kept'],
      ['env', 'prod'],
    ]),
  ])
})

test('logs are kept or dropped by what they match, and counted', async () => {
  const { run, counters } = await pipeline([
    { type: 'drop', field: 'level', matches: '^debug$' },
    { type: 'keep', field: 'n', matches: '^[12]$' },
  ])
  expect(
    await run({ level: 'debug', n: 1 }, { level: 'info', n: 2 }, { level: 'info' }, { n: Buffer.from('1') }),
  ).toEqual([{ level: 'info', n: 2 }, { n: Buffer.from('1') }])
  expect(counters.filtered).toBe(2)
})

test('what must not be stored is replaced wherever it stands, also inside objects', async () => {
  const { run } = await pipeline([{ type: 'redact', pattern: '\\d{4}', with: '$1' }])
  expect(await run({ a: 'card 1234 5678', b: { c: '1234' }, d: true, e: null })).toEqual([
    { a: 'card $1 $1', b: '{"c":"$1"}', d: true, e: null },
  ])
  const only = await pipeline([{ type: 'redact', pattern: 'x', fields: ['a'] }])
  expect(await only.run({ a: 'x', b: 'x' })).toEqual([{ a: '***', b: 'x' }])
})

test('a throttle lets so many through for each key and period', async () => {
  const { run, clock } = await pipeline([{ type: 'throttle', key: 'k', limit: 2, periodMs: 1000 }])
  const burst = [
    { k: 'a', n: 1 },
    { k: 'a', n: 2 },
    { k: 'a', n: 3 },
    { k: 'b', n: 4 },
  ]
  expect((await run(...burst)).map((fields) => (fields as { n: number }).n)).toEqual([1, 2, 4])
  await clock.advance(1000)
  expect(await run({ k: 'a', n: 5 })).toHaveLength(1)
})

test('a sample keeps its part', async () => {
  let n = 0
  const { run } = await pipeline([{ type: 'sample', ratio: 0.25 }], { random: () => (n++ % 4) / 4 })
  expect(await run(...Array.from({ length: 100 }, () => ({ a: 1 })))).toHaveLength(25)
})

test("a module of the user's gives a log, several or nothing; a throw costs that log and is counted", async () => {
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, 'mine.mjs'),
    `export default async (log) => {
      const { n } = log.contents
      if (n === 1) return undefined
      if (n === 2) throw new Error('no')
      if (n === 3) return [log, { contents: { n: 33 } }]
      if (n === 4) return 7
      log.contents.seen = true
      return log
    }`,
  )
  const { run, counters } = await pipeline(
    [
      { type: 'module', module: 'mine.mjs' },
      { type: 'add', fields: { x: '' } },
    ],
    { baseDirectory: folder },
  )
  expect(await run(...[1, 2, 3, 4, 5].map((n) => ({ n })))).toEqual([
    { n: 3, x: '' },
    { n: 33, x: '' },
    { n: 5, seen: true, x: '' },
  ])
  expect(counters).toMatchObject({ filtered: 3, transformErrors: 2 })
})

test('a module that cannot be loaded, or has no function, is named', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'bad.mjs'), 'export default 7')
  await expect(pipeline([{ type: 'module', module: './none.mjs' }], { baseDirectory: folder })).rejects.toThrow(
    'none.mjs cannot be loaded',
  )
  await expect(pipeline([{ type: 'module', module: './bad.mjs' }], { baseDirectory: folder })).rejects.toThrow(
    'must have a function',
  )
})
