import { describe, expect, test } from 'vitest'
import { fieldsOf } from '../../../src/integrations/common/fields.ts'

describe('a record becomes fields', () => {
  test('with a dot between the names of nested objects', () => {
    const record = { level: 'info', req: { method: 'GET', headers: { host: 'a' } }, ms: 12 }
    expect(fieldsOf(record)).toEqual([
      ['level', 'info'],
      ['req.method', 'GET'],
      ['req.headers.host', 'a'],
      ['ms', 12],
    ])
  })

  test('or with one field for each nested object, by choice', () => {
    expect(fieldsOf({ req: { method: 'GET' } }, 'json')).toEqual([['req', { method: 'GET' }]])
  })

  test('where arrays, dates, maps and objects with a JSON form of their own stay one value', () => {
    const date = new Date(0)
    const map = new Map([['a', 1]])
    const money = { amount: 1, toJSON: () => '1 EUR' }
    expect(fieldsOf({ list: [1, { a: 2 }], date, map, money })).toEqual([
      ['list', [1, { a: 2 }]],
      ['date', date],
      ['map', map],
      ['money', money],
    ])
  })

  test('where an error has its type, message, code, stack, cause and inner errors', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'E_INNER' })
    const error = new AggregateError([new Error('first')], 'outer', { cause })
    const fields = Object.fromEntries(fieldsOf({ err: error }))
    expect(fields).toMatchObject({
      'err.type': 'AggregateError',
      'err.message': 'outer',
      'err.stack': error.stack,
      'err.cause.type': 'TypeError',
      'err.cause.code': 'E_INNER',
      'err.errors': [{ type: 'Error', message: 'first' }],
    })
  })

  test('where an error that is its own cause comes to an end', () => {
    const error = new Error('loop') as Error & { cause: unknown }
    error.cause = error
    expect(fieldsOf({ err: error }).length).toBeLessThan(100)
  })

  test('where an object that contains itself comes to an end', () => {
    const record: Record<string, unknown> = { a: 1 }
    record.self = record
    const fields = fieldsOf(record)
    expect(fields.length).toBeLessThan(20)
    expect(fields.at(-1)?.[1]).toBe(record)
  })

  test('where a very wide tree ends in JSON', () => {
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, { a: i, b: i }]))
    const record = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n${i}`, wide]))
    expect(fieldsOf(record).length).toBeLessThan(1000)
  })

  test('where undefined and nameless properties are left out, and a getter that throws says so in its place', () => {
    const record = {
      a: undefined,
      '': 1,
      get bad() {
        throw new Error('no')
      },
    }
    expect(fieldsOf(record)).toEqual([['bad', '[cannot be read: no]']])
  })

  test('where functions and symbols are kept as text', () => {
    expect(fieldsOf({ s: Symbol('x') })).toEqual([['s', 'Symbol(x)']])
  })

  test.each<[string, () => unknown]>([
    ['an error whose message throws', () => Object.defineProperty(new Error('x'), 'message', { get: refuse })],
    [
      'an error whose own property throws',
      () => Object.defineProperty(new Error('x'), 'code', { get: refuse, enumerable: true }),
    ],
    ['a function whose text throws', () => Object.assign(() => {}, { toString: refuse })],
    ['a proxy that refuses all', () => new Proxy({}, { getPrototypeOf: refuse, ownKeys: refuse, get: refuse })],
    ['a proxy that is revoked', revoked],
  ])('where %s costs its own field alone', (_, make) => {
    const fields = fieldsOf({ before: 1, bad: make(), after: 2 })
    expect(fields.filter(([key]) => !key.startsWith('bad'))).toEqual([
      ['before', 1],
      ['after', 2],
    ])
  })

  test('where an aggregate of errors that hold each other comes to an end', () => {
    const error = new AggregateError([], 'loop')
    error.errors = Array.from({ length: 32 }, () => error)
    expect(JSON.stringify(fieldsOf({ error })).length).toBeLessThan(1e6)
  })
})

function refuse(): never {
  throw new Error('no')
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
