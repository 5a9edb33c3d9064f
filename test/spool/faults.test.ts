import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DiskSpool } from '../../src/spool/disk-spool.ts'
import type { Durability } from '../../src/spool/slot-context.ts'
import { settled } from '../support/manual-clock.ts'
import type { FaultyFiles } from './support/faulty-files.ts'
import { Machine, record, takeAll, textsIn } from './support/process.ts'
import { seeded } from './support/seeded.ts'

const OPTIONS = { segmentBytes: 1500 }

describe('a disk that fails', () => {
  test('a sync that fails once is never a success: the records are written to another segment', async () => {
    const machine = new Machine()
    const { spool } = await machine.open(OPTIONS)
    await spool.append(record('first'))
    let failures = 1
    machine.files.fault = (operation, path) => {
      return operation === 'sync' && path.endsWith('.segment') && failures-- > 0 ? 'EIO' : undefined
    }
    await spool.append(record('second'))
    const crashed = machine.files.crashed('nothing')
    const again = await machine.restarted(crashed).open(OPTIONS)
    expect((await textsIn(again.spool)).sort()).toEqual(['first', 'second'])
    expect(again.spool.stats().lost.records).toBe(0)
    await again.spool.close()
    await spool.close()
  })

  test('with durability interval what a failed sync leaves in doubt is written anew, and keeps its id', async () => {
    const machine = new Machine()
    const { spool } = await machine.open({ ...OPTIONS, durability: 'interval', syncIntervalMs: 200 })
    const ids = [await spool.append(record('a')), await spool.append(record('b'))]
    let failures = 1
    machine.files.fault = (operation, path) => {
      return operation === 'sync' && path.endsWith('1.segment') && failures-- > 0 ? 'EIO' : undefined
    }
    await machine.clock.advance(300)
    expect(failures).toBeLessThan(1)
    const again = await machine.restarted(machine.files.crashed('nothing')).open(OPTIONS)
    expect(await textsIn(again.spool)).toEqual(['a', 'b'])
    await again.spool.close()
    expect(Buffer.from((await spool.read(ids[1] as number))?.body ?? []).toString()).toBe('b')
    for (const id of ids) spool.settle(id, 'delivered')
    expect(spool.stats().unsettled.records).toBe(0)
    await spool.close()
  })

  test.each(['batch', 'interval', 'os'] as Durability[])(
    'ENOSPC and EIO at random: no false success, and it comes back by itself (durability %s)',
    async (durability) => {
      for (let seed = 1; seed <= 60; seed++) {
        const random = seeded(seed)
        const machine = new Machine()
        const { spool } = await machine.open({ ...OPTIONS, durability })
        const kept = new Map<string, number>()
        machine.files.fault = (operation) => {
          const isWriting = ['write', 'sync', 'create', 'truncate', 'rename', 'remove'].includes(operation)
          return isWriting && random() < 0.15 ? (random() < 0.5 ? 'ENOSPC' : 'EIO') : undefined
        }
        for (let n = 0; n < 25; n++) {
          const name = `n${n}`
          const id = await spool.append(record(name.padEnd(200, '.'))).catch((error) => {
            expect(error.code, `seed ${seed}`).toBe('ERR_LOGHUB_SPOOL_FULL')
            return undefined
          })
          if (id !== undefined) kept.set(name, id)
          const [oldest] = kept
          if (oldest !== undefined && random() < 0.3) {
            spool.settle(oldest[1], 'delivered')
            kept.delete(oldest[0])
          }
          await machine.clock.advance(random() < 0.2 ? 300 : 0)
        }
        machine.files.fault = () => undefined
        const last = await spool.append(record('last'))
        kept.set('last', last)
        await spool.flush()
        await settled()
        expect(spool.stats().unsettled.records, `seed ${seed}`).toBe(kept.size)
        for (const [name, id] of kept) {
          expect(Buffer.from((await spool.read(id))?.body ?? []).toString(), `seed ${seed}`).toMatch(
            new RegExp(`^${name}\\b`),
          )
        }
        // With `os` only the process may die, not the machine.
        const remains = durability === 'os' ? 'all' : 'nothing'
        const again = await machine.restarted(machine.files.crashed(remains)).open(OPTIONS)
        const names = (await takeAll(again.spool)).map(({ text }) => text.replaceAll('.', ''))
        expect(
          [...kept.keys()].filter((name) => !names.includes(name)),
          `seed ${seed}`,
        ).toEqual([])
        expect(again.spool.stats().lost.records, `seed ${seed}`).toBe(0)
        await again.spool.close()
        await spool.close()
      }
    },
  )
})

test('writes and syncs that fail while others are under way: what is reported is on disk, and what fails does not come back', async () => {
  let besideSyncs = 0
  let keptInAll = 0
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed)
    const machine = new Machine()
    const { spool } = await machine.open({ segmentBytes: 4000 })
    let syncs = 0
    machine.files.fault = (operation, path) => {
      if (!path.endsWith('.segment')) return undefined
      if (operation === 'sync') syncs++
      if (operation === 'synced') syncs--
      if (operation === 'write' && syncs > 0) besideSyncs++
      const isFailing = (operation === 'write' || operation === 'sync' || operation === 'truncate') && random() < 0.1
      if (isFailing && operation === 'sync') syncs--
      return isFailing ? (random() < 0.5 ? 'ENOSPC' : 'EIO') : undefined
    }
    const kept: string[] = []
    const appends: Promise<void>[] = []
    for (let n = 0; n < 40; n++) {
      const name = `n${String(n).padStart(2, '0')}`
      appends.push(
        spool.append(record(name.padEnd(200, '.'))).then(
          () => void kept.push(name),
          ({ code }) => expect(code).toBe('ERR_LOGHUB_SPOOL_FULL'),
        ),
      )
      for (let turn = Math.floor(random() * 15); turn > 0; turn--) await Promise.resolve()
    }
    await Promise.all(appends)
    machine.files.fault = () => undefined
    keptInAll += kept.length
    expect(kept, `seed ${seed}`).toEqual([...kept].sort())
    for (const remains of ['nothing', 'all', { sectors: 4 }, { chance: () => random() < 0.5 }] as const) {
      const again = await machine.restarted(machine.files.crashed(remains)).open()
      const found = (await textsIn(again.spool)).map((text) => text.slice(0, 3))
      // That a write was taken back may itself be lost with the power.
      const isExact = typeof remains === 'string'
      const wanted = isExact ? found : found.filter((name) => kept.includes(name))
      expect(wanted, `seed ${seed}, ${JSON.stringify(remains)}`).toEqual(kept)
      expect(new Set(found).size).toBe(found.length)
      expect(again.spool.stats().lost.records, `seed ${seed}`).toBe(0)
      await again.spool.close()
    }
    await spool.close()
  }
  expect(besideSyncs).toBeGreaterThan(30)
  expect(keptInAll).toBeGreaterThan(1000)
})

const mounted = mountSmallDisk('size=2m')
const withFewFiles = mountSmallDisk('size=2m,nr_inodes=4')

test.skipIf(mounted === undefined)(
  'a real disk that is full: appends are refused, and there is room again',
  async () => {
    const directory = join(mounted as string, 'spool')
    const spool = await DiskSpool.open({ directory, segmentBytes: 256 * 1024 })
    const ids: number[] = []
    let refused: { code?: string } | undefined
    const body = Buffer.alloc(50_000, 'x')
    for (let n = 0; n < 100 && refused === undefined; n++) {
      await spool.append(record('', { body })).then(
        (id) => ids.push(id),
        (error) => {
          refused = error
        },
      )
    }
    expect(refused).toMatchObject({ code: 'ERR_LOGHUB_SPOOL_FULL', retriable: true })
    expect(ids.length).toBeGreaterThan(10)
    for (const id of ids) expect((await spool.read(id))?.body.length).toBe(body.length)
    for (const id of ids) spool.settle(id, 'delivered')
    await expect
      .poll(() =>
        spool.append(record('', { body })).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    await spool.close()
  },
)

test.skipIf(mounted === undefined)(
  'a real disk that is full when the spool is opened: it is read by one process, and what it sends makes room',
  async () => {
    const directory = join(mounted as string, 'left')
    const before = await DiskSpool.open({ directory, segmentBytes: 256 * 1024 })
    const body = Buffer.alloc(50_000, 'x')
    const isKept = (spool: DiskSpool) =>
      spool.append(record('', { body })).then(
        () => true,
        () => false,
      )
    let kept = 0
    while (kept < 100 && (await isKept(before))) kept++
    await before.close()
    const ballast = openSync(join(mounted as string, 'ballast'), 'w')
    expect(() => {
      for (;;) writeSync(ballast, Buffer.alloc(4096))
    }).toThrow('ENOSPC')
    closeSync(ballast)
    const spool = await DiskSpool.open({ directory, segmentBytes: 256 * 1024 })
    const other = await DiskSpool.open({ directory, segmentBytes: 256 * 1024 })
    expect(other.stats().unsettled.records).toBe(0)
    await expect(spool.append(record('', { body }))).rejects.toMatchObject({ code: 'ERR_LOGHUB_SPOOL_FULL' })
    const all = await takeAll(spool)
    expect(all).toHaveLength(kept)
    for (const { id } of all) spool.settle(id, 'delivered')
    await expect.poll(() => isKept(spool)).toBe(true)
    await other.close()
    await spool.close()
    const after = await DiskSpool.open({ directory })
    expect(after.stats()).toMatchObject({ unsettled: { records: 1 }, lost: { records: 0 } })
    await after.close()
  },
)

test.skipIf(withFewFiles === undefined)(
  'a real disk with no room for a directory is full, and not "not there"',
  async () => {
    const { nodeFiles } = await import('../../src/spool/node-files.ts')
    const at = (name: string) => join(withFewFiles as string, name)
    await nodeFiles.makeDirectory(at('a/b'))
    await nodeFiles.makeDirectory(at('a/b'))
    await (await nodeFiles.create(at('file'))).close()
    await expect(nodeFiles.makeDirectory(at('c'))).rejects.toMatchObject({ code: 'ENOSPC' })
    await expect(nodeFiles.makeDirectory(at('file'))).rejects.toMatchObject({ code: 'EEXIST' })
  },
)

/** A tmpfs, if this process may mount one. */
function mountSmallDisk(options: string): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'spool-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' })
  } catch {
    rmSync(directory, { recursive: true })
    return undefined
  }
  afterAll(() => {
    execFileSync('umount', ['-l', directory], { stdio: 'ignore' })
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

describe('a settlement on a full disk', () => {
  const isSettled = (operation: string, path: string) => operation === 'write' && path.endsWith('.settled')

  test('is written by itself when there is room: after a restart nothing of it comes back', async () => {
    const machine = new Machine()
    const { spool } = await machine.open()
    const [id] = [await spool.append(record('a')), await spool.append(record('b'))]
    machine.files.fault = (operation, path) => (isSettled(operation, path) ? 'ENOSPC' : undefined)
    spool.settle(id, 'delivered')
    await machine.clock.advance(20_000)
    machine.files.fault = () => undefined
    // Nothing else is settled, nor appended.
    await machine.clock.advance(11_000)
    const next = await machine.restarted(machine.files.crashed('all')).open()
    expect(await textsIn(next.spool)).toEqual(['b'])
    await next.spool.close()
    await spool.close()
    expect(machine.clock.backgroundTimerCount).toBe(0)
  })

  test('and the segments that it makes free are removed by themselves, and the room is told', async () => {
    const machine = new Machine()
    let rooms = 0
    const { spool } = await machine.open({ ...OPTIONS, listener: { onRoom: () => rooms++ } })
    const ids: number[] = []
    for (let n = 0; n < 30; n++) ids.push(await spool.append(record(`${n}`.padEnd(200, '.'))))
    machine.files.fault = (operation, path) =>
      operation === 'write' && /ledger|settled/.test(path) ? 'ENOSPC' : undefined
    for (const id of ids) spool.settle(id, 'delivered')
    await machine.clock.advance(5_000)
    expect(rooms).toBe(0)
    machine.files.fault = () => undefined
    await machine.clock.advance(11_000)
    expect(rooms).toBeGreaterThan(0)
    expect(machine.files.paths.filter((path) => /segment|settled/.test(path))).toEqual([])
    expect(machine.clock.backgroundTimerCount).toBe(0)
    await spool.close()
  })

  test('is tried with a growing pause of ten seconds at most', async () => {
    const machine = new Machine()
    const { spool } = await machine.open()
    const ids = [await spool.append(record('a')), await spool.append(record('b'))]
    const triedAt: number[] = []
    machine.files.fault = (operation, path) => {
      if (!isSettled(operation, path)) return undefined
      triedAt.push(machine.clock.monotonicMs() / 1000)
      return 'ENOSPC'
    }
    spool.settle(ids[0] as number, 'delivered')
    await machine.clock.advance(46_000)
    expect(triedAt).toEqual([0, 1, 3, 7, 15, 25, 35, 45])
    await spool.close()
  })
})

test('where the disk has no room even for a note, what is settled is emptied first; a crash then counts nothing as lost', async () => {
  const machine = new Machine()
  const { spool } = await machine.open(OPTIONS)
  const ids: number[] = []
  for (let n = 0; n < 30; n++) ids.push(await spool.append(record(`${n}`.padEnd(200, '.'))))
  await spool.append(record('left'))
  let isFull = true
  const crashes: FaultyFiles[] = []
  machine.files.fault = (operation, path) => {
    if (operation === 'truncate') isFull = false
    if (operation !== 'write' || !path.includes('ledger')) return undefined
    if (!isFull) crashes.push(machine.files.crashed('all'))
    return isFull ? 'ENOSPC' : undefined
  }
  for (const id of ids) spool.settle(id, 'delivered')
  await machine.clock.advance(0)
  await settled()
  expect(spool.stats().bytes).toBeLessThan(3_000)
  expect(crashes.length).toBeGreaterThan(0)
  for (const files of crashes) {
    const next = await machine.restarted(files).open(OPTIONS)
    expect(await textsIn(next.spool)).toEqual(['left'])
    expect(next.spool.stats().lost.records).toBe(0)
    await next.spool.close()
  }
  await spool.close()
})
