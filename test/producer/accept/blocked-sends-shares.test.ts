import { beforeEach, expect, test } from 'vitest'
import { BlockedSends, bufferFullError } from '../../../src/producer/accept/blocked-sends.ts'
import { MemoryBudget } from '../../../src/producer/accept/memory-budget.ts'
import { withDefaults } from '../../../src/producer/resolve-options.ts'
import { ManualClock } from '../../support/manual-clock.ts'

let budget: MemoryBudget
let blocked: BlockedSends
let admitted: string[]

beforeEach(() => {
  budget = new MemoryBudget(80_000, 0.5)
  admitted = []
  const options = { current: withDefaults({ maxBlockedSends: 8 }) }
  blocked = new BlockedSends(options, new ManualClock(), budget, {
    roomOf: () => ({ bytes: 1, logs: 1 }),
    tryAppend: () => false,
    missingBytes: (_key, bytes) => bytes,
    newBatchBytes: (_key, bytes) => bytes,
    admitted: (key) => admitted.push(key.project),
    blocked: () => {},
    dropOldest: () => false,
    refused: () => {},
  })
})

/** False where the waiting room refuses it. */
function block(project: string, bytes: number): boolean {
  if (!blocked.hasRoomFor(project, bytes)) return false
  const logs = { logCount: 1, sizeInBytes: bytes, endOf: () => bytes, writeTo() {}, writeRangeTo() {} }
  const key = { project, logstore: 'logstore', topic: '', source: '', shardHash: undefined }
  blocked.add({ key, logs, send: undefined, bytes, maxBlockMs: -1 })
  return true
}

test('a project has its share of the sends that may wait, and leaves the rest to others', () => {
  budget.tryReserve('busy', 40_000)
  budget.tryReserve('other', 40_000)
  expect(Array.from({ length: 6 }, () => block('busy', 10))).toEqual([true, true, true, true, false, false])
  expect(Array.from({ length: 6 }, () => block('other', 10))).toEqual([true, true, true, true, false, false])
  expect(blocked.size).toBe(8)
})

test('and its share of their bytes', () => {
  expect([block('busy', 6000), block('busy', 4000), block('busy', 1)]).toEqual([true, true, false])
  expect([block('other', 6000), block('other', 4000), block('other', 1)]).toEqual([true, true, false])
})

test('one send of each project may always wait, however large', () => {
  expect(Array.from({ length: 8 }, (_, index) => block(`project-${index}`, 30_000))).not.toContain(false)
  expect(block('project-0', 1)).toBe(false)
  expect(block('another', 70_000)).toBe(true)
})

test('who was admitted makes room for the next', () => {
  budget.tryReserve('busy', 40_000)
  for (let i = 0; i < 4; i++) block('busy', 10)
  expect(block('busy', 10)).toBe(false)
  budget.release('busy', 20)
  expect(admitted).toEqual(['busy', 'busy'])
  expect([block('busy', 10), block('busy', 10), block('busy', 10)]).toEqual([true, true, false])
})

test('a refusal names the share of the project where there are several', () => {
  budget.tryReserve('busy', 40_000)
  expect(bufferFullError(budget, 'busy', 'there is no room').message).toContain(
    "40000 of 80000 bytes are in use, 40000 of them by project 'busy', which may have 40000;",
  )
  budget.resize(80_000, 1)
  expect(bufferFullError(budget, 'busy', 'there is no room').message).toContain('40000 of 80000 bytes are in use;')
})
