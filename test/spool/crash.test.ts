import { describe, expect, test } from 'vitest'
import { settled } from '../support/manual-clock.ts'
import {
  checkAllRemains,
  checkReordered,
  History,
  measured,
  type Script,
  stoppedAfter,
} from './support/crash-history.ts'
import { DIRECTORY, takeAll } from './support/process.ts'
import { randomScript } from './support/random-history.ts'
import { seeded } from './support/seeded.ts'

/** Histories of their own seeds, and how many stops there are from one that is looked at to the next: a proof looks at more. */
const SEEDS = Number(process.env.SPOOL_CRASH_SEEDS ?? 40)
const STEP = Number(process.env.SPOOL_CRASH_STEP ?? 5)
const FIRST_SEED = Number(process.env.SPOOL_CRASH_FIRST_SEED ?? 1)

/** Append, roll, settle out of order, adopt, close. */
const ordinary: Script = {
  options: { segmentBytes: 1200 },
  async run(history) {
    const first = await history.open()
    await Promise.all(['a000', 'a001', 'a002'].map((name) => history.append(first.spool, name)))
    await history.append(first.spool, 'a003')
    history.settle(first.spool, 'a002')
    await history.append(first.spool, 'a004')
    history.settle(first.spool, 'a000', 'a001')
    await first.spool.flush()
    // A second process dies; the first is still there and takes over what it left.
    const second = await history.open()
    for (const name of ['b000', 'b001', 'b002', 'b003']) await history.append(second.spool, name)
    history.settle(second.spool, 'b001')
    await second.spool.flush()
    second.sockets.die()
    await history.machine.clock.advance(0)
    await history.append(first.spool, 'a005')
    history.settle(first.spool, 'a005')
    await first.spool.close()
  },
}

/** Records that come while others are synced are written beside that, over a roll as well. */
const overlapping: Script = {
  options: { segmentBytes: 3000 },
  async run(history) {
    const { spool } = await history.open()
    const appends: Promise<void>[] = []
    for (let n = 0; n < 12; n++) {
      appends.push(history.append(spool, `a${String(n).padStart(3, '0')}`))
      for (let turn = 0; turn < 7; turn++) await Promise.resolve()
    }
    await Promise.all(appends)
    await spool.close()
  },
}

/** Segments of six records of which one or two are left: they are rewritten as one, while others are appended and settled. */
const rewriting: Script = {
  options: { segmentBytes: 2400 },
  async run(history, mark) {
    const { spool } = await history.open()
    const names = Array.from({ length: 14 }, (_, n) => `a${String(n).padStart(3, '0')}`)
    await Promise.all(names.map((name) => history.append(spool, name)))
    history.settle(spool, ...['a000', 'a001', 'a002', 'a003'])
    await spool.flush()
    mark()
    history.settle(spool, ...['a006', 'a007', 'a009', 'a010', 'a011'])
    await Promise.all([history.append(spool, 'a014'), history.append(spool, 'a015')])
    history.settle(spool, 'a008')
    await spool.flush()
    await spool.close()
  },
}

/** Sixteen processes die with one record each: their segments are merged by the next. */
const merging: Script = {
  options: { segmentBytes: 64 * 1024 },
  async run(history, mark) {
    for (let life = 0; life < 16; life++) {
      const { spool, sockets } = await history.open()
      await history.append(spool, `a${String(life).padStart(3, '0')}`)
      await spool.flush()
      sockets.die()
    }
    mark()
    const { spool } = await history.open()
    await history.takeAndSettle(spool, 'x')
    await history.append(spool, 'b000')
    await spool.flush()
    await spool.close()
  },
}

/** What a process left is taken over on a full disk: it is settled and makes room, and later there is room for everything. */
const full: Script = {
  options: { segmentBytes: 1200 },
  async run(history, mark) {
    const { files, clock } = history.machine
    const first = await history.open()
    for (const name of ['a000', 'a001', 'a002', 'a003', 'a004']) await history.append(first.spool, name)
    first.sockets.die()
    mark()
    files.fault = (operation) => (operation === 'write' || operation === 'create' ? 'ENOSPC' : undefined)
    const { spool } = await history.open()
    for (const group of ['x', 'y', 'x', 'y']) await history.takeAndSettle(spool, group)
    await clock.advance(3_000)
    files.fault = () => undefined
    await clock.advance(15_000)
    await history.append(spool, 'b000')
    await spool.close()
  },
}

async function checkEveryStop(script: Script, step = 1): Promise<void> {
  const { from, operations } = await measured(script)
  expect(operations - from).toBeGreaterThan(30)
  for (let stop = from; stop <= operations; stop += step) {
    await checkAllRemains(await stoppedAfter(script, stop), seeded(stop), `stopped after ${stop}`)
  }
}

describe('a spool whose process or machine stops after any operation keeps all that was reported, makes nothing up, and gives nothing twice', () => {
  test('while it appends, settles, adopts and closes', () => checkEveryStop(ordinary), 120_000)

  test('while it writes beside a sync', () => checkEveryStop(overlapping), 120_000)

  test('while it rewrites', () => checkEveryStop(rewriting), 120_000)

  test('while it merges what many short lives left', () => checkEveryStop(merging, STEP), 120_000)

  test('while the disk is full', () => checkEveryStop(full), 120_000)

  test(
    'in histories of any kind, with durability batch and interval',
    async () => {
      for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
        const { operations } = await measured(randomScript(seed))
        const random = seeded(seed)
        for (let time = 0; time < 3; time++) {
          const stop = 1 + Math.floor(random() * operations)
          const what = `seed ${seed}, stopped after ${stop}`
          await checkReordered(await stoppedAfter(randomScript(seed), stop), random, what)
        }
      }
    },
    30_000 + SEEDS * 500,
  )
})

test('a history that ends well leaves nothing but what is unsettled', async () => {
  const history = new History(ordinary.options)
  await ordinary.run(history, () => {})
  const { spool } = await history.open()
  const names = (await takeAll(spool)).map(({ text }) => text.slice(0, 4))
  expect(names.sort()).toEqual(['a003', 'a004', 'b000', 'b002', 'b003'])
  expect(history.machine.files.paths.filter((path) => path.startsWith(`${DIRECTORY}/slot-0`)).length).toBeGreaterThan(0)
  await spool.close()
})

test('segments of many short lives are merged: there are few of them, and all records in their order', async () => {
  const history = new History(merging.options)
  for (let life = 0; life < 100; life++) {
    const { spool, sockets } = await history.open()
    await history.append(spool, `a${String(life).padStart(3, '0')}`)
    await spool.flush()
    // It tidies in the background: what a dead process does must not go on.
    await settled()
    sockets.die()
  }
  const { spool } = await history.open()
  await spool.close()
  expect(history.machine.files.paths.filter((path) => path.endsWith('.segment')).length).toBeLessThan(20)
  const again = await history.open()
  const found = await takeAll(again.spool)
  for (const group of ['x', 'y']) {
    const texts = found.filter((each) => each.group === group).map(({ text }) => text)
    expect(texts.length).toBe(50)
    expect(texts).toEqual([...texts].sort())
  }
  await again.spool.close()
})
