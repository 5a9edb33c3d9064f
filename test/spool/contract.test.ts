import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DiskSpool } from '../../src/spool/disk-spool.ts'
import { MemorySpool } from '../../src/spool/memory-spool.ts'
import type { Spool } from '../../src/spool/spool.ts'
import { record } from './support/process.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true }))))

async function diskSpool(maxBytes: number): Promise<Spool> {
  const directory = await mkdtemp(join(tmpdir(), 'spool-'))
  made.push(directory)
  return DiskSpool.open({ directory, maxBytes, segmentBytes: 4096, shareOf: (group) => group.split('/')[0] as string })
}

const shareOf = (group: string) => group.split('/')[0] as string

describe.each<[string, (maxBytes: number) => Promise<Spool>]>([
  ['on disk', diskSpool],
  ['in memory', async (maxBytes) => new MemorySpool({ maxBytes, shareOf })],
])('a spool %s', (_, open) => {
  test('gives back what was appended, in the order of the group', async () => {
    const spool = await open(1e9)
    const appended = ['a', 'b', 'c'].map((text) => spool.append(record(text, { group: 'p/x', count: 2 })))
    const other = await spool.append(record('other', { group: 'p/y' }))
    for (const id of [...(await Promise.all(appended)), other]) spool.release(id)
    expect([...spool.groups()].sort()).toEqual(['p/x', 'p/y'])
    const texts: string[] = []
    for (let taken = spool.take('p/x'); taken !== undefined; taken = spool.take('p/x')) {
      expect(taken).toMatchObject({ group: 'p/x', count: 2, bodyBytes: 1, timeSeconds: 1_700_000_000 })
      const read = await spool.read(taken.id)
      expect(read).toMatchObject({ group: 'p/x', count: 2, timeMs: 1_700_000_000_000 })
      texts.push(Buffer.from(read?.body ?? []).toString())
    }
    expect(texts).toEqual(['a', 'b', 'c'])
    await spool.close()
  })

  test('gives a record to one at a time, and again when it is released', async () => {
    const spool = await open(1e9)
    const id = await spool.append(record('a'))
    expect(spool.take('g')).toBeUndefined()
    spool.release(id)
    const taken = spool.take('g')
    expect(taken?.id).toBe(id)
    expect(spool.take('g')).toBeUndefined()
    spool.release(id)
    expect(spool.take('g')?.id).toBe(id)
    await spool.close()
  })

  test('gives the oldest of a share that nobody has to make room, or nothing where they would make none', async () => {
    const spool = await open(1e9)
    const append = async (group: string, isReleased = true) => {
      const id = await spool.append(record('x'.repeat(1500), { group }))
      if (isReleased) spool.release(id)
      return id
    }
    await append('p/0', false)
    for (let n = 1; n <= 8; n++) await append(`p/${n}`)
    expect(spool.takeForRoom('q/x', 1)).toEqual([])
    expect(spool.takeForRoom('p/x', 100_000)).toEqual([])
    const taken = spool.takeForRoom('p/x', 2000)
    expect(taken.length).toBeGreaterThan(1)
    const names = taken.map(({ group }) => Number(group.slice(2)))
    expect(names[0]).toBeLessThan(4)
    expect(names).toEqual(names.map((_, at) => (names[0] as number) + at))
    // Whoever got them has them.
    expect(spool.take(taken[0]?.group as string)).toBeUndefined()
    await spool.close()
  })

  test('settles in any order, once', async () => {
    const spool = await open(1e9)
    const ids = await Promise.all(['0', '1', '2', '3', '4'].map((text) => spool.append(record(text, { count: 3 }))))
    for (const at of [2, 0, 2, 0]) spool.settle(ids[at] as number, 'delivered')
    expect(spool.stats()).toMatchObject({
      appends: 5,
      unsettled: { records: 3, counts: 9 },
      settled: { records: 2, counts: 6 },
    })
    expect(await spool.read(ids[0] as number)).toBeUndefined()
    for (const at of [4, 3, 1]) spool.settle(ids[at] as number, 'failed')
    expect(spool.stats()).toMatchObject({ unsettled: { records: 0, counts: 0 }, settled: { records: 5, counts: 15 } })
    expect([...spool.groups()]).toEqual([])
    await spool.close()
  })

  test('keeps books by share', async () => {
    const spool = await open(1e9)
    const id = await spool.append(record('four', { group: 'a/1', count: 7 }))
    await spool.append(record('six666', { group: 'b/1' }))
    expect(spool.stats().shares.get('a')).toEqual({ records: 1, counts: 7, bytes: 4 })
    expect(spool.stats().shares.get('b')).toEqual({ records: 1, counts: 1, bytes: 6 })
    spool.settle(id, 'dropped')
    expect([...spool.stats().shares.keys()]).toEqual(['b'])
    await spool.close()
  })

  test('says so when it is full, keeps nothing of what it refused, and has room again', async () => {
    const spool = await open(4096)
    const body = Buffer.alloc(1500)
    const ids = [await spool.append(record('', { body })), await spool.append(record('', { body }))]
    await expect(spool.append(record('', { body }))).rejects.toMatchObject({
      code: 'ERR_LOGHUB_SPOOL_FULL',
      retriable: true,
    })
    expect(spool.stats().unsettled.records).toBe(2)
    for (const id of ids) spool.settle(id, 'delivered')
    await spool.flush()
    await expect
      .poll(
        () =>
          spool.append(record('', { body })).then(
            () => true,
            () => false,
          ),
        { timeout: 5000 },
      )
      .toBe(true)
    await spool.close()
  })

  test('appends in one go at the end, beside others that are under way', async () => {
    const spool = await open(1e9)
    const underWay = spool.append(record('a'))
    const id = spool.appendSync(record('last'))
    expect(Buffer.from((await spool.read(id))?.body ?? []).toString()).toBe('last')
    await underWay
    expect(spool.stats().unsettled.records).toBe(2)
    await spool.close()
  })

  test('refuses appends once it is closed; to close twice is the same', async () => {
    const spool = await open(1e9)
    await spool.close()
    await spool.close()
    await expect(spool.append(record('a'))).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
  })

  test('tells the oldest', async () => {
    const spool = await open(1e9)
    expect(spool.stats().oldestAtMs).toBeUndefined()
    const first = await spool.append(record('a', { timeMs: 5_000_500 }))
    await spool.append(record('b', { timeMs: 9_000_000 }))
    expect(spool.stats().oldestAtMs).toBe(5_000_000)
    spool.settle(first, 'delivered')
    expect(spool.stats().oldestAtMs).toBe(9_000_000)
    await spool.close()
  })
})
