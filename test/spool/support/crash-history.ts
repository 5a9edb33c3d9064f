import { expect } from 'vitest'
import type { DiskSpool } from '../../../src/spool/disk-spool.ts'
import type { SpoolOptions } from '../../../src/spool/options.ts'
import type { FaultyFiles, Remains } from './faulty-files.ts'
import { Machine, record, takeAll } from './process.ts'

const GROUPS = ['x', 'y']
const NAME_LENGTH = 4

export type Options = Pick<SpoolOptions, 'segmentBytes' | 'durability'>

/** What processes did to a spool on one machine, and what they were promised. A record is named for its process: `a001`. */
export class History {
  readonly machine = new Machine()
  readonly options: Options
  readonly durable = new Set<string>()
  readonly settled = new Set<string>()
  readonly offered: string[] = []
  readonly #ids = new Map<string, number>()

  constructor(options: Options) {
    this.options = options
  }

  open() {
    return this.machine.open(this.options)
  }

  /** Bodies of more than a sector, so that each can be torn. */
  async append(spool: DiskSpool, name: string): Promise<void> {
    this.offered.push(name)
    const group = GROUPS[Number(name.slice(1)) % 2] as string
    this.#ids.set(name, await spool.append(record(name.padEnd(300, '.'), { group, count: 2 })))
    if (this.options.durability !== 'interval') this.durable.add(name)
  }

  /** With durability `interval` what was appended before is on disk now. */
  async flush(spool: DiskSpool, process: string): Promise<void> {
    const appended = [...this.#ids.keys()].filter((name) => name.startsWith(process))
    await spool.flush()
    for (const name of appended) this.durable.add(name)
  }

  settle(spool: DiskSpool, ...names: string[]): void {
    for (const name of names) {
      this.settled.add(name)
      spool.settle(this.#ids.get(name) as number, 'delivered')
    }
  }

  unsettledOf(process: string): string[] {
    return [...this.#ids.keys()].filter((name) => name.startsWith(process) && !this.settled.has(name))
  }

  /** What is taken from the disk is settled by whoever took it. */
  async takeAndSettle(spool: DiskSpool, group: string): Promise<void> {
    const taken = spool.take(group)
    if (taken === undefined) return
    const read = await spool.read(taken.id)
    if (read === undefined) return
    this.settled.add(nameOf(Buffer.from(read.body).toString()))
    spool.settle(taken.id, 'delivered')
  }
}

/** A history, and what of it is looked at: from the operation that `mark` was called at on. */
export interface Script {
  readonly options: Options
  run(history: History, mark: () => void): Promise<void>
}

/** The first operation that matters, and how many there are. */
export async function measured(script: Script): Promise<{ from: number; operations: number }> {
  const history = new History(script.options)
  let from = 1
  await script.run(history, () => {
    from = history.machine.files.operations + 1
  })
  return { from, operations: history.machine.files.operations }
}

export async function stoppedAfter(script: Script, operations: number): Promise<History> {
  const history = new History(script.options)
  const { files } = history.machine
  files.stopAfter = operations
  const ended = script.run(history, () => {})
  const stopped = new Promise<void>((resolve) => {
    const look = () => (files.isStopped ? resolve() : setImmediate(look))
    look()
  })
  await Promise.race([ended, stopped])
  files.stopAfter = Math.min(operations, files.operations)
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  return history
}

/** Every way in which a crash can leave the disk: only the process died, or what was not synced is lost, torn, reordered. */
export async function checkAllRemains(history: History, random: () => number, what: string): Promise<void> {
  await checkAfter(history, 'all', `${what}, process died`)
  await checkAfter(history, 'nothing', `${what}, nothing unsynced left`)
  const sectors = history.machine.files.unsyncedSectors
  for (let torn = 0; torn <= sectors; torn++) {
    await checkAfter(history, { sectors: torn }, `${what}, torn after ${torn} sectors`)
  }
  for (let time = 0; time < 2; time++) await checkReordered(history, random, `${what}, reordered ${time}`)
}

export function checkReordered(history: History, random: () => number, what: string): Promise<void> {
  return checkAfter(history, { chance: () => random() < 0.5 }, what)
}

/** Opens what is left, and holds it against what was promised. */
export async function checkAfter(history: History, remains: Remains, what: string): Promise<void> {
  const files = history.machine.files.crashed(remains)
  const { spool } = await history.machine.restarted(files).open(history.options)
  const found = await takeAll(spool)
  const names = found.map(({ text }) => nameOf(text))
  const owed = [...history.durable].filter((name) => !history.settled.has(name))
  expect(without(owed, names), `${what}: missing`).toEqual([])
  expect(without(names, history.offered), `${what}: made up`).toEqual([])
  expect(new Set(names).size, `${what}: twice`).toBe(names.length)
  for (const group of GROUPS) {
    for (const process of new Set(names.map((name) => name[0]))) {
      const inOrder = found.filter((each) => each.group === group && each.text[0] === process).map(({ text }) => text)
      expect(inOrder, `${what}: order`).toEqual([...inOrder].sort())
    }
  }
  // What is lost was never reported: nothing is told to be lost.
  expect(spool.stats().lost, `${what}: lost`).toEqual({ records: 0, counts: 0 })
  expect(spool.stats().unsettled.records).toBe(found.length)
  await spool.close()
  if (typeof remains === 'string' || 'chance' in remains) await checkOpensAgain(history, files, names, what)
}

async function checkOpensAgain(history: History, files: FaultyFiles, names: readonly string[], what: string) {
  const { spool } = await history.machine.restarted(files).open(history.options)
  const again = (await takeAll(spool)).map(({ text }) => nameOf(text))
  expect(again.sort(), `${what}: again`).toEqual([...names].sort())
  expect(spool.stats().lost.records, `${what}: lost, again`).toBe(0)
  await spool.close()
}

function without(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return names.filter((name) => !known.has(name))
}

function nameOf(text: string): string {
  return text.slice(0, NAME_LENGTH)
}
