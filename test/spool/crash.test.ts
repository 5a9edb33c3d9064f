import { describe, expect, test } from 'vitest'
import type { DiskSpool } from '../../src/spool/disk-spool.ts'
import type { FaultyFiles, Remains } from './support/faulty-files.ts'
import { DIRECTORY, Machine, record, takeAll } from './support/process.ts'

interface History {
  /** Reported to be on disk. */
  readonly durable: Set<string>
  readonly settled: Set<string>
  readonly offered: string[]
}

const SEGMENT_BYTES = 1200
const GROUPS = ['x', 'y']

/** Append, roll, settle out of order, rewrite, adopt, close. Bodies of several sectors, so that each can be torn. */
async function live(machine: Machine, history: History, durability: 'batch' | 'interval' = 'batch'): Promise<void> {
  const options = { segmentBytes: SEGMENT_BYTES, durability }
  const first = await machine.open(options)
  const ids = new Map<string, number>()
  const append = async (spool: DiskSpool, name: string) => {
    history.offered.push(name)
    const group = GROUPS[Number(name.slice(1)) % 2] as string
    ids.set(name, await spool.append(record(name.padEnd(300, '.'), { group, count: 2 })))
    if (durability === 'batch') history.durable.add(name)
  }
  const settle = (spool: DiskSpool, name: string) => {
    history.settled.add(name)
    spool.settle(ids.get(name) as number, 'delivered')
  }
  await Promise.all(['a0', 'a1', 'a2'].map((name) => append(first.spool, name)))
  await append(first.spool, 'a3')
  settle(first.spool, 'a2')
  await append(first.spool, 'a4')
  settle(first.spool, 'a0')
  settle(first.spool, 'a1')
  await first.spool.flush()
  // A second process dies; the first is still there and takes over what it left.
  const second = await machine.open(options)
  for (const name of ['b0', 'b1', 'b2', 'b3']) await append(second.spool, name)
  settle(second.spool, 'b1')
  await second.spool.flush()
  second.sockets.die()
  await machine.clock.advance(0)
  await append(first.spool, 'a5')
  settle(first.spool, 'a5')
  await first.spool.close()
}

function newHistory(): History {
  return { durable: new Set(), settled: new Set(), offered: [] }
}

/** Opens what is left, and holds it against what was promised. */
async function checkAfter(files: FaultyFiles, machine: Machine, history: History, what: string): Promise<void> {
  const { spool } = await machine.restarted(files).open({ segmentBytes: SEGMENT_BYTES })
  const found = await takeAll(spool)
  const names = found.map(({ text }) => text.slice(0, 2))
  const owed = [...history.durable].filter((name) => !history.settled.has(name))
  expect(
    owed.filter((name) => !names.includes(name)),
    `${what}: missing`,
  ).toEqual([])
  expect(
    names.filter((name) => !history.offered.includes(name)),
    `${what}: made up`,
  ).toEqual([])
  expect(new Set(names).size, `${what}: twice`).toBe(names.length)
  for (const group of GROUPS) {
    for (const process of 'ab') {
      const inOrder = found
        .filter((each) => each.group === group && each.text.startsWith(process))
        .map(({ text }) => text)
      expect(inOrder, `${what}: order`).toEqual([...inOrder].sort())
    }
  }
  // What is lost was never reported: nothing is told to be lost.
  expect(spool.stats().lost, `${what}: lost`).toEqual({ records: 0, counts: 0 })
  expect(spool.stats().unsettled.records).toBe(found.length)
  await spool.close()
  const again = await machine.restarted(files).open({ segmentBytes: SEGMENT_BYTES })
  expect((await takeAll(again.spool)).map(({ text }) => text.slice(0, 2)).sort(), `${what}: again`).toEqual(
    [...names].sort(),
  )
  await again.spool.close()
}

async function stoppedAfter(operations: number): Promise<{ machine: Machine; history: History }> {
  const machine = new Machine()
  machine.files.stopAfter = operations
  const history = newHistory()
  const ended = live(machine, history)
  const stopped = new Promise<void>((resolve) => {
    const look = () => (machine.files.isStopped ? resolve() : setImmediate(look))
    look()
  })
  await Promise.race([ended, stopped])
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  return { machine, history }
}

/** A generator of pseudo-random numbers that gives the same ones again. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

describe('a spool whose process or machine stops after any operation', () => {
  test('keeps all that was reported, makes nothing up, and gives nothing twice', async () => {
    const whole = new Machine()
    await live(whole, newHistory())
    const operations = whole.files.operations
    expect(operations).toBeGreaterThan(150)
    for (let stop = 1; stop <= operations; stop++) {
      const { machine, history } = await stoppedAfter(stop)
      const check = (remains: Remains, what: string) =>
        checkAfter(machine.files.crashed(remains), machine, history, `stopped after ${stop}, ${what}`)
      await check('all', 'process died')
      await check('nothing', 'nothing unsynced left')
      const sectors = machine.files.unsyncedSectors
      for (let torn = 0; torn <= sectors; torn++) await check({ sectors: torn }, `torn after ${torn} sectors`)
      const random = seeded(stop)
      for (let time = 0; time < 2; time++) await check({ chance: () => random() < 0.5 }, `reordered ${time}`)
    }
  }, 120_000)
})

test('a history that ends well leaves nothing but what is unsettled', async () => {
  const machine = new Machine()
  const history = newHistory()
  await live(machine, history)
  const { spool } = await machine.open()
  expect((await takeAll(spool)).map(({ text }) => text.slice(0, 2)).sort()).toEqual(['a3', 'a4', 'b0', 'b2', 'b3'])
  expect(machine.files.paths.filter((path) => path.startsWith(`${DIRECTORY}/slot-0`)).length).toBeGreaterThan(0)
  await spool.close()
})
