import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SearchFindings, TailedLogs } from '../../src/emulator/console-search.ts'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { eventually, RawConnection, requestText } from '../server/support/raw-http.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, KEY, type Pairs, PROJECT, sendSigned, write } from './support/client.ts'

let clock: ManualClock
let emulator: Emulator

beforeEach(async () => {
  clock = new ManualClock()
  emulator = await startEmulator({ clock, autoCreate: true, credentials: KEY })
})
afterEach(() => emulator.close())

const put = (logs: readonly (readonly [time: number, contents: Pairs])[], fields = {}) => {
  const group = groupOf(
    logs.map(([time, contents]) => ({ time, contents })),
    fields,
  )
  return sendSigned(emulator, write('store', group), clock.now())
}
const at = (times: readonly number[], text = 'hello') => put(times.map((time) => [time, [['text', text]]]))

const pathOf = (feed: string, parameters: Readonly<Record<string, string | number>>) => {
  const named = Object.entries({ project: PROJECT, logstore: 'store', ...parameters })
  return `/console/api/${feed}?${named.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')}`
}
const search = async (parameters: Readonly<Record<string, string | number>> = {}) => {
  const answer = await fetch(`${emulator.url}${pathOf('search', parameters)}`)
  const text = await answer.text()
  if (answer.status !== 200) return { status: answer.status, error: JSON.parse(text).error, events: [] }
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data as string) as SearchFindings)
  return { status: 200, error: undefined, events }
}
const found = async (parameters: Readonly<Record<string, string | number>> = {}) =>
  (await search(parameters)).events.at(-1) as SearchFindings

describe('a search of the console', () => {
  test('gives the newest logs first, the count of all, and counts by time', async () => {
    await at([100, 103, 109])
    await at([101, 108])
    const { logs, matched, scanned, counts, state } = await found({ from: 100, to: 110, parts: 5, count: 3 })
    expect(logs?.map(({ time }) => time)).toEqual([109, 108, 103])
    expect({ matched, scanned, counts, state }).toEqual({
      matched: 5,
      scanned: 5,
      counts: [2, 1, 0, 0, 2],
      state: 'complete',
    })
  })

  test('looks at all times where none is named, and tells which these are', async () => {
    await at([5, 4_000_000_000])
    expect(await found({ parts: 2 })).toMatchObject({ range: { from: 5, to: 4_000_000_001 }, counts: [1, 1] })
  })

  test('of an empty logstore finds nothing', async () => {
    emulator.createProject(PROJECT)
    emulator.createLogstore({ project: PROJECT, logstore: 'store' })
    expect(await found()).toMatchObject({ logs: [], matched: 0, state: 'complete' })
  })

  test('counts the values of fields, those of the group behind those of the log', async () => {
    await put(
      [
        [1, [['level', 'info']]],
        [1, [['level', 'info']]],
        [1, [['level', 'error']]],
      ],
      { Topic: 'orders', LogTags: [{ Key: 'host', Value: 'a' }] },
    )
    const { fields, fieldLogs } = await found()
    expect(fieldLogs).toBe(3)
    expect(fields.map(({ name, logs, distinct, top }) => [name, logs, distinct, top])).toEqual([
      [
        'level',
        3,
        2,
        [
          ['info', 2],
          ['error', 1],
        ],
      ],
      ['__topic__', 3, 1, [['orders', 3]]],
      ['__tag__:host', 3, 1, [['a', 3]]],
    ])
  })

  test('shows fields as they were sent: twice the same key, and a key that objects know', async () => {
    await put([
      [
        1,
        [
          ['__proto__', 'a'],
          ['k', '1'],
          ['k', '2'],
        ],
      ],
    ])
    expect((await found()).logs?.[0]?.fields).toEqual([
      ['__proto__', 'a'],
      ['k', '1'],
      ['k', '2'],
    ])
  })

  test('cuts values and logs that are too long to be looked at, and says so', async () => {
    const long = 'x'.repeat(10_000)
    await put([[1, Array.from({ length: 20 }, (_, i) => [`key-${i}`, long] as const)]])
    const [log] = (await found()).logs ?? []
    expect(log?.fields[0]?.[1]).toMatch(/^x{4096}… \(10000 characters\)$/)
    expect([log?.fields.length, log?.cutFields]).toEqual([7, 13])
  })

  test('counts many logs without looking into each, and the same as when it looks', async () => {
    for (let i = 0; i < 30; i++) await at(Array.from({ length: 100 }, (_, j) => i * 100 + j))
    const range = { from: 0, to: 3000, parts: 30, count: 10 }
    const all = await found(range)
    const looked = await found({ ...range, query: 'hello' })
    expect(all).toMatchObject({ matched: 3000, scanned: 3000, counts: Array(30).fill(100), state: 'complete' })
    expect([looked.counts, looked.logs]).toEqual([all.counts, all.logs])
  })

  test('tells what it has found so far while it goes on, and sends the logs again only where they have changed', async () => {
    const contents: Pairs = [['text', 'x'.repeat(20_000)]]
    for (let i = 0; i < 20; i++)
      await put(Array.from({ length: 100 }, (_, j) => [1000 - i, [...contents, ['n', `${j}`]]]))
    // Each turn of the scan takes 200 ms of this clock.
    const real = clock.monotonicMs.bind(clock)
    let turns = 0
    clock.monotonicMs = () => real() + turns++ * 100
    const { events } = await search({ query: 'n >= 0', count: 1 })
    expect(events.length).toBeGreaterThan(1)
    expect(events.slice(0, -1).every(({ state }) => state === 'running')).toBe(true)
    expect(events.at(-1)).toMatchObject({ state: 'complete', matched: 2000 })
    expect(events[0]?.logs).toHaveLength(1)
  })

  test('refuses what cannot be looked for', async () => {
    await at([1])
    expect((await search({ query: '(a' })).error.message).toBe('the query has an unexpected end')
    expect((await search({ from: 5, to: 5 })).error.message).toBe('from must be before to')
    expect((await search({ from: 'x' })).error.message).toBe('from must be a whole number')
    expect((await search({ logstore: 'other' })).status).toBe(404)
    expect((await search({ query: '* | select 1' })).error.message).toContain('it does not run SQL')
  })
})

describe('the live tail of the console', () => {
  const tail = async (parameters: Readonly<Record<string, string>> = {}) => {
    const reader = await RawConnection.open(emulator.port)
    reader.write(requestText(`GET ${pathOf('tail', parameters)}`))
    await reader.until(/\r\n\r\n$/)
    return reader
  }
  const logsIn = (text: string) =>
    [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data as string) as TailedLogs)
  const look = () => clock.advance(250)

  test('shows what comes from now on and matches, also in a logstore that is not there yet', async () => {
    const reader = await tail({ query: 'text: wanted' })
    await look()
    await at([1, 2], 'wanted')
    await at([3], 'other')
    await look()
    const [event] = logsIn(await reader.until(/event: logs/))
    expect(event?.logs.map(({ time }) => time)).toEqual([1, 2])
  })

  test('leaves out what was there before', async () => {
    await at([1])
    const reader = await tail()
    await at([2])
    await look()
    expect(logsIn(await reader.until(/event: logs/))[0]?.logs.map(({ time }) => time)).toEqual([2])
  })

  test('shows the newest 25 of many at once, and counts the others', async () => {
    const reader = await tail()
    for (let i = 0; i < 3; i++) await at(Array.from({ length: 100 }, (_, j) => i * 100 + j))
    await look()
    const [event] = logsIn(await reader.until(/"skipped":275/))
    expect(event?.logs.map(({ time }) => time)).toEqual(Array.from({ length: 25 }, (_, j) => 275 + j))
  })

  test('ends with its reader, and no more than 20 read at once', async () => {
    const readers = await Promise.all(Array.from({ length: 20 }, () => tail()))
    const refused = () => fetch(`${emulator.url}${pathOf('tail', {})}`)
    expect((await refused()).status).toBe(503)
    for (const reader of readers) reader.socket.destroy()
    await eventually(() => emulator.stats().connections <= 1)
    const reader = await tail()
    reader.socket.destroy()
  })
})
