import { expect, test } from 'vitest'
import { LineLogs } from '../../../src/sls/wire/line-logs.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'

const TIME_MS = 1_700_000_000_000
const EDGES = [0x80, 0x3000, 0x4000, 0x20_0000]

function asLog(key: string, value: string): Buffer {
  const encoder = new LogEncoder()
  encoder.encode({ [key]: value }, TIME_MS, undefined)
  const bytes = Buffer.alloc(encoder.sizeInBytes)
  encoder.writeTo(bytes, 0)
  return bytes
}

/** Lines that stand apart are copied one by one; those that stand close are copied together. */
function asLines(key: string, sizes: readonly number[], between: number): Buffer {
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size + between, 0))
  const ends = starts.map((start, i) => start + (sizes[i] as number))
  const buffer = Buffer.alloc((ends.at(-1) as number) + 1, 'x')
  const lines = new LineLogs({ buffer, starts, ends, count: sizes.length, timeMs: TIME_MS, key })
  const sizeInBytes = sizes.reduce((sum, _, i) => sum + lines.sizeOf(i), 0)
  lines.select(0, sizes.length, sizeInBytes)
  const bytes = Buffer.alloc(sizeInBytes)
  lines.writeTo(bytes, 0)
  return bytes
}

test.each([1, 7, 100, 127, 128, 200, 0x0bfc, 0x0bfd, 0x0c00, 0x4000])(
  'a line is encoded as a log of one field is, whatever its length: key of %d bytes',
  (keyBytes) => {
    const key = 'k'.repeat(keyBytes)
    const near = EDGES.slice(0, keyBytes > 200 ? 2 : 4).flatMap((edge) => [edge - keyBytes, edge])
    const sizes = [...new Set(near.flatMap((edge) => [-16, -12, -3, -2, -1, 0, 1, 2, 3].map((by) => edge + by)))]
    for (const size of [0, 1, 2, ...sizes].filter((each) => each >= 0)) {
      const expected = asLog(key, 'x'.repeat(size))
      const pair = Buffer.concat([expected, asLog(key, 'xx')])
      expect(asLines(key, [size], 1).equals(expected)).toBe(true)
      expect(asLines(key, [size, 2], 1).equals(pair)).toBe(true)
      expect(asLines(key, [size, 2], keyBytes + 100).equals(pair)).toBe(true)
    }
  },
)
