import { expect, test } from 'vitest'
import { nearestName } from '../../src/core/nearest-name.ts'

const known = ['lingerMs', 'lanes', 'retries', 'totalSizeInBytes', 'maxRetryBackoffMs', 'baseRetryBackoffMs']

test.each([
  ['lingerms', 'lingerMs'],
  ['lingrMs', 'lingerMs'],
  ['retires', 'retries'],
  ['totalSizeLnBytes', 'totalSizeInBytes'],
  ['maxRetryBackof', 'maxRetryBackoffMs'],
  ['lane', 'lanes'],
])('%s most likely means %s', (given, meant) => {
  expect(nearestName(given, known)).toBe(meant)
})

test.each(['', 'colour', 'somethingElseEntirely'])("'%s' means none of them", (given) => {
  expect(nearestName(given, known)).toBeUndefined()
})

test('the exact name wins over its neighbours', () => {
  expect(nearestName('retry', ['retries', 'retry'])).toBe('retry')
})

const short = ['ls', 'to', 'on', 'id', 'type', 'file', 'exec', 'http', 'add', 'top', 'tail']

test.each([
  ['sl', 'ls'],
  ['LS', 'ls'],
  ['ad', 'add'],
  ['tpye', 'type'],
  ['fil', 'file'],
  ['exek', 'exec'],
  ['tali', 'tail'],
])('the short name %s most likely means %s', (given, meant) => {
  expect(nearestName(given, short)).toBe(meant)
})

test.each(['x', 'l', 'ab', 'at', 'no-', 'so', 'xyz', 'hash', 'path', 'uid2'])(
  'the short name %s means none of them',
  (given) => {
    expect(nearestName(given, short)).toBeUndefined()
  },
)
