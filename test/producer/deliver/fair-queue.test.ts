import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProducerBatch } from '../../../src/producer/batch/producer-batch.ts'
import { FairQueue } from '../../../src/producer/deliver/fair-queue.ts'
import { batchOf } from '../../support/batches.ts'

function drain(queue: FairQueue): ProducerBatch[] {
  return Array.from({ length: queue.size }, () => queue.shift() as ProducerBatch)
}

test('an empty queue gives nothing', () => {
  const queue = new FairQueue()
  expect(queue.shift()).toBeUndefined()
  expect(queue.size).toBe(0)
})

test('the batches of a group leave in the order in which they came', () => {
  const queue = new FairQueue()
  const batches = [batchOf(), batchOf(), batchOf()]
  for (const batch of batches) queue.push(batch)
  expect(drain(queue)).toEqual(batches)
})

test('a group with a thousand batches delays the single batch of another by one turn', () => {
  const queue = new FairQueue()
  for (let i = 0; i < 1000; i++) queue.push(batchOf({ topic: 'busy' }))
  queue.shift()
  const single = batchOf({ topic: 'quiet' })
  queue.push(single)
  queue.shift()
  expect(queue.shift()).toBe(single)
})

test('a project with a hundred groups gets no more turns than a project with one', () => {
  const queue = new FairQueue()
  for (let i = 0; i < 100; i++) queue.push(batchOf({ project: 'wide', topic: `${i}` }))
  for (let i = 0; i < 3; i++) queue.push(batchOf({ project: 'narrow' }))
  const projects = drain(queue).map((batch) => batch.key.project)
  expect(projects.slice(0, 6)).toEqual(['wide', 'narrow', 'wide', 'narrow', 'wide', 'narrow'])
})

test('a project that may take no lane is passed over, and is first when it may again', () => {
  const queue = new FairQueue()
  const [held, free, free2] = [batchOf({ project: 'held' }), batchOf({ project: 'free' }), batchOf({ project: 'free' })]
  for (const batch of [held, free, free2]) queue.push(batch)
  expect(queue.shift((project) => project !== 'held')).toBe(free)
  expect(queue.shift()).toBe(held)
  expect(queue.shift(() => false)).toBeUndefined()
  expect(queue.size).toBe(1)
  expect(queue.shift()).toBe(free2)
})

test('who may take a lane is asked once for each project at most', () => {
  const queue = new FairQueue()
  for (let i = 0; i < 100; i++) queue.push(batchOf({ project: `${i % 3}`, topic: `${i}` }))
  const asked: string[] = []
  queue.shift((project) => {
    asked.push(project)
    return false
  })
  expect(asked).toEqual(['0', '1', '2'])
})

const arbitraryKey = fc.record({ project: fc.constantFrom('a', 'b', 'c'), topic: fc.constantFrom('x', 'y', 'z') })

test('nothing is lost, groups keep their order, and no waiting project is passed over twice', () => {
  fc.assert(
    fc.property(fc.array(fc.option(arbitraryKey, { nil: undefined }), { maxLength: 80 }), (steps) => {
      const queue = new FairQueue()
      const waiting: ProducerBatch[] = []
      const overtaken = new Map<string, string[]>()
      for (const key of steps) {
        if (key !== undefined) {
          const batch = batchOf(key)
          queue.push(batch)
          waiting.push(batch)
          continue
        }
        const taken = queue.shift()
        expect(taken === undefined).toBe(waiting.length === 0)
        if (taken === undefined) continue
        const { project, topic } = taken.key
        expect(taken).toBe(waiting.find((batch) => batch.key.project === project && batch.key.topic === topic))
        waiting.splice(waiting.indexOf(taken), 1)
        overtaken.delete(project)
        for (const other of new Set(waiting.map((batch) => batch.key.project))) {
          if (other === project) continue
          const by = overtaken.get(other) ?? []
          expect(by).not.toContain(project)
          overtaken.set(other, [...by, project])
        }
        for (const other of [...overtaken.keys()]) {
          if (!waiting.some((batch) => batch.key.project === other)) overtaken.delete(other)
        }
      }
      expect(queue.size).toBe(waiting.length)
    }),
  )
})

test('what is given up in front of its group leaves at once; in the middle of it, when its turn would come', () => {
  const queue = new FairQueue()
  const [first, second, third] = [batchOf(), batchOf(), batchOf()]
  for (const batch of [first, second, third]) queue.push(batch)
  second.takeRest('failed')
  queue.forget(second)
  expect(queue.size).toBe(3)
  first.takeRest('failed')
  queue.forget(first)
  expect(queue.size).toBe(1)
  expect(queue.shift()).toBe(third)
})

test('a group and a project whose last batch was given up have no turn, and may come again', () => {
  const queue = new FairQueue()
  const [gone, other] = [batchOf({ project: 'gone' }), batchOf({ project: 'other' })]
  for (const batch of [gone, other]) queue.push(batch)
  gone.takeRest('failed')
  queue.forget(gone)
  expect(queue.size).toBe(1)
  expect(queue.shift()).toBe(other)
  expect(queue.shift()).toBeUndefined()
  const again = batchOf({ project: 'gone' })
  queue.push(again)
  expect(queue.shift()).toBe(again)
})
