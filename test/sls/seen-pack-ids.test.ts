import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NumberRanges } from '../../src/sls/number-ranges.ts'
import { SeenPackIds } from '../../src/sls/seen-pack-ids.ts'

test('ranges hold what a set holds, whatever the order, in as few ranges as there are gaps', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 80 }), (values) => {
      const ranges = new NumberRanges()
      const set = new Set<number>()
      for (const value of values) {
        expect(ranges.add(value)).toBe(!set.has(value))
        set.add(value)
      }
      for (let value = 0; value <= 61; value++) expect(ranges.has(value)).toBe(set.has(value))
      expect(ranges.size).toBe([...set].filter((value) => !set.has(value - 1)).length)
    }),
    { numRuns: 200 },
  )
})

describe('seen pack ids', () => {
  test('tell a copy, in whatever order batches and copies come', () => {
    const seen = new SeenPackIds()
    for (const id of ['AB-0', 'AB-2', 'AB-1', 'CD-1', 'AB-A', 'AB-10']) expect(seen.add(id)).toBe(true)
    for (const id of ['AB-1', 'AB-0', 'CD-1', 'AB-2', 'AB-A', 'AB-10', 'AB-a']) expect(seen.add(id)).toBe(false)
    expect(seen.add('AB-3')).toBe(true)
  })

  test('may be of any form', () => {
    const seen = new SeenPackIds()
    for (const id of [
      '',
      'x',
      '-',
      'x-',
      'x-0',
      'x-00',
      'x--0',
      'AB-1.2',
      'AB-1-2',
      `AB-${'F'.repeat(16)}`,
      `AB-${'F'.repeat(15)}E`,
    ]) {
      expect([id, seen.add(id), seen.add(id)]).toEqual([id, true, false])
    }
  })

  test('a million batches of one producer are one range', () => {
    const seen = new SeenPackIds()
    for (let n = 0; n < 1_000_000; n++) seen.add(`0123456789ABCDEF-${n.toString(16).toUpperCase()}`)
    expect(seen.rangeCount).toBe(1)
  })

  test('are bounded, and forget the producer that was quiet longest', () => {
    const seen = new SeenPackIds(10)
    for (let n = 0; n < 100; n++) {
      seen.add(`P${n}-0`)
      seen.add('ALIVE-7')
      expect(seen.rangeCount).toBeLessThanOrEqual(10)
    }
    expect([seen.add('P99-0'), seen.add('ALIVE-7')]).toEqual([false, false])
    expect(seen.add('P0-0')).toBe(true)
  })
})
