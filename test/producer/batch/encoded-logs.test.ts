import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EncodedLogs, HeldLogs, splitIntoRequests } from '../../../src/producer/batch/encoded-logs.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'

/** Logs of the given sizes: each byte holds the number of its log. */
function logsOf(sizes: readonly number[]): EncodedLogs {
  const bytes = Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, index)))
  let end = 0
  const ends = sizes.map((size) => (end += size))
  const endOf = (index: number) => ends[index] as number
  return {
    logCount: sizes.length,
    sizeInBytes: bytes.length,
    endOf,
    writeTo: (target, at) => void bytes.copy(target, at),
    writeRangeTo: (target, at, first, last) =>
      void bytes.copy(target, at, first === 0 ? 0 : endOf(first - 1), endOf(last - 1)),
  }
}

/** The fewest requests that keep the order: filling each as far as it goes is optimal. */
function fewest(sizes: readonly number[], maxBytes: number, maxLogs: number): number {
  let requests = 0
  let bytes = Number.POSITIVE_INFINITY
  let count = 0
  for (const size of sizes) {
    if (bytes + size > maxBytes || count === maxLogs) {
      requests++
      bytes = 0
      count = 0
    }
    bytes += size
    count++
  }
  return requests
}

describe('splitting a list into requests', () => {
  const anySizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 80 })

  test('keeps every log once and in order, within both limits, in as few requests as can be', () => {
    fc.assert(
      fc.property(
        anySizes,
        fc.integer({ min: 100, max: 400 }),
        fc.integer({ min: 1, max: 12 }),
        (sizes, max, count) => {
          const ranges = [...splitIntoRequests(logsOf(sizes), max, count)]
          let next = 0
          for (const { firstLog, lastLogExclusive, sizeInBytes } of ranges) {
            expect(firstLog).toBe(next)
            const inRange = sizes.slice(firstLog, lastLogExclusive)
            expect(sizeInBytes).toBe(inRange.reduce((sum, size) => sum + size, 0))
            expect(sizeInBytes).toBeLessThanOrEqual(max)
            expect(inRange.length).toBeLessThanOrEqual(count)
            next = lastLogExclusive
          }
          expect(next).toBe(sizes.length)
          expect(ranges.length).toBe(fewest(sizes, max, count))
        },
      ),
    )
  })

  test('a list that fits exactly is one request', () => {
    expect([...splitIntoRequests(logsOf([50, 50]), 100, 2)]).toEqual([
      { firstLog: 0, lastLogExclusive: 2, sizeInBytes: 100 },
    ])
  })
})

describe('held logs', () => {
  test('last when the encoder goes on to something else, to the byte', () => {
    const encoder = new LogEncoder()
    encoder.encodeAll([{ contents: { a: '1' } }, { contents: { b: 'ü'.repeat(300) } }, { contents: { c: '' } }], 0)
    const expected = Buffer.alloc(encoder.sizeInBytes)
    encoder.writeTo(expected, 0)
    const held = new HeldLogs(encoder)
    const ends = [0, 1, 2].map((index) => encoder.endOf(index))
    encoder.encode({ other: 'log' }, 0)
    const written = Buffer.alloc(held.sizeInBytes)
    held.writeTo(written, 0)
    expect(written.equals(expected)).toBe(true)
    expect([held.logCount, held.endOf(0), held.endOf(1), held.endOf(2)]).toEqual([3, ...ends])
    const middle = Buffer.alloc((ends[1] as number) - (ends[0] as number))
    held.writeRangeTo(middle, 0, 1, 2)
    expect(middle.equals(expected.subarray(ends[0], ends[1]))).toBe(true)
  })
})
