import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteSource, viewOf } from '../../../src/sls/wire/byte-source.ts'

const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array))
const part = fc.tuple(bytes, fc.nat(), fc.nat()).map(([all, a, b]) => {
  const [start, end] = [a % (all.length + 1), b % (all.length + 1)].sort((one, other) => one - other) as [
    number,
    number,
  ]
  return { all, start, end }
})

test('a part is copied as it is, and nothing else is written', () => {
  fc.assert(
    fc.property(part, fc.nat({ max: 20 }), ({ all, start, end }, at) => {
      const target = Buffer.alloc(all.length + 30, 0xee)
      const expected = Buffer.from(target)
      all.copy(expected, at, start, end)
      expect(new ByteSource(all).copyTo(target, viewOf(target), at, start, end)).toBe(at + end - start)
      expect(target).toEqual(expected)
    }),
  )
})

test('a part is found where it stands, and not where one byte is another', () => {
  fc.assert(
    fc.property(part, fc.nat({ max: 9 }), fc.nat(), ({ all, start, end }, at, which) => {
      const copy = Buffer.concat([Buffer.alloc(at), all.subarray(start, end)])
      const length = end - start
      const [source, other] = [new ByteSource(all), new ByteSource(copy)]
      expect(source.has(start, other, at, length)).toBe(true)
      expect(source.has(start, other, at, copy.length - at + 1)).toBe(false)
      if (length === 0) return
      copy[at + (which % length)]! ^= 1
      expect(source.has(start, other, at, length)).toBe(false)
    }),
  )
})
