import { expect, test } from 'vitest'
import { shown } from '../../src/core/shown.ts'

test('a value in a message is short, and never the inside of an object', () => {
  const given = ['x'.repeat(1e6), { secret: 1 }, Buffer.from('secret'), ['secret'], 5n, Symbol('s'), () => 'secret']
  expect(given.map(shown)).toEqual([
    `'${'x'.repeat(40)}…'`,
    ...['an object', 'bytes', 'an array', '5', 'Symbol(s)', 'a function'],
  ])
})
