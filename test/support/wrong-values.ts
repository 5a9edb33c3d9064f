/** Values of every kind that plain JavaScript may pass anywhere. Made anew at each use: some are changed by it. */
export const wrongValues: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 1e300,
  () => 5n,
  () => '',
  () => 'text',
  () => '\ud800',
  () => 'x'.repeat(100_000),
  () => Symbol('symbol'),
  () => () => 1,
  () => () => {
    throw new Error('thrown')
  },
  () => async () => {
    throw new Error('rejected')
  },
  () => ({}),
  () => [],
  () => [undefined],
  () => [null],
  () => [['key', 'value']],
  () => [[]],
  () => ({ key: 'value' }),
  () => ({ contents: { n: '1' } }),
  () => ({ logs: { contents: { n: '1' } } }),
  () => ({ logs: [{ contents: { n: '1' } }, { contents: { n: '2' }, time: 1e12, nanoseconds: 'from-time' }] }),
  () => ({ contents: { n: '1' }, time: new Date(Number.NaN) }),
  () => ({ contents: { n: '1' }, nanoseconds: -1 }),
  () => ({ aborted: true }),
  () => AbortSignal.abort(),
  () => new AbortController().signal,
  () => new Error('error'),
  () => new Map([['a', 1]]),
  () => new Set([1]),
  () => new Date(),
  () => new Date(Number.NaN),
  () => /x/,
  () => Buffer.from('bytes'),
  () => new Float64Array(2),
  () => new ArrayBuffer(4),
  () => new Headers({ a: 'b' }),
  () => new URL('http://host'),
  () => new String('text'),
  () => new Proxy({}, {}),
  () => revoked({}),
  () => revoked([]),
  () => revoked(() => 1),
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap')
        },
      },
    ),
  () => throwing('logs', 'contents', 'time', 'topic', 'signal', 'timeoutMs', 'project', 'then', 'toString'),
  () => throwing('key'),
  () => circle(),
  () => Object.create(null),
  () => Object.assign(Object.create(null), { n: '1' }),
  () => ({ then: (resolve: (value: unknown) => void) => resolve(1) }),
  () => Promise.resolve(1),
  () => new WeakMap(),
  () => ({ toJSON: () => undefined }),
  () => ({
    [Symbol.toPrimitive]: () => {
      throw new Error('no text')
    },
  }),
  () => ({ [Symbol.iterator]: () => ({ next: () => ({ done: true }) }) }),
  () => ({ [Symbol.iterator]: 5 }),
  () =>
    new (class Order {
      id = 1
    })(),
  () => Object.freeze({ n: '1' }),
]

function revoked<T extends object>(target: T): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

function throwing(...names: readonly string[]): unknown {
  const thrown = () => {
    throw new Error('getter')
  }
  return Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, { enumerable: true, get: thrown }])))
}

function circle(): unknown {
  const value: Record<string, unknown> = {}
  value.self = value
  return value
}
