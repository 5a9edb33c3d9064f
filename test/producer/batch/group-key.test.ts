import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GroupKey, GroupMap } from '../../../src/producer/batch/group-key.ts'

const key = (fields: Partial<GroupKey> = {}): GroupKey => ({
  ...{ project: 'p', logstore: 'l', topic: 't', source: 's', shardHash: undefined },
  ...fields,
})

const anyName = fc.constantFrom('', 'a', 'b', 'a|b', '|', 'null', 'undefined', '__proto__')
const anyKey = fc.record({
  project: anyName,
  logstore: anyName,
  topic: anyName,
  source: anyName,
  shardHash: fc.option(anyName, { nil: undefined }),
})

test('behaves as a Map whose key is all five fields', () => {
  const step = fc.record({ key: anyKey, action: fc.constantFrom('add', 'delete', 'get') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const map = new GroupMap<number>()
      const model = new Map<string, number>()
      for (const [index, { key, action }] of steps.entries()) {
        const { project, logstore, topic, source, shardHash = 0 } = key
        const text = JSON.stringify([project, logstore, topic, source, shardHash])
        if (action === 'add' && !model.has(text)) {
          map.add(key, index)
          model.set(text, index)
        } else if (action === 'delete') {
          map.delete(key)
          model.delete(text)
        }
        expect([map.get({ ...key }), map.size]).toEqual([model.get(text), model.size])
      }
    }),
  )
})

test('fields that would make the same text when joined are different keys', () => {
  const map = new GroupMap<string>()
  map.add(key({ topic: 'x|y', source: 'z' }), 'first')
  map.add(key({ topic: 'x', source: 'y|z' }), 'second')
  expect(map.get(key({ topic: 'x|y', source: 'z' }))).toBe('first')
  expect(map.get(key({ topic: 'x', source: 'y|z' }))).toBe('second')
})

test('no shard hash, an empty one and the text of nothing are three keys', () => {
  const map = new GroupMap<number>()
  for (const [value, shardHash] of [undefined, '', 'undefined'].entries()) map.add(key({ shardHash }), value)
  expect(map.size).toBe(3)
  expect(map.get(key({ shardHash: '' }))).toBe(1)
})

test('deleting what is not there changes nothing', () => {
  const map = new GroupMap<number>()
  map.add(key(), 1)
  for (const stranger of [key({ project: 'q' }), key({ source: 'q' }), key({ shardHash: '00' })]) map.delete(stranger)
  expect([map.size, map.get(key())]).toEqual([1, 1])
})
