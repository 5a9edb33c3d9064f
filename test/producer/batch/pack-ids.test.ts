import { expect, test } from 'vitest'
import { PackIds } from '../../../src/producer/batch/pack-ids.ts'

const parts = (packId: string) => packId.split('-') as [prefix: string, number: string]

test('a pack id is 16 upper-case hex digits, a dash, and a counter in upper-case hex that has no gaps', () => {
  const ids = new PackIds()
  const issued = Array.from({ length: 300 }, () => parts(ids.next('project', 'logstore')))
  expect(new Set(issued.map(([prefix]) => prefix)).size).toBe(1)
  expect(issued[0]?.[0]).toMatch(/^[0-9A-F]{16}$/)
  expect(issued.map(([, number]) => number)).toEqual(issued.map((_, index) => index.toString(16).toUpperCase()))
})

test('each logstore has a sequence of its own, and so has each producer', () => {
  const ids = new PackIds()
  const a = parts(ids.next('p', 'a'))
  const b = parts(ids.next('p', 'b'))
  const otherProject = parts(ids.next('q', 'a'))
  const otherProducer = parts(new PackIds().next('p', 'a'))
  expect(new Set([a, b, otherProject, otherProducer].map(([prefix]) => prefix)).size).toBe(4)
  expect([a, b, otherProject, otherProducer].map(([, number]) => number)).toEqual(['0', '0', '0', '0'])
  expect(ids.next('p', 'a')).toBe(`${a[0]}-1`)
})

test('of very many logstores the one unused for longest is forgotten, and starts with another prefix', () => {
  const ids = new PackIds()
  const forgotten = parts(ids.next('p', 'forgotten'))[0]
  const used = parts(ids.next('p', 'used'))[0]
  for (let n = 0; n < 999; n++) {
    ids.next('p', `other-${n}`)
    ids.next('p', 'used')
  }
  expect(parts(ids.next('p', 'used'))).toEqual([used, (1000).toString(16).toUpperCase()])
  const again = parts(ids.next('p', 'forgotten'))
  expect(again[0]).not.toBe(forgotten)
  expect(again[1]).toBe('0')
})
