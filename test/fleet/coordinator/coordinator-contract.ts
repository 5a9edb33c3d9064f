import { describe, expect, onTestFinished, test } from 'vitest'
import type { Change, Coordinator, OwnerRecord } from '../../../src/fleet/index.ts'

const owner = (member: string): OwnerRecord => ({ member, session: `${member}-1`, since: 1, reason: 'first' })

export interface CoordinatorFleet {
  /** Another handle on the same tables, as another agent has one. */
  open(): Promise<Coordinator>
}

/** What every coordinator must do. `newFleet` makes tables of its own for each test. */
export function coordinatorContract(name: string, newFleet: () => Promise<CoordinatorFleet>): void {
  async function open(count = 1): Promise<[Coordinator, ...Coordinator[]]> {
    const fleet = await newFleet()
    const handles = await Promise.all(Array.from({ length: count }, () => fleet.open()))
    onTestFinished(async () => void (await Promise.all(handles.map((handle) => handle.close()))))
    return handles as [Coordinator, ...Coordinator[]]
  }

  describe(`${name}: a table`, () => {
    test('gives back what was put, with the revision under which it was put', async () => {
      const [{ owners }] = await open()
      expect(await owners.get('a')).toBeUndefined()
      const revision = await owners.put('a', owner('m'), 0)
      expect(await owners.get('a')).toEqual({ value: owner('m'), revision })
    })

    test('takes any id of an input as a key', async () => {
      const [{ owners }] = await open()
      const keys = ['a', '.a..b.', 'A_b-c', '-', '..', 'x'.repeat(128)]
      for (const key of keys) expect(await owners.put(key, owner(key), 0)).toBeGreaterThan(0)
      for (const key of keys) expect((await owners.get(key))?.value.member).toBe(key)
      const seen: string[] = []
      await owners.watch(({ key }) => seen.push(key))
      expect(seen.sort()).toEqual(keys.sort())
    })

    test('creates a key once: the second to do so is refused and changes nothing', async () => {
      const [one, other] = await open(2)
      expect(await one.owners.put('a', owner('m'), 0)).toBeGreaterThan(0)
      expect(await other!.owners.put('a', owner('n'), 0)).toBeUndefined()
      expect((await other!.owners.get('a'))?.value.member).toBe('m')
    })

    test('of many who write over one revision at the same time one succeeds', async () => {
      const handles = await open(3)
      const first = (await handles[0].owners.put('a', owner('m'), 0))!
      const puts = Array.from({ length: 12 }, (_, i) => handles[i % 3]!.owners.put('a', owner(`m${i}`), first))
      const revisions = await Promise.all(puts)
      expect(revisions.filter((revision) => revision !== undefined)).toHaveLength(1)
      const winner = revisions.findIndex((revision) => revision !== undefined)
      expect(await handles[0].owners.get('a')).toEqual({ value: owner(`m${winner}`), revision: revisions[winner] })
    })

    test('a late owner is refused: its revision is not the newest', async () => {
      const [{ owners }] = await open()
      const late = (await owners.put('a', owner('m'), 0))!
      const newest = (await owners.put('a', owner('n'), late))!
      expect(newest).toBeGreaterThan(late)
      expect(await owners.put('a', owner('m'), late)).toBeUndefined()
      expect(await owners.remove('a', late)).toBe(false)
      expect((await owners.get('a'))?.revision).toBe(newest)
    })

    test('revisions grow over a removal, and a removed key can be created again', async () => {
      const [{ owners }] = await open()
      const first = (await owners.put('a', owner('m'), 0))!
      expect(await owners.remove('a', first)).toBe(true)
      expect(await owners.get('a')).toBeUndefined()
      expect(await owners.remove('a', first)).toBe(false)
      expect(await owners.put('a', owner('m'), first)).toBeUndefined()
      expect(await owners.put('a', owner('n'), 0)).toBeGreaterThan(first)
      expect(await owners.remove('b', 0)).toBe(false)
    })

    test('what was given is copied: changing it afterwards changes nothing', async () => {
      const [{ checkpoints }] = await open()
      const value = { offset: 1 }
      await checkpoints.put('a', { token: 1, value }, 0)
      value.offset = 2
      expect((await checkpoints.get('a'))?.value).toEqual({ token: 1, value: { offset: 1 } })
    })

    test('tables do not share their keys', async () => {
      const [{ owners, checkpoints }] = await open()
      await owners.put('a', owner('m'), 0)
      expect(await checkpoints.get('a')).toBeUndefined()
    })
  })

  describe(`${name}: a watch`, () => {
    test('tells what is there before it resolves, and then of each change by anybody', async () => {
      const [one, other] = await open(2)
      const first = (await one.owners.put('a', owner('m'), 0))!
      await one.owners.remove('a', first)
      const second = (await one.owners.put('b', owner('m'), 0))!
      const changes: Change<OwnerRecord>[] = []
      const stop = await other!.owners.watch((change) => changes.push(change))
      expect(changes.filter(({ value }) => value !== undefined)).toEqual([
        { key: 'b', value: owner('m'), revision: second },
      ])
      changes.length = 0
      const third = (await one.owners.put('b', owner('n'), second))!
      await one.owners.remove('b', third)
      await until(() => changes.length === 2)
      expect(changes[0]).toEqual({ key: 'b', value: owner('n'), revision: third })
      expect(changes[1]).toMatchObject({ key: 'b', value: undefined })
      expect(changes[1]!.revision).toBeGreaterThan(third)
      stop()
      await one.owners.put('c', owner('m'), 0)
      const again: string[] = []
      await other!.owners.watch(({ key, value }) => value !== undefined && again.push(key))
      expect(again).toEqual(['c'])
      expect(changes).toHaveLength(2)
    })

    test('of an empty table resolves', async () => {
      const [{ specs }] = await open()
      const changes: unknown[] = []
      await specs.watch((change) => changes.push(change))
      expect(changes).toEqual([])
    })

    test('tells nothing after close, and close may be called twice', async () => {
      const [one, other] = await open(2)
      const changes: unknown[] = []
      await other!.owners.watch((change) => changes.push(change))
      await other!.close()
      await other!.close()
      await one.owners.put('a', owner('m'), 0)
      await one.owners.get('a')
      expect(changes).toEqual([])
    })
  })
}

/** Bounded by real time: another process may be on the way. */
async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 5000
  while (!holds() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 2))
  expect(holds()).toBe(true)
}
