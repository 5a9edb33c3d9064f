import { expect, test } from 'vitest'
import { PackIds } from '../../../src/producer/batch/pack-ids.ts'

const of = (project: string, logstore: string, context?: string) => ({ project, logstore, context })
const parts = (packId: string) => packId.split('-') as [prefix: string, number: string]

test('a pack id is 16 upper-case hex digits, a dash, and a counter in upper-case hex that has no gaps', () => {
  const ids = new PackIds()
  const issued = Array.from({ length: 300 }, () => parts(ids.next(of('project', 'logstore'))))
  expect(new Set(issued.map(([prefix]) => prefix)).size).toBe(1)
  expect(issued[0]?.[0]).toMatch(/^[0-9A-F]{16}$/)
  expect(issued.map(([, number]) => number)).toEqual(issued.map((_, index) => index.toString(16).toUpperCase()))
})

test('each logstore has a sequence of its own, and so has each producer', () => {
  const ids = new PackIds()
  const a = parts(ids.next(of('p', 'a')))
  const b = parts(ids.next(of('p', 'b')))
  const otherProject = parts(ids.next(of('q', 'a')))
  const otherProducer = parts(new PackIds().next(of('p', 'a')))
  expect(new Set([a, b, otherProject, otherProducer].map(([prefix]) => prefix)).size).toBe(4)
  expect([a, b, otherProject, otherProducer].map(([, number]) => number)).toEqual(['0', '0', '0', '0'])
  expect(ids.next(of('p', 'a'))).toBe(`${a[0]}-1`)
})

test('of very many logstores the one unused for longest is forgotten, and starts with another prefix', () => {
  const ids = new PackIds()
  const forgotten = parts(ids.next(of('p', 'forgotten')))[0]
  const used = parts(ids.next(of('p', 'used')))[0]
  for (let n = 0; n < 9_999; n++) {
    ids.next(of('p', `other-${n}`))
    ids.next(of('p', 'used'))
  }
  expect(parts(ids.next(of('p', 'used')))).toEqual([used, (10_000).toString(16).toUpperCase()])
  const again = parts(ids.next(of('p', 'forgotten')))
  expect(again[0]).not.toBe(forgotten)
  expect(again[1]).toBe('0')
})

test('each context of a logstore has a sequence of its own, without gaps', () => {
  const ids = new PackIds()
  const contexts = ['/var/log/a', '/var/log/b', '', undefined]
  const issued = [0, 1].map(() => contexts.map((context) => parts(ids.next(of('p', 'l', context)))))
  expect(new Set(issued.flat().map(([prefix]) => prefix)).size).toBe(4)
  expect(issued.map((turn) => turn.map(([, number]) => number))).toEqual([Array(4).fill('0'), Array(4).fill('1')])
})
