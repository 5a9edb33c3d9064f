import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteSource } from '../../../src/sls/wire/byte-source.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { LogBuffer } from '../../../src/sls/wire/log-buffer.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'

interface Given {
  readonly contents: [string, string][]
  readonly time: number
  readonly nanoseconds: number | undefined
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('', 'x'.repeat(150), 'é'.repeat(20_000)),
)
const given: fc.Arbitrary<Given> = fc.record({
  contents: fc.array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 140 }), text), {
    minLength: 1,
    maxLength: 6,
  }),
  // Of before 1978 as well, which takes fewer bytes.
  time: fc.oneof(fc.integer({ min: 5_000_000_000, max: 4_294_967_295_000 }), fc.integer({ min: 0, max: 99_999_999 })),
  nanoseconds: fc.option(fc.integer({ min: 0, max: 999_999_999 }), { nil: undefined }),
})

const source = (text: string) => new ByteSource(Buffer.from(text))

function encoded(logs: readonly Given[]): Buffer {
  const encoder = new LogEncoder()
  encoder.encodeAll(logs, 0)
  const bytes = Buffer.alloc(encoder.sizeInBytes)
  encoder.writeTo(bytes, 0)
  return bytes
}

/** A field of the log at a time, out of bytes in which it stands between others. */
function write(buffer: LogBuffer, { contents, time, nanoseconds }: Given): void {
  const textBytes = contents.reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0)
  buffer.begin(contents.length, textBytes)
  for (const [key, value] of contents) {
    const source = new ByteSource(Buffer.from(`"${key}": "${value}"`))
    const valueAt = 1 + Buffer.byteLength(key) + 4
    buffer.field(source, 1, valueAt - 4, source, valueAt, source.bytes.length - 1)
  }
  buffer.end(time, nanoseconds)
}

function bytesOf(buffer: LogBuffer, first = 0, lastExclusive = buffer.count): Buffer {
  buffer.select(first, lastExclusive)
  const bytes = Buffer.alloc(buffer.sizeInBytes)
  buffer.writeTo(bytes, 0)
  return bytes
}

test('logs that are written field by field are those that are encoded from objects', () => {
  fc.assert(
    fc.property(fc.array(given, { minLength: 1, maxLength: 8 }), fc.array(fc.boolean()), (logs, asObjects) => {
      const buffer = new LogBuffer()
      for (const [i, log] of logs.entries()) {
        if (asObjects[i]) buffer.add(log, 0)
        else write(buffer, log)
      }
      expect(bytesOf(buffer).equals(encoded(logs))).toBe(true)
      expect(buffer.restInBytes).toBe(encoded(logs).length)
    }),
  )
})

describe('a buffer of logs', () => {
  const log = (n: number): Given => ({
    contents: [['n', `${n}`.repeat(n)]],
    time: 1_700_000_000_000,
    nanoseconds: undefined,
  })
  const valuesOf = (bytes: Buffer) => decodeLogGroup(bytes).logs.map(({ contents }) => contents[0]?.[1])

  test('gives any run of its logs, and counts on behind those that were taken', () => {
    const buffer = new LogBuffer()
    for (let n = 1; n <= 5; n++) write(buffer, log(n))
    expect(valuesOf(bytesOf(buffer, 1, 3))).toEqual(['22', '333'])
    buffer.drop(2)
    expect([buffer.count, buffer.restInBytes]).toEqual([3, encoded([log(3), log(4), log(5)]).length])
    expect(valuesOf(bytesOf(buffer))).toEqual(['333', '4444', '55555'])
    expect([0, 1, 2].map((i) => buffer.sizeOf(i))).toEqual([3, 4, 5].map((n) => encoded([log(n)]).length))
    expect(buffer.endOf(1)).toBe(buffer.sizeOf(0) + buffer.sizeOf(1))
  })

  test('leaves out a log that was begun and is not ended, and one that cannot be encoded', () => {
    const buffer = new LogBuffer()
    write(buffer, log(1))
    buffer.begin(1, 10)
    buffer.field(source('k'), 0, 1, source('open'), 0, 4)
    expect(() => buffer.add({ contents: {} }, 0)).toThrow('no field')
    write(buffer, log(2))
    expect(valuesOf(bytesOf(buffer))).toEqual(['1', '22'])
  })

  test('is empty again, and gives back what a large log has made it grow', () => {
    const buffer = new LogBuffer()
    buffer.add({ contents: { large: 'x'.repeat(3_000_000) } }, 0)
    buffer.drop(1)
    buffer.clear()
    expect([buffer.count, buffer.restInBytes]).toEqual([0, 0])
    for (let n = 0; n < 2000; n++) write(buffer, log(1))
    expect(bytesOf(buffer).equals(encoded(Array.from({ length: 2000 }, () => log(1))))).toBe(true)
  })

  test.each([-1, 4_294_967_296_000, Number.NaN])('refuses a time that the service cannot store: %s', (time) => {
    const buffer = new LogBuffer()
    buffer.begin(1, 2)
    buffer.field(source('k'), 0, 1, source('v'), 0, 1)
    expect(() => buffer.end(time)).toThrow('time of a log')
    expect(buffer.count).toBe(0)
  })
})
