import { expect, test } from 'vitest'
import { hasNames, kindOf } from '../../src/core/has-names.ts'

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

test.each([
  ['fields', { a: 1 }, 'an object'],
  ['fields without a prototype', Object.create(null), 'an object'],
  ['a proxy that was revoked', revoked(), 'an object'],
  ['a list', [1], 'an array'],
  ['bytes', Buffer.alloc(1), 'bytes'],
  ['a view', new DataView(new ArrayBuffer(1)), 'bytes'],
  ['a text in an object', new String('text'), 'a String'],
])('%s: whether its fields have names, and what it is called', (_name, value: object, kind) => {
  expect([hasNames(value), kindOf(value)]).toEqual([kind === 'an object', kind])
})

test('what is no object has no names', () => {
  expect([undefined, null, 5, 'text', () => 1].map(hasNames)).toEqual([false, false, false, false, false])
})
