import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Deferred } from '../../src/core/deferred.ts'
import { DiskSpool } from '../../src/spool/disk-spool.ts'
import { ManualClock, settled } from '../support/manual-clock.ts'
import { DIRECTORY, Machine, record, textsIn } from './support/process.ts'
import { seeded } from './support/seeded.ts'

const slotsOf = (machine: Machine) =>
  new Set(machine.files.paths.map((path) => /slot-(\d+)/.exec(path)?.[1]).filter((slot) => slot !== undefined))

describe('slots of a spool directory', () => {
  test('each process has one of its own, and the first free one is taken again', async () => {
    const machine = new Machine()
    const [a, b] = [await machine.open(), await machine.open()]
    expect([...slotsOf(machine)]).toEqual(['0', '1'])
    await a.spool.close()
    const c = await machine.open()
    expect([...slotsOf(machine)]).toEqual(['0', '1'])
    await b.spool.close()
    await c.spool.close()
  })

  test('many that open at once get one each', async () => {
    const machine = new Machine()
    const all = await Promise.all(Array.from({ length: 8 }, () => machine.open()))
    expect(slotsOf(machine).size).toBe(8)
    await Promise.all(all.map(({ spool }, n) => spool.append(record(`r${n}`))))
    await Promise.all(all.map(({ spool }) => spool.close()))
    const { spool } = await machine.open()
    expect((await textsIn(spool)).sort()).toEqual(Array.from({ length: 8 }, (_, n) => `r${n}`))
    await spool.close()
  })

  test('what a dead one left goes to one that lives, at once, and only to one', async () => {
    const machine = new Machine()
    const recovered: number[] = []
    const listener = { onRecovered: ({ counts }: { counts: number }) => void recovered.push(counts) }
    const dead = await machine.open()
    const living = [
      await machine.open({ listener }),
      await machine.open({ listener }),
      await machine.open({ listener }),
    ]
    await dead.spool.append(record('left', { count: 5 }))
    dead.sockets.die()
    await machine.clock.advance(0)
    expect(recovered).toEqual([5])
    const texts = await Promise.all(living.map(({ spool }) => textsIn(spool)))
    expect(texts.flat()).toEqual(['left'])
    for (const { spool } of living) await spool.close()
  })

  test('also what one left that came last, to whom nobody came after', async () => {
    const machine = new Machine()
    const living = [await machine.open(), await machine.open()]
    const dead = await machine.open()
    await dead.spool.append(record('left'))
    dead.sockets.die()
    await machine.clock.advance(0)
    const texts = await Promise.all(living.map(({ spool }) => textsIn(spool)))
    expect(texts.flat()).toEqual(['left'])
    for (const { spool } of living) await spool.close()
  })

  test('in any order of coming and going, one alone that is left has all', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seeded(seed)
      const machine = new Machine()
      const alive: Awaited<ReturnType<Machine['open']>>[] = []
      let left = 0
      for (let step = 0; step < 12; step++) {
        if (alive.length < 2 || random() < 0.5) {
          const next = await machine.open()
          await next.spool.append(record(`r${left++}`))
          alive.push(next)
        } else {
          alive.splice(Math.floor(random() * alive.length), 1)[0]?.sockets.die()
          if (random() < 0.5) await machine.clock.advance(0)
        }
      }
      while (alive.length > 1) alive.splice(Math.floor(random() * alive.length), 1)[0]?.sockets.die()
      await machine.clock.advance(0)
      await settled()
      expect(alive[0]?.spool.stats().unsettled.records, `seed ${seed}`).toBe(left)
      await alive[0]?.spool.close()
    }
  })

  test('whoever is told of what a dead one left can take it in the same turn', async () => {
    const machine = new Machine()
    const dead = await machine.open()
    const taken: (string | undefined)[] = []
    const listener = { onRecovered: () => void taken.push(living.spool.take('g')?.group) }
    const living = await machine.open({ listener })
    await dead.spool.append(record('left'))
    dead.sockets.die()
    await machine.clock.advance(0)
    expect(taken).toEqual(['g'])
    await living.spool.close()
  })

  test('a slot that cannot be read when its owner dies is read later, counted once, and holds up no other', async () => {
    const machine = new Machine()
    const segmentBytes = 100
    const dead = [await machine.open({ segmentBytes }), await machine.open({ segmentBytes })]
    const { spool } = await machine.open()
    for (const [n, { spool }] of dead.entries()) for (const part of 'ab') await spool.append(record(`${n}${part}`))
    let reads = 0
    machine.files.fault = (operation, path) => {
      const isRead = operation === 'read' && path.endsWith('slot-0/00000002.segment')
      // After its header.
      return isRead && ++reads > 1 ? 'EIO' : undefined
    }
    for (const { sockets } of dead) sockets.die()
    await machine.clock.advance(0)
    expect(reads).toBeGreaterThan(1)
    expect(await textsIn(spool)).toEqual(['1a', '1b'])
    expect(spool.stats()).toMatchObject({ recovered: { records: 2 }, unsettled: { records: 2 } })
    machine.files.fault = () => undefined
    await machine.clock.advance(60_000)
    expect(await textsIn(spool)).toEqual(['0a', '0b'])
    expect(spool.stats()).toMatchObject({ recovered: { records: 4 }, unsettled: { records: 4 }, lost: { records: 0 } })
    await spool.close()
  })

  test('a slot that was emptied is free again', async () => {
    const machine = new Machine()
    const dead = await machine.open()
    await dead.spool.append(record('left'))
    const { spool } = await machine.open()
    dead.sockets.die()
    await machine.clock.advance(0)
    spool.settle(spool.take('g')?.id as number, 'delivered')
    await machine.clock.advance(0)
    const next = await machine.open({ slot: 0 })
    await next.spool.close()
    await spool.close()
  })

  test('is held by its socket alone where the card is gone: it is written again, and nothing has happened', async () => {
    const machine = new Machine()
    const { spool, sockets } = await machine.open()
    await spool.append(record('a'))
    machine.files.delete(`${DIRECTORY}/slot-0/owner.1`)
    const other = await machine.open()
    expect(await textsIn(other.spool)).toEqual([])
    await spool.append(record('b'))
    expect(machine.files.paths).toContain(`${DIRECTORY}/slot-0/owner.1`)
    expect(spool.stats()).toMatchObject({ unsettled: { records: 2 }, recovered: { records: 0 } })
    await other.spool.close()
    sockets.die()
    const next = await machine.open()
    expect(await textsIn(next.spool)).toEqual(['a', 'b'])
    await next.spool.close()
  })

  test("is another process's where all that says who owns it is gone, and that process took it", async () => {
    const machine = new Machine()
    const { spool } = await machine.open()
    await spool.append(record('a'))
    await spool.close()
    const second = await machine.open()
    for (const name of ['owner.2', 'owner.2.sock']) machine.files.delete(`${DIRECTORY}/slot-0/${name}`)
    const third = await machine.open()
    expect(await textsIn(third.spool)).toEqual(['a'])
    await second.spool.append(record('b'))
    await third.spool.append(record('c'))
    expect(second.spool.stats()).toMatchObject({ handedOver: { records: 1 }, unsettled: { records: 1 } })
    expect(third.spool.stats().unsettled.records).toBe(2)
    await second.spool.close()
    await third.spool.close()
    const last = await machine.open()
    expect((await textsIn(last.spool)).sort()).toEqual(['a', 'b', 'c'])
    await last.spool.close()
  })

  test('one that is fixed by name is locked while its owner lives', async () => {
    const machine = new Machine()
    const { spool, sockets } = await machine.open({ slot: 7 })
    await expect(machine.open({ slot: 7 })).rejects.toMatchObject({ code: 'ERR_LOGHUB_SPOOL_LOCKED', retriable: true })
    sockets.die()
    const next = await machine.open({ slot: 7 })
    await next.spool.close()
    void spool
  })

  test('of another machine on a network file system is dead when it has been still for a minute of our own time', async () => {
    const machine = new Machine()
    machine.files.local = false
    // The file by the name under which it was made.
    let card = ''
    machine.files.fault = (operation, path) => {
      if (operation === 'create' && path.endsWith('.draft')) card = path
      return undefined
    }
    const other = await machine.open()
    const ownCard = card
    machine.files.fault = () => undefined
    await other.spool.append(record('left'))
    machine.boot = 'another machine'
    const { spool } = await machine.open()
    // Its heart beats; clocks that jump mean nothing.
    await machine.clock.advance(100_000)
    machine.clock.jump(10 * 3600_000)
    await machine.clock.advance(20_000)
    expect([...spool.groups()]).toEqual([])
    machine.files.fault = (operation, path) => (operation === 'write' && path === ownCard ? 'EIO' : undefined)
    await machine.clock.advance(50_000)
    machine.clock.jump(-20 * 3600_000)
    expect([...spool.groups()]).toEqual([])
    await machine.clock.advance(40_000)
    expect(await textsIn(spool)).toEqual(['left'])
    machine.files.fault = () => undefined
    // It was taken for dead, and wakes: what it writes now is where it is found.
    const id = await other.spool.append(record('after'))
    expect(Buffer.from((await other.spool.read(id))?.body ?? []).toString()).toBe('after')
    expect(other.spool.stats()).toMatchObject({ handedOver: { records: 1 }, unsettled: { records: 1 } })
    await other.spool.close()
    await spool.close()
    const last = await machine.open()
    expect((await textsIn(last.spool)).sort()).toEqual(['after', 'left'])
    await last.spool.close()
  })

  test('of another machine that is only considered dead is not taken while the disk is full: that machine must find a card', async () => {
    const machine = new Machine()
    machine.files.local = false
    // The file by the name under which it was made.
    let card = ''
    machine.files.fault = (operation, path) => {
      if (operation === 'create' && path.endsWith('.draft')) card = path
      return undefined
    }
    const other = await machine.open()
    const otherCard = card
    await other.spool.append(record('left'))
    machine.boot = 'another machine'
    const { spool } = await machine.open()
    machine.files.fault = (operation) => (operation === 'write' || operation === 'create' ? 'ENOSPC' : undefined)
    await machine.clock.advance(120_000)
    expect([...spool.groups()]).toEqual([])
    machine.files.fault = (operation, path) => (operation === 'write' && path === otherCard ? 'EIO' : undefined)
    await machine.clock.advance(120_000)
    expect(await textsIn(spool)).toEqual(['left'])
    machine.files.fault = () => undefined
    await other.spool.append(record('after'))
    expect(other.spool.stats()).toMatchObject({ handedOver: { records: 1 }, unsettled: { records: 1 } })
    await other.spool.close()
    await spool.close()
  })

  test('on a local file system the owner of another boot is dead: the machine was started again', async () => {
    const machine = new Machine()
    const { spool } = await machine.open()
    await spool.append(record('left'))
    machine.boot = 'after the restart'
    const next = await machine.open()
    expect(await textsIn(next.spool)).toEqual(['left'])
    await next.spool.close()
  })

  test('of a newer release are left alone, and a directory of one is refused', async () => {
    const machine = new Machine()
    const first = await machine.open()
    await first.spool.append(record('newer'))
    await first.spool.close()
    const ledger = machine.files.contentOf(`${DIRECTORY}/slot-0/ledger`)
    const { crc32 } = await import('node:zlib')
    const newer = Buffer.from(ledger)
    newer.writeUInt16LE(2, 8)
    newer.writeUInt32LE(crc32(newer.subarray(0, 28)), 28)
    machine.files.overwrite(`${DIRECTORY}/slot-0/ledger`, newer)
    const { spool } = await machine.open()
    expect(await textsIn(spool)).toEqual([])
    await spool.close()
    expect(machine.files.contentOf(`${DIRECTORY}/slot-0/ledger`).equals(newer)).toBe(true)
    machine.files.overwrite(`${DIRECTORY}/format`, Buffer.from('loghub-spool 2\n'))
    await expect(machine.open()).rejects.toMatchObject({ code: 'ERR_LOGHUB_SPOOL_CORRUPT' })
  })

  test('an idle, empty spool has no timer and no segment', async () => {
    const machine = new Machine()
    const { spool } = await machine.open()
    const id = await spool.append(record('a'))
    spool.settle(id, 'delivered')
    await machine.clock.advance(2000)
    await settled()
    expect(machine.clock.timerCount).toBe(0)
    expect(machine.files.paths.filter((path) => /segment|settled/.test(path))).toEqual([])
    await spool.close()
  })
})

const CHILD = `
const { DiskSpool } = await import(process.env.SPOOL)
const spool = await DiskSpool.open({ directory: process.env.DIRECTORY })
await spool.append({ group: 'g', count: 1, timeMs: 0, body: Buffer.from('child') })
process.stdout.write('kept')
setInterval(() => {}, 1000)`

const WORKER = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData.spool).then(async ({ DiskSpool }) => {
  const spool = await DiskSpool.open({ directory: workerData.directory })
  await spool.append({ group: 'g', count: 1, timeMs: 0, body: Buffer.from('worker') })
  parentPort.postMessage('kept')
  setInterval(() => {}, 1000)
})`

describe('real processes and threads', () => {
  test('what the last that came left, when it is killed, goes to the one that was there before', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'owners-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const { BUILD_DIR } = await import('../support/build-once.ts')
    const { buildSpool } = await import('./support/build-spool.ts')
    const found = new Deferred<number>()
    const listener = { onRecovered: ({ records }: { records: number }) => found.resolve(records) }
    const living = await DiskSpool.open({ directory, listener })
    const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD], {
      env: { ...process.env, DIRECTORY: directory, SPOOL: await buildSpool(BUILD_DIR) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    expect(await found.promise).toBe(1)
    expect(await textsIn(living)).toEqual(['child'])
    await living.close()
  })

  test('a stopped owner is alive, a killed one is dead, and nobody has to clean up', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'owners-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const { BUILD_DIR } = await import('../support/build-once.ts')
    const { buildSpool } = await import('./support/build-spool.ts')
    const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD], {
      env: { ...process.env, DIRECTORY: directory, SPOOL: await buildSpool(BUILD_DIR) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGSTOP')
    const first = await DiskSpool.open({ directory })
    expect(await textsIn(first)).toEqual([])
    await first.close()
    child.kill('SIGKILL')
    await once(child, 'close')
    const second = await DiskSpool.open({ directory })
    expect(await textsIn(second)).toEqual(['child'])
    await second.close()
  })

  test('a worker thread has a slot of its own, and what it left when it was terminated goes to another', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'owners-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const { BUILD_DIR } = await import('../support/build-once.ts')
    const { buildSpool } = await import('./support/build-spool.ts')
    const spool = await DiskSpool.open({ directory })
    const worker = new Worker(WORKER, {
      eval: true,
      workerData: { directory, spool: await buildSpool(BUILD_DIR) },
    })
    await once(worker, 'message')
    expect(await textsIn(spool)).toEqual([])
    await worker.terminate()
    // Its socket is gone with the thread, as if somebody had removed it: it is dead when its file has been still for a minute.
    const clock = new ManualClock()
    const next = await DiskSpool.open({ directory, clock })
    const found: string[] = []
    const look = async () => {
      await clock.advance(10_000)
      found.push(...(await textsIn(next)))
      return found
    }
    await expect.poll(look, { timeout: 5000 }).toEqual(['worker'])
    expect(await textsIn(spool)).toEqual([])
    await next.close()
    await spool.close()
  })
})

describe('a slot that cannot be used', () => {
  test.each(['ENOTDIR', 'EISDIR', 'EACCES', 'ELOOP'])('(%s) is passed over: another does', async (code) => {
    for (const place of ['slot-0', 'slot-0/owner.1', 'slot-0/ledger', 'slot-0/00000001.segment']) {
      const machine = new Machine()
      const before = await machine.open()
      await before.spool.append(record('left'))
      before.sockets.die()
      machine.files.fault = (_, path) => (path.startsWith(`${DIRECTORY}/${place}`) ? code : undefined)
      const { spool } = await machine.open()
      await spool.append(record('new'))
      expect(spool.stats().unsettled.records, place).toBe(1)
      await spool.close()
      machine.files.fault = () => undefined
      const next = await machine.open()
      expect((await textsIn(next.spool)).sort(), place).toEqual(['left', 'new'])
      await next.spool.close()
    }
  })

  test('where none can, opening fails as the directory does', async () => {
    const machine = new Machine()
    machine.files.fault = (operation) => (operation === 'create' ? 'EACCES' : undefined)
    await expect(machine.open()).rejects.toMatchObject({ code: 'EACCES' })
  })
})
