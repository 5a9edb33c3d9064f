import { expect } from 'vitest'
import type { DiskSpool } from '../../../src/spool/disk-spool.ts'
import type { FaultyFiles } from './faulty-files.ts'
import { DIRECTORY, Machine, record, takeAll } from './process.ts'
import { seeded } from './seeded.ts'

const SLOT = `${DIRECTORY}/slot-0`
const OPTIONS = { segmentBytes: 2000 }
const RECORDS = 24

export interface DamageOutcome {
  readonly lost: number
}

interface Kept {
  readonly counts: ReadonlyMap<string, number>
  readonly settled: ReadonlySet<string>
}

/** One seeded piece of damage to a spool that was closed, and what opening must make of it. */
export async function damageRun(seed: number): Promise<DamageOutcome> {
  const random = seeded(seed)
  const machine = new Machine()
  const kept = await fill(machine, random)
  const before = new Map(machine.files.paths.map((path) => [path, Buffer.from(machine.files.contentOf(path))]))
  const what = `seed ${seed}: ${harm(machine.files, random)}`
  const harmed = [...before].filter(([path, content]) => !isSame(machine.files, path, content)).map(([path]) => path)
  const damaged = damagedSegments(machine.files, before, harmed)
  const { spool } = await machine.open(OPTIONS)
  const found = await takeAll(spool)
  const names = found.map(({ text }) => text.slice(0, 3))
  checkFound(names, kept, harmed, what)
  checkLost(spool, names, kept, harmed, what)
  for (const { id } of found) spool.settle(id, 'delivered')
  await spool.close()
  // Damage to what was settled needs nobody.
  if (spool.stats().lost.records > 0) checkNothingDeleted(machine.files, damaged, what)
  const again = await machine.open(OPTIONS)
  expect(again.spool.stats(), `${what}: told once`).toMatchObject({ lost: { records: 0 }, unsettled: { records: 0 } })
  await again.spool.close()
  return { lost: kept.counts.size - kept.settled.size - names.length }
}

async function fill(machine: Machine, random: () => number): Promise<Kept> {
  const { spool } = await machine.open(OPTIONS)
  const counts = new Map<string, number>()
  const settled = new Set<string>()
  const ids = new Map<string, number>()
  for (let at = 0; at < RECORDS; at++) {
    const name = `r${String(at).padStart(2, '0')}`
    const count = 1 + Math.floor(random() * 9)
    const body = name + String.fromCharCode(97 + (at % 26)).repeat(Math.floor(random() * 500))
    ids.set(name, await spool.append(record(body, { count, group: `group-${at % 3}` })))
    counts.set(name, count)
  }
  for (const [name, id] of ids) {
    // Segments stay: none is settled altogether, none so far that it is rewritten.
    if (random() > 0.2) continue
    settled.add(name)
    spool.settle(id, 'delivered')
  }
  await spool.close()
  return { counts, settled }
}

/** Changes the files in one of many ways, and says which. */
function harm(files: FaultyFiles, random: () => number): string {
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
  const segments = files.paths.filter((path) => path.endsWith('.segment'))
  const any = files.paths.filter((path) => path.startsWith(SLOT) && !path.includes('owner'))
  const path = pick(random() < 0.7 ? segments : any)
  const content = Buffer.from(files.contentOf(path))
  const at = Math.floor(random() * content.length)
  switch (
    pick(['truncate', 'flip', 'flip', 'zero', 'cut', 'insert', 'swap', 'duplicate', 'missing', 'foreign', 'empty'])
  ) {
    case 'truncate':
      files.overwrite(path, content.subarray(0, at))
      return `${path} truncated at ${at}`
    case 'flip': {
      content[at] = (content[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      files.overwrite(path, content)
      return `${path} flipped at ${at}`
    }
    case 'zero': {
      content.fill(0, at, Math.min(content.length, at + 1 + Math.floor(random() * 600)))
      files.overwrite(path, content)
      return `${path} zeroed at ${at}`
    }
    case 'cut': {
      const end = at + 1 + Math.floor(random() * 300)
      files.overwrite(path, Buffer.concat([content.subarray(0, at), content.subarray(end)]))
      return `${path} without ${at} to ${end}`
    }
    case 'insert': {
      const strange = Buffer.alloc(1 + Math.floor(random() * 300), 'LHRC')
      files.overwrite(path, Buffer.concat([content.subarray(0, at), strange, content.subarray(at)]))
      return `${path} with ${strange.length} bytes more at ${at}`
    }
    case 'swap': {
      if (!path.endsWith('.segment')) return 'nothing'
      const other = pick(segments)
      const [first, second] = [files.contentOf(path), files.contentOf(other)]
      files.overwrite(path, Buffer.from(second))
      files.overwrite(other, Buffer.from(first))
      return `${path} and ${other} swapped`
    }
    case 'duplicate':
      files.overwrite(`${SLOT}/0000${Math.floor(random() * 9000 + 1000)}.segment`, content)
      return `${path} twice`
    case 'missing':
      files.delete(path)
      return `${path} missing`
    case 'foreign':
      files.overwrite(`${SLOT}/${pick(['notes.txt', 'ledger.bak', '0000000g.segment', '00000099.settled'])}`, content)
      return 'a foreign file'
    default:
      files.overwrite(path, Buffer.alloc(0))
      return `${path} emptied`
  }
}

/** Nothing is made up; what is settled comes back only where the settlements themselves were damaged. */
function checkFound(names: readonly string[], kept: Kept, harmed: readonly string[], what: string): void {
  expect(
    names.filter((name) => !kept.counts.has(name)),
    `${what}: made up`,
  ).toEqual([])
  expect(new Set(names).size, `${what}: twice`).toBe(names.length)
  if (harmed.some((path) => !path.endsWith('.segment'))) return
  expect(
    names.filter((name) => kept.settled.has(name)),
    `${what}: settled`,
  ).toEqual([])
}

/** What is neither found nor settled is told to be lost, record by record and log by log. */
function checkLost(
  spool: DiskSpool,
  names: readonly string[],
  kept: Kept,
  harmed: readonly string[],
  what: string,
): void {
  const missing = [...kept.counts].filter(([name]) => !kept.settled.has(name) && !names.includes(name))
  const returned = names.filter((name) => kept.settled.has(name))
  const { lost, recovered, unsettled } = spool.stats()
  // A settlement that was damaged as well may make a lost record look unsettled: then one more is told.
  if (returned.length > 0) return
  // Without the whole ledger nobody knows which segments were retired: nothing is lost, though some may be told to be.
  if (harmed.some((path) => path.endsWith('ledger'))) return expect(missing, `${what}: lost`).toEqual([])
  expect(lost.records, `${what}: lost records`).toBe(missing.length)
  expect(lost.counts, `${what}: lost counts`).toBe(missing.reduce((sum, [, count]) => sum + count, 0))
  expect(recovered.records - lost.records, `${what}: the books`).toBe(unsettled.records)
}

/** What somebody else did to a segment is still there, byte for byte: where it was, or in quarantine. */
function checkNothingDeleted(files: FaultyFiles, damaged: ReadonlyMap<string, Buffer>, what: string): void {
  for (const [path, content] of damaged) {
    const name = path.slice(SLOT.length + 1)
    const places = files.paths.filter((each) => each === path || each.startsWith(`${SLOT}/quarantine/${name}`))
    expect(
      places.some((each) => files.contentOf(each).equals(content)),
      `${what}: ${path} is gone`,
    ).toBe(true)
  }
}

/** Segments that were cut or changed. One that is only somewhere else, or that is there twice, is whole. */
function damagedSegments(files: FaultyFiles, before: ReadonlyMap<string, Buffer>, harmed: readonly string[]) {
  const contents = [...before.values()]
  const segments = harmed.filter((path) => path.endsWith('.segment') && files.paths.includes(path))
  const changed = segments.map((path) => [path, Buffer.from(files.contentOf(path))] as const)
  return new Map(changed.filter(([, content]) => !contents.some((each) => each.equals(content))))
}

function isSame(files: FaultyFiles, path: string, content: Buffer): boolean {
  return files.paths.includes(path) && files.contentOf(path).equals(content)
}
