import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { valueText } from '../../../src/sls/wire/value-text.ts'

const stored = (value: unknown): string => {
  const text = valueText('field', value)
  return typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
}
/** As it is stored inside an object. */
const inside = (value: unknown): unknown => JSON.parse(stored({ value })).value

const headers = new Headers({ accept: 'text/html' })
const cookies = new Headers()
cookies.append('set-cookie', 'a=1')
cookies.append('set-cookie', 'b=2')

class Order {
  readonly #secret = 1
  id = 7
  total = 1.5
  cents(): number {
    return this.total * 100 + this.#secret
  }
}

describe('what JSON.stringify would lose is kept, as a field and inside an object', () => {
  const cases: [name: string, value: unknown, asField: string, within: unknown][] = [
    ['a Map', new Map([['a', 1]]), '{"a":1}', { a: 1 }],
    [
      'a Map with other keys',
      new Map<unknown, unknown>([
        [1, 'x'],
        [{ k: 2 }, null],
      ]),
      '[[1,"x"],[{"k":2},null]]',
      [
        [1, 'x'],
        [{ k: 2 }, null],
      ],
    ],
    ['an empty Map', new Map(), '{}', {}],
    ['a Set', new Set([1, 'x', new Set()]), '[1,"x",[]]', [1, 'x', []]],
    ['Headers', headers, '{"accept":"text/html"}', { accept: 'text/html' }],
    [
      'Headers that repeat',
      cookies,
      '[["set-cookie","a=1"],["set-cookie","b=2"]]',
      [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    ],
    ['search parameters', new URLSearchParams('a=1&a=2'), 'a=1&a=2', 'a=1&a=2'],
    ['a URL', new URL('http://host/p?q'), 'http://host/p?q', 'http://host/p?q'],
    ['a RegExp', /a"b/gi, '/a"b/gi', '/a"b/gi'],
    ['a Date', new Date(0), '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'],
    ['an invalid Date', new Date(Number.NaN), 'Invalid Date', 'Invalid Date'],
    ['NaN', Number.NaN, 'NaN', 'NaN'],
    ['Infinity', -Infinity, '-Infinity', '-Infinity'],
    ['a bigint', 2n ** 70n, '1180591620717411303424', '1180591620717411303424'],
    ['a boxed text', new String('x'), 'x', 'x'],
    ['a boxed number', new Number(5), '5', 5],
    ['a boxed bigint', Object(5n), '5', '5'],
    ['an ArrayBuffer', new Uint8Array([104, 105]).buffer, 'hi', 'aGk='],
    ['a DataView', new DataView(new Uint8Array([0, 104, 105]).buffer, 1), 'hi', 'aGk='],
    ['a Buffer', Buffer.from('hi'), 'hi', 'aGk='],
    ['an array of larger numbers', new Int16Array([-1, 300]), '[-1,300]', [-1, 300]],
    ['an array of bigints', new BigInt64Array([-1n]), '["-1"]', ['-1']],
    ['a sparse array', Object.assign(new Array(3), { 0: 1, 2: 3 }), '[1,null,3]', [1, null, 3]],
    ['an object of a class', new Order(), '{"id":7,"total":1.5}', { id: 7, total: 1.5 }],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}', { a: 1 }],
    ['a promise', Promise.resolve(1), '"[Promise]"', '[Promise]'],
    ['a WeakMap', new WeakMap(), '"[WeakMap]"', '[WeakMap]'],
    ['an object of a class that shows nothing', new (class Session {})(), '"[Session]"', '[Session]'],
    ['a Map of another realm', runInNewContext('new Map([["a", /x/]])'), '{"a":"/x/"}', { a: '/x/' }],
    ['toJSON', { toJSON: () => new Map([['a', Number.NaN]]) }, '{"a":"NaN"}', { a: 'NaN' }],
    [
      'a symbol and a function inside',
      { s: Symbol('id'), f: function run() {} },
      '{"s":"Symbol(id)","f":"[Function: run]"}',
      { s: 'Symbol(id)', f: '[Function: run]' },
    ],
    [
      'a key called __proto__',
      JSON.parse('{"__proto__":{"n":1}, "x":null}'),
      '{"__proto__":{"n":1},"x":null}',
      expect.anything(),
    ],
  ]
  it.each(cases)('%s', (_, value, asField, within) => {
    expect(stored(value)).toBe(asField)
    expect(inside(value)).toEqual(within)
  })

  it('objects that JSON.stringify writes whole are as it writes them', () => {
    const plain = {
      a: [1, 'x', null, undefined, -0],
      b: { c: true, d: undefined, 'ä"\ud800': '\u2028\ud800' },
      e: [],
      f: {},
    }
    expect(stored(plain)).toBe(JSON.stringify(plain))
    const same = JSON.parse(stored({ ...plain, set: new Set() }))
    expect(same).toEqual({ ...JSON.parse(JSON.stringify(plain)), set: [] })
  })
})

describe('an error', () => {
  it('inside an object is the text that it is as a field', () => {
    const error = new TypeError('broken', { cause: new Error('inner') })
    expect(inside(error)).toBe(stored(error))
    expect(stored(error)).toContain('Caused by: Error: inner')
  })

  it('shows its own fields, and those of its causes', () => {
    const inner = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', port: 443n })
    const text = stored(new Error('outer', { cause: inner }))
    expect(text.endsWith('\n{"code":"ECONNREFUSED","port":"443"}')).toBe(true)
  })

  it('shows what its toJSON chooses, not the request and the socket behind it', () => {
    const error = Object.assign(new Error('x'), {
      request: { secret: 1 },
      toJSON: () => ({ message: 'x', status: 500 }),
    })
    expect(stored(error).endsWith('\n{"status":500}')).toBe(true)
  })

  it('that holds others shows each of them', () => {
    const error = new AggregateError([new Error('one'), 'two', { three: 3 }], 'all failed')
    expect(stored(error)).toMatch(
      /all failed[\s\S]*Errors\[0\]: Error: one[\s\S]*Errors\[1\]: two\nErrors\[2\]: \{"three":3\}$/,
    )
  })

  it('whose name or message was set after it was made is told by both', () => {
    const renamed = new Error('text')
    renamed.name = 'PaymentError'
    expect(stored(renamed).startsWith('PaymentError: text\n')).toBe(true)
    const changed = new Error('before')
    expect(changed.stack).toContain('before')
    changed.message = 'after'
    expect(stored(changed)).toMatch(/^Error: after\nError: before/)
  })

  it('that leads back to itself ends there', () => {
    const error: Error & { self?: unknown; list?: unknown } = new Error('x')
    Object.assign(error, { self: error, list: [{ error }], cause: error })
    expect(stored(error)).toMatch(
      /\{"self":"\[Circular\]","list":\[\{"error":"\[Circular\]"\}\]\}\nCaused by: \[Circular\]$/,
    )
  })

  it('may have a cause that is anything', () => {
    const causes: [unknown, string][] = [
      [null, 'null'],
      ['text', 'text'],
      [Object.create(null), '{}'],
      [{ a: 1n }, '{"a":"1"}'],
    ]
    for (const [cause, text] of causes)
      expect(stored(new Error('x', { cause })).endsWith(`Caused by: ${text}`)).toBe(true)
  })
})

describe('hostile graphs', () => {
  it('a circle ends with its name, and what is only there twice is written twice', () => {
    const shared = { n: 1 }
    const circle: Record<string, unknown> = { a: shared, b: shared }
    circle.self = circle
    expect(stored(circle)).toBe('{"a":{"n":1},"b":{"n":1},"self":"[Circular]"}')
    const viaJson = { toJSON: () => ({ viaJson }) }
    expect(stored(viaJson)).toBe('{"viaJson":"[Circular]"}')
  })

  it('nesting of any depth is written', () => {
    let nested: unknown = 'core'
    for (let depth = 0; depth < 100_000; depth++) nested = depth % 2 === 0 ? [nested] : { n: nested }
    expect(stored(nested)).toContain('"core"')
  })

  const tooLarge = expect.objectContaining({ code: 'ERR_LOGHUB_LOG_TOO_LARGE' })
  it.each<[string, () => unknown]>([
    [
      'a graph that doubles at each step',
      () => Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], 'x'),
    ],
    ['a hole of a billion', () => new Array(1_000_000_000)],
    ['a proxy without end', () => endless()],
    ['one text many times', () => Array(5000).fill('x'.repeat(100_000))],
    [
      'errors that double at each step',
      () => Array.from({ length: 30 }).reduce<unknown>((inner) => new AggregateError([inner, inner]), new Error('x')),
    ],
  ])('%s is refused as too large, and ends', (_, make) => {
    expect(() => stored(make())).toThrow(tooLarge)
  })

  it('what throws is a coded error that names the field', () => {
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const throwing = {
      get a(): never {
        throw new Error('no')
      },
    }
    for (const value of [revoked.proxy, throwing, { deep: [throwing] }, new Map([['a', throwing]])]) {
      expect(() => stored(value)).toThrow(
        expect.objectContaining({ code: 'ERR_LOGHUB_INVALID_LOG', message: expect.stringContaining('"field"') }),
      )
    }
  })
})

function endless(): object {
  return new Proxy(
    {},
    {
      get: (_, name) => (typeof name === 'symbol' || name === 'toJSON' ? undefined : endless()),
      ownKeys: () => ['a'],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
    },
  )
}
