import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type GroupEntry, GroupFile } from '../../../src/emulator/store/group-file.ts'
import { RECORD_MAGIC, SEGMENT_HEADER_BYTES } from '../../../src/spool/record-format.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'group-file-'))
  path = join(folder, 'groups.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

const meta = (n: number) => ({
  shard: n % 3,
  sequence: 2 ** 40 + n,
  arrival: 2 ** 41 + n,
  logCount: n + 1,
  firstTime: 4_000_000_000,
  lastTime: 4_000_000_001,
  receivedAtMs: 1_767_225_600_000.5,
  requestId: 'A'.repeat(23) + n,
})

function fill(...groups: readonly (string | Buffer)[]): Buffer {
  const file = new GroupFile(path)
  for (const [n, group] of groups.entries()) file.append(meta(n), Buffer.from(group))
  file.close()
  return readFileSync(path)
}

/** What is in the file, and how many places were damaged; the file is closed again. */
function read(act: (file: GroupFile, entries: readonly GroupEntry[]) => void = () => {}) {
  const file = new GroupFile(path)
  const { entries, damagedPlaces } = file.open()
  const groups = entries.map((entry) => file.read(entry).toString('latin1'))
  act(file, entries)
  file.close()
  return { groups, damagedPlaces, entries }
}

test('groups come back with all that is kept of them, and new ones go behind', () => {
  fill('one', '', 'three')
  const { groups, damagedPlaces, entries } = read((file) => file.append(meta(3), Buffer.from('four')))
  expect([groups, damagedPlaces]).toEqual([['one', '', 'three'], 0])
  expect(entries.map(({ offset: _o, length: _l, ...kept }) => kept)).toEqual([meta(0), meta(1), meta(2)])
  expect(read().groups).toEqual(['one', '', 'three', 'four'])
})

test('only some are kept, and they can be read where they stand then', () => {
  fill('one', 'two', 'three')
  read((file, entries) => {
    const kept = file.keepOnly([entries[0], entries[2]] as GroupEntry[])
    expect(kept.map((entry) => file.read(entry).toString())).toEqual(['one', 'three'])
    file.append(meta(9), Buffer.from('more'))
  })
  expect(read()).toMatchObject({ groups: ['one', 'three', 'more'], damagedPlaces: 0 })
})

describe('one flipped bit', () => {
  test('in any byte of a record costs that group alone, is told, and is gone after the file is mended', () => {
    const whole = fill('first group', 'second group', 'third group')
    const from = whole.indexOf(RECORD_MAGIC, whole.indexOf(RECORD_MAGIC) + 1)
    const to = whole.indexOf(RECORD_MAGIC, from + 1)
    expect(to - from).toBeGreaterThan(100)
    for (let at = from; at < to; at++) {
      const bent = Buffer.from(whole)
      bent[at] = (bent[at] as number) ^ (1 << (at % 8))
      writeFileSync(path, bent)
      const { groups, damagedPlaces } = read()
      expect([at, groups, damagedPlaces]).toEqual([at, ['first group', 'third group'], 1])
      expect(readFileSync(`${path}.damaged`).equals(bent)).toBe(true)
      expect(read()).toMatchObject({ groups: ['first group', 'third group'], damagedPlaces: 0 })
    }
  })

  test('in any byte of the head of the file costs nothing, and is told', () => {
    const whole = fill('one', 'two')
    for (let at = 0; at < SEGMENT_HEADER_BYTES; at++) {
      const bent = Buffer.from(whole)
      bent[at] = (bent[at] as number) ^ 0x10
      writeFileSync(path, bent)
      expect([at, read()]).toEqual([at, expect.objectContaining({ groups: ['one', 'two'], damagedPlaces: 1 })])
    }
  })
})

test('a file that ends anywhere keeps all groups before, and takes new ones', () => {
  const whole = fill('one', 'two')
  const second = whole.lastIndexOf(RECORD_MAGIC)
  for (let end = 0; end < whole.length; end += 3) {
    writeFileSync(path, whole.subarray(0, end))
    const expected = end >= second ? ['one'] : []
    const { groups } = read((file) => file.append(meta(5), Buffer.from('new')))
    expect([end, groups]).toEqual([end, expected])
    expect(read()).toMatchObject({ groups: [...expected, 'new'], damagedPlaces: 0 })
  }
})

test('bytes that are missing in a group cost it alone', () => {
  const whole = fill('first group', 'x'.repeat(500), 'third group')
  const at = whole.indexOf('xxxx') + 100
  writeFileSync(path, Buffer.concat([whole.subarray(0, at), whole.subarray(at + 50)]))
  expect(read()).toMatchObject({ groups: ['first group', 'third group'], damagedPlaces: 1 })
})

test('what looks like a record inside of a log is none, also when the log in front is damaged', () => {
  const foreign = fill('a record of another file')
  rmSync(path)
  const whole = fill(foreign, 'second')
  const bent = Buffer.from(whole)
  const last = bent.lastIndexOf(RECORD_MAGIC) - 1
  bent[last] = (bent[last] as number) ^ 1
  writeFileSync(path, bent)
  expect(read()).toMatchObject({ groups: ['second'], damagedPlaces: 1 })
})

test('marks over the end of a window are found', () => {
  const large = Buffer.alloc(1024 * 1024 + 37, 'x')
  const whole = fill('one', large, 'three')
  const bent = Buffer.from(whole)
  bent[whole.indexOf('xxxx')] = 0
  writeFileSync(path, bent)
  expect(read()).toMatchObject({ groups: ['one', 'three'], damagedPlaces: 1 })
})

test('a file of another kind is set aside, and told', () => {
  writeFileSync(path, 'LHGR'.repeat(100))
  expect(read()).toMatchObject({ groups: [], damagedPlaces: 1 })
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe('LHGR'.repeat(100))
  expect(statSync(path).size).toBe(SEGMENT_HEADER_BYTES)
})
