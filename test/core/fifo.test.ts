import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fifo } from '../../src/core/fifo.ts'

test('behaves as an array with push and shift', () => {
  // Bursts long enough to cross the size at which the dead front is dropped.
  const step = fc.record({ pushes: fc.integer({ min: 0, max: 1500 }), shifts: fc.integer({ min: 0, max: 1500 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      let next = 0
      for (const { pushes, shifts } of steps) {
        for (let i = 0; i < pushes; i++) {
          fifo.push(next)
          model.push(next++)
        }
        for (const expected of model.splice(0, shifts)) if (fifo.shift() !== expected) expect.fail('wrong order')
        expect([fifo.size, fifo.peek()]).toEqual([model.length, model[0]])
        expect([...fifo]).toEqual(model)
      }
    }),
    { numRuns: 50 },
  )
})

test('gives undefined when empty, again and again', () => {
  const fifo = new Fifo<string>()
  expect([fifo.shift(), fifo.peek(), fifo.size]).toEqual([undefined, undefined, 0])
  fifo.push('a')
  expect([fifo.shift(), fifo.shift(), fifo.size]).toEqual(['a', undefined, 0])
})
