import { toUSVString } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/sls/limits.ts'
import { encodeGroupFields } from '../../../src/sls/wire/group-fields.ts'
import type { Contents, Log } from '../../../src/sls/wire/log.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'
import { peerDecode, peerEncode } from '../../support/log-group-schema.ts'
import { logGroupVectors, type VectorGroup, vectorValue } from '../../support/loggroup-vectors.ts'

// LOGHUB_ENCODER_RUNS=150000 makes the comparison with the other implementation long.
const RUNS = Number(process.env.LOGHUB_ENCODER_RUNS ?? 1000)
const TIME_LIMIT_MS = 20_000 + RUNS * 5

const TIME_MS = 1_700_000_000_000
const GUARD = 0xa5

/** What the encoder writes, checked against the size it told before: not a byte more, and none left out. */
function written(encoder: LogEncoder): Buffer {
  const target = Buffer.alloc(encoder.sizeInBytes + 16, GUARD)
  encoder.writeTo(target, 8)
  expect(target.subarray(0, 8).every((byte) => byte === GUARD)).toBe(true)
  expect(target.subarray(-8).every((byte) => byte === GUARD)).toBe(true)
  return target.subarray(8, -8)
}

function encode(contents: Contents, timeMs = TIME_MS, nanoseconds?: Log['nanoseconds']): Buffer {
  const encoder = new LogEncoder()
  encoder.encode(contents, timeMs, nanoseconds)
  return written(encoder)
}

function textBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value
}

function peer(pairs: readonly (readonly [string, string | Uint8Array])[], nanoseconds?: number): Buffer {
  const contents = pairs.map(([key, value]) => ({ key: toUSVString(key), value: textBytes(value) }))
  return peerEncode([{ time: TIME_MS / 1000, contents, ...(nanoseconds === undefined ? {} : { timeNs: nanoseconds }) }])
}

function storedFields(contents: unknown): Record<string, string> {
  const { logs } = peerDecode(encode(contents as Contents)) as {
    logs: { contents?: { key: string; value: Buffer }[] }[]
  }
  return Object.fromEntries((logs[0]!.contents ?? []).map(({ key, value }) => [key, value.toString()]))
}

function vectorLogs(group: VectorGroup): Log[] {
  return group.logs.map(({ time, timeNs, contents }) => ({
    time: time * 1000,
    nanoseconds: timeNs,
    contents: contents.map(([key, value]) => [key, vectorValue(value)] as const),
  }))
}

const hasEmptyKey = (group: VectorGroup) => group.logs.some((log) => log.contents.some(([key]) => key === ''))
const hasEmptyLog = (group: VectorGroup) => group.logs.some((log) => log.contents.length === 0)

describe('golden vectors', () => {
  for (const { name, input, hex } of logGroupVectors) {
    if (hasEmptyKey(input) || hasEmptyLog(input)) {
      const reason = hasEmptyKey(input) ? 'empty key' : 'no field with a value'
      it(`${name}: is refused (${reason})`, () => {
        expect(() => new LogEncoder().encodeAll(vectorLogs(input), 0)).toThrow(reason)
      })
      continue
    }
    it(`${name}: the logs, and the group fields where the vector has them, come byte by byte`, () => {
      const encoder = new LogEncoder()
      encoder.encodeAll(vectorLogs(input), 0)
      const logs = written(encoder).toString('hex')
      expect(hex.slice(0, logs.length)).toBe(logs)
      const { topic, source, tags = [], machineUUID } = input
      if (topic !== undefined && source !== undefined && machineUUID === undefined) {
        expect(logs + encodeGroupFields({ topic, source, tags }).toString('hex')).toBe(hex)
      } else if (topic === undefined && source === undefined) expect(logs).toBe(hex)
    })
  }
})

// Broken surrogates, pairs, and everything between; short and long enough for each way of writing.
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: 'binary-ascii', maxLength: 300 }),
)
const anyKey = anyText.filter((key) => key !== '')
const anyValue = fc.oneof(
  { weight: 5, arbitrary: anyText },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
)
const anyPairs = fc.array(fc.tuple(anyKey, anyValue), { minLength: 1, maxLength: 10 })
const hasAValue = (fields: object) => Object.values(fields).some((value) => value !== undefined)
const anyNanoseconds = fc.option(fc.integer({ min: 0, max: 999_999_999 }), { nil: undefined })

describe('against another protobuf implementation', () => {
  it(
    'any pairs give the same bytes',
    () => {
      const encoder = new LogEncoder()
      fc.assert(
        fc.property(anyPairs, anyNanoseconds, (pairs, nanoseconds) => {
          encoder.encode(pairs, TIME_MS, nanoseconds)
          expect(written(encoder).equals(peer(pairs, nanoseconds))).toBe(true)
        }),
        { numRuns: RUNS },
      )
    },
    TIME_LIMIT_MS,
  )

  it(
    'an object gives the bytes of its entries, whatever is among its values, and with getters as without',
    () => {
      const anyMixed = fc.oneof(
        ...[anyValue, fc.double(), fc.bigInt(), fc.boolean(), fc.constant(null), fc.constant(undefined), fc.date()],
        fc.jsonValue().filter((value) => typeof value === 'object' && value !== null),
      )
      const [encoder, other] = [new LogEncoder(), new LogEncoder()]
      fc.assert(
        fc.property(
          fc.dictionary(anyKey, anyMixed, { maxKeys: 10 }).filter(hasAValue),
          fc.boolean(),
          (fields, withGetters) => {
            const contents = withGetters ? Object.create(Object.prototype) : fields
            for (const key of withGetters ? Object.keys(fields) : []) {
              Object.defineProperty(contents, key, { get: () => fields[key], enumerable: true })
            }
            encoder.encode(contents, TIME_MS)
            other.encode(Object.entries(fields) as Contents, TIME_MS)
            expect(written(encoder).equals(written(other))).toBe(true)
          },
        ),
        { numRuns: RUNS },
      )
    },
    TIME_LIMIT_MS,
  )

  it(
    'ASCII logs of middling size, which are written as one string, give the same bytes',
    () => {
      const asciiPairs = fc.array(
        fc.tuple(fc.string({ minLength: 1, maxLength: 200 }), fc.string({ maxLength: 3000 })),
        {
          minLength: 1,
          maxLength: 8,
        },
      )
      const encoder = new LogEncoder()
      fc.assert(
        fc.property(asciiPairs, anyNanoseconds, (pairs, nanoseconds) => {
          encoder.encode(pairs, TIME_MS, nanoseconds)
          expect(written(encoder).equals(peer(pairs, nanoseconds))).toBe(true)
        }),
        { numRuns: Math.ceil(RUNS / 10) },
      )
    },
    TIME_LIMIT_MS,
  )

  it(
    'any list gives the bytes of its logs one behind the other, as a whole and in ranges',
    () => {
      const encoder = new LogEncoder()
      fc.assert(
        fc.property(fc.array(anyPairs, { maxLength: 6 }), fc.nat(6), fc.nat(6), (list, a, b) => {
          encoder.encodeAll(
            list.map((contents) => ({ contents })),
            TIME_MS,
          )
          const single = list.map((pairs) => peer(pairs))
          expect(encoder.logCount).toBe(list.length)
          expect(written(encoder).equals(Buffer.concat(single))).toBe(true)
          const [first, last] = [Math.min(a, b, list.length), Math.min(Math.max(a, b), list.length)]
          const start = first === 0 ? 0 : encoder.endOf(first - 1)
          const end = last === 0 ? 0 : encoder.endOf(last - 1)
          const range = Buffer.alloc(end - start)
          encoder.writeRangeTo(range, 0, first, last)
          expect(range.equals(Buffer.concat(single.slice(first, last)))).toBe(true)
        }),
        { numRuns: Math.ceil(RUNS / 10) },
      )
    },
    TIME_LIMIT_MS,
  )

  for (const border of [128, 16_384, 2_097_152]) {
    it(`values, contents and logs around ${border} bytes, where a length takes one byte more, are exact`, () => {
      const encoder = new LogEncoder()
      for (let length = border - 32; length <= border + 2; length++) {
        for (const value of ['a'.repeat(length), `${'a'.repeat(length - 2)}é`, Buffer.alloc(length, 0xff)]) {
          encoder.encode([['k', value]], TIME_MS)
          expect(written(encoder).equals(peer([['k', value]])), `${length}`).toBe(true)
        }
      }
    })
  }

  it('one character that is not ASCII, anywhere in a log that is otherwise joined, is noticed', () => {
    const encoder = new LogEncoder()
    for (const character of ['\x80', 'ÿ', '中', '😀', '\ud800', '\udc00']) {
      for (const at of [0, 199]) {
        const value = 'x'.repeat(at) + character + 'x'.repeat(199 - at)
        encoder.encode({ plain: 'y'.repeat(200) }, TIME_MS)
        encoder.encode({ k: value }, TIME_MS)
        expect(written(encoder).equals(peer([['k', value]]))).toBe(true)
        encoder.encode({ plain: 'y'.repeat(200) }, TIME_MS)
        encoder.encode({ [value]: 'v' }, TIME_MS)
        expect(written(encoder).equals(peer([[value, 'v']]))).toBe(true)
      }
    }
  })

  it('topic, source and tags give the same bytes, and are there when empty', () => {
    expect(encodeGroupFields({ topic: '', source: '', tags: [] }).toString('hex')).toBe('1a002200')
    fc.assert(
      fc.property(anyText, anyText, fc.array(fc.tuple(anyText, anyText)), (topic, source, tags) => {
        const read = peerDecode(encodeGroupFields({ topic, source, tags }))
        expect(read.topic).toBe(toUSVString(topic))
        expect(read.source).toBe(toUSVString(source))
        const pairs = tags.map(([key, value]) => ({ key: toUSVString(key), value: toUSVString(value) }))
        expect(read.logTags ?? []).toEqual(pairs)
      }),
    )
  })
})

describe('values', () => {
  it('numbers, booleans and bigints are their decimal text', () => {
    const given = { a: 1.5, b: -0, c: Number.NaN, d: Number.POSITIVE_INFINITY, e: true, f: 12345678901234567890n }
    expect(storedFields(given)).toEqual({
      a: '1.5',
      b: '0',
      c: 'NaN',
      d: 'Infinity',
      e: 'true',
      f: '12345678901234567890',
    })
  })

  it('undefined leaves the field out and null is the empty text, in objects and in pairs', () => {
    expect(storedFields({ a: undefined, b: null, c: 'x' })).toEqual({ b: '', c: 'x' })
    expect(
      storedFields([
        ['a', undefined],
        ['b', null],
      ]),
    ).toEqual({ b: '' })
  })

  it('dates are ISO 8601, and an invalid one says so', () => {
    expect(storedFields({ a: new Date(0), b: new Date(Number.NaN) })).toEqual({
      a: '1970-01-01T00:00:00.000Z',
      b: 'Invalid Date',
    })
  })

  it('an error is its stack with those of its causes, and a circle of causes ends', () => {
    const inner = new Error('inner')
    const outer = new Error('outer', { cause: inner })
    expect(storedFields({ outer }).outer).toBe(`${outer.stack}\nCaused by: ${inner.stack}`)
    inner.cause = outer
    expect(storedFields({ outer }).outer).toContain('Caused by: Error: inner')
    expect(storedFields({ e: Object.assign(new Error('bare'), { stack: undefined }) }).e).toBe('Error: bare')
  })

  it('other objects are JSON, with bigints inside as text', () => {
    expect(storedFields({ a: { b: [1, 'x'] }, c: [1n, { d: 2n }] })).toEqual({
      a: '{"b":[1,"x"]}',
      c: '["1",{"d":"2"}]',
    })
  })

  it('bytes are copied: changing them between encoding and writing changes nothing', () => {
    const bytes = Buffer.from('before')
    const encoder = new LogEncoder()
    encoder.encode({ bytes }, TIME_MS)
    bytes.fill('x')
    expect(written(encoder).includes('before')).toBe(true)
  })

  it('only own enumerable fields with text keys count', () => {
    const fields = Object.create({ inherited: 'no' }, { hidden: { value: 'no', enumerable: false } })
    fields.own = 'yes'
    fields[Symbol('s')] = 'no'
    expect(storedFields(fields)).toEqual({ own: 'yes' })
    expect(storedFields(Object.assign(Object.create(null), { bare: 1, hasOwnProperty: 2 }))).toEqual({
      bare: '1',
      hasOwnProperty: '2',
    })
  })

  it('repeated keys of pairs stay, in their order', () => {
    expect(
      encode([
        ['k', 'b'],
        ['k', 'a'],
      ]).equals(
        peer([
          ['k', 'b'],
          ['k', 'a'],
        ]),
      ),
    ).toBe(true)
  })

  it.each([
    [TIME_MS, 0],
    [TIME_MS + 123, 123_000_000],
    [TIME_MS + 123.25, 123_250_000],
    [TIME_MS + 999.75, 999_750_000],
    [4_294_967_295_999, 999_000_000],
    [0.5, 500_000],
  ])("nanoseconds 'from-time' of %d are %d", (timeMs, nanoseconds) => {
    const expected = encode({ k: 'v' }, timeMs, nanoseconds)
    expect(encode({ k: 'v' }, timeMs, 'from-time').equals(expected)).toBe(true)
  })

  it('time is stored in whole seconds, rounded down', () => {
    expect(encode({ k: 'v' }, TIME_MS + 999).equals(peer([['k', 'v']]))).toBe(true)
    const encoder = new LogEncoder()
    encoder.encodeAll([{ contents: { k: 'v' } }, { contents: { k: 'v' }, time: new Date(TIME_MS + 5000) }], TIME_MS)
    const { logs } = peerDecode(written(encoder)) as { logs: { time: number }[] }
    expect(logs.map((log) => log.time)).toEqual([TIME_MS / 1000, TIME_MS / 1000 + 5])
  })
})

const hostile = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('trap')
    },
  },
)
const throwsHostile = {
  get field(): never {
    throw new Proxy(new Error('x'), {
      getPrototypeOf: () => {
        throw new Error('trap')
      },
    })
  },
}
const throwing = {
  toJSON() {
    throw new Error('no JSON')
  },
}

describe('logs that cannot be stored', () => {
  const invalid: [name: string, contents: unknown, message: RegExp][] = [
    ['no contents', undefined, /contents must be .* but is undefined/],
    ['null', null, /but is null/],
    ['a text', 'secret', /but is a string: write \{ message: text \}/],
    ['a Map', new Map([['a', 1]]), /is a Map: write Object.fromEntries/],
    ['an Error', Object.assign(new Error('x'), { code: 1 }), /is an Error: write \{ error \}/],
    ['a Buffer', Buffer.from('text'), /is a Buffer: write \{ message: buffer \}/],
    ['a large Buffer', Buffer.alloc(9_000_000), /is a Buffer/],
    ['a typed array', new Float64Array(3), /is a Float64Array/],
    ['a boxed text', new String('text'), /is a String/],
    ['headers', new Headers({ a: 'b' }), /is a Headers/],
    ['no field', {}, /no field with a value/],
    ['no pair', [], /no field with a value/],
    ['fields that are all undefined', { a: undefined }, /no field with a value/],
    ['pairs that are all undefined', [['a', undefined]], /no field with a value/],
    ['an object of a class without fields', new (class {})(), /no field with a value/],
    ['pairs that are not pairs', [['a', 'b'], ['a']], /index 1/],
    ['a key that is not text', [[1, 'a']], /index 0/],
    ['an empty key', { '': 'v' }, /empty key/],
    ['a function', { f: () => 1 }, /"f" is a function/],
    ['a symbol', { s: Symbol('x') }, /"s" is a symbol/],
    ['a throwing toJSON', { throwing }, /"throwing".*no JSON/],
    ['a toJSON without result', { x: { toJSON: () => undefined } }, /"x" has no JSON form/],
    ['a throwing proxy', hostile, /cannot be read: trap/],
    ['a thrown value that throws when looked at', throwsHostile, /cannot be read/],
  ]
  for (const [name, contents, message] of invalid) {
    it(`${name}: is refused with a code and a reason`, () => {
      const encoder = new LogEncoder()
      const refusal = expect.objectContaining({
        code: 'ERR_LOGHUB_INVALID_LOG',
        message: expect.stringMatching(message),
      })
      expect(() => encoder.encode(contents as Contents, TIME_MS)).toThrow(refusal)
      expect([encoder.logCount, encoder.sizeInBytes]).toEqual([0, 0])
      encoder.encode({ k: 'v' }, TIME_MS)
      expect(written(encoder).equals(peer([['k', 'v']]))).toBe(true)
    })
  }

  for (const time of [Number.NaN, Number.POSITIVE_INFINITY, -1, 2 ** 32 * 1000, '2020' as never, 1n as never]) {
    it(`time ${String(time)} (${typeof time}) is refused`, () => {
      const refusal = expect.objectContaining({ code: 'ERR_LOGHUB_INVALID_LOG' })
      expect(() => encode({ k: 'v' }, time)).toThrow(refusal)
      expect(() => new LogEncoder().encodeAll([{ contents: { k: 'v' }, time }], 0)).toThrow(refusal)
    })
  }

  it('the last second that fits is taken', () => {
    expect(encode({ k: '' }, 2 ** 32 * 1000 - 1).toString('hex')).toBe('0a0d08ffffffff0f12050a016b1200')
  })

  const units: [unit: string, time: number | Date][] = [
    ['seconds', 1_700_000_000],
    ['seconds', new Date(1_700_000_000)],
    ['seconds', 1_700_000_000.25],
    ['microseconds', 1_700_000_000_000_000],
    ['nanoseconds', 1_700_000_000_000_000_000],
  ]
  it.each(units)('a time that looks like %s is refused by name', (unit, time) => {
    const logs = [{ contents: { k: 'v' }, time }]
    expect(() => new LogEncoder().encodeAll(logs, 0)).toThrow(`looks like ${unit}`)
  })

  it('the first day of 1970 is taken, and so is whatever the clock of the machine says', () => {
    const encoder = new LogEncoder()
    encoder.encodeAll(
      [
        { contents: { k: 'v' }, time: 0 },
        { contents: { k: 'v' }, time: 5000 },
      ],
      0,
    )
    encoder.encodeAll([{ contents: { k: 'v' } }], 1_700_000_000)
    expect(encoder.logCount).toBe(1)
  })

  it('an invalid Date as time is refused', () => {
    const logs = [{ contents: { k: 'v' }, time: new Date(Number.NaN) }]
    expect(() => new LogEncoder().encodeAll(logs, 0)).toThrow(/logs\[0\].*NaN/)
  })

  for (const nanoseconds of [-1, 1.5, 1_000_000_000, Number.NaN, '1' as never, null as never]) {
    it(`nanoseconds ${nanoseconds} (${typeof nanoseconds}) are refused`, () => {
      expect(() => encode({ k: 'v' }, TIME_MS, nanoseconds)).toThrow(/0 to 999999999/)
    })
  }

  it('a list is refused as a whole, naming the bad log', () => {
    const encoder = new LogEncoder()
    const logs = [{ contents: { a: 1 } }, undefined as never, { contents: {} }]
    expect(() => encoder.encodeAll(logs, 0)).toThrow(/logs\[1\]: A log must be an object/)
    expect(encoder.logCount).toBe(0)
  })

  it('a log of exactly the limit is taken, and one byte more is too large, whatever its characters', () => {
    const overhead = encode({ k: 'x'.repeat(4_000_000) }).length - 4_000_000
    const room = limits.requestInBytes - overhead
    expect(encode({ k: 'x'.repeat(room) }).length).toBe(limits.requestInBytes)
    const tooLarge = expect.objectContaining({
      code: 'ERR_LOGHUB_LOG_TOO_LARGE',
      message: expect.stringContaining(`${limits.requestInBytes}`),
    })
    expect(() => encode({ k: 'x'.repeat(room + 1) })).toThrow(tooLarge)
    expect(() => encode({ k: '中'.repeat(room / 2) })).toThrow(tooLarge)
  })

  it('a log far over the limit is given up before the rest of it is turned into text', () => {
    let asked = 0
    const tail = { toJSON: () => ++asked }
    expect(() => encode({ big: 'x'.repeat(limits.requestInBytes), tail })).toThrow(/over the limit/)
    expect(asked).toBe(0)
  })
})

describe('user code that encodes again on the same encoder', () => {
  it('does not disturb the outer log, whether it succeeds or fails', () => {
    const encoder = new LogEncoder()
    const nested = {
      toJSON() {
        encoder.encode({ other: '中'.repeat(500) }, 0)
        expect(() => encoder.encode({ '': 'bad' }, 0)).toThrow()
        return 'nested'
      },
    }
    const contents = { before: 'b', nested, after: 'a'.repeat(300) }
    const expected = peer([
      ['before', 'b'],
      ['nested', '"nested"'],
      ['after', contents.after],
    ])
    encoder.encode(contents, TIME_MS)
    expect(written(encoder).equals(expected)).toBe(true)
    encoder.encodeAll([{ contents }, { contents }], TIME_MS)
    expect(written(encoder).equals(Buffer.concat([expected, expected]))).toBe(true)
  })

  it('finds the encoder empty', () => {
    const encoder = new LogEncoder()
    encoder.encode({ k: 'v' }, TIME_MS)
    let seen = -1
    encoder.encode(
      {
        get k() {
          seen = encoder.sizeInBytes + encoder.logCount
          return 'v'
        },
      },
      TIME_MS,
    )
    expect(seen).toBe(0)
  })
})

it('keys without end, and text that turns from ASCII and back, stay exact', () => {
  const encoder = new LogEncoder()
  for (let i = 0; i < 20_000; i++) {
    const value = i % 97 < 5 ? '中'.repeat(60) : 'a'.repeat(60 + (i % 300))
    const contents = { [`key-${i}`]: value, same: `${i}`.padStart(60, '-') }
    encoder.encode(contents, TIME_MS)
    if (i % 500 < 10) expect(written(encoder).equals(peer(Object.entries(contents)))).toBe(true)
  }
})

it('a large list leaves nothing behind when it is cleared, and the encoder works on', () => {
  const encoder = new LogEncoder()
  encoder.encodeAll(
    Array.from({ length: 5000 }, (_, i) => ({ contents: { i } })),
    TIME_MS,
  )
  expect(encoder.logCount).toBe(5000)
  encoder.clear()
  expect([encoder.logCount, encoder.sizeInBytes]).toEqual([0, 0])
  encoder.encode({ k: 'v' }, TIME_MS)
  expect(written(encoder).equals(peer([['k', 'v']]))).toBe(true)
})
