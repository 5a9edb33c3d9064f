import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PendingBytes } from '../../../src/agent/lines/pending-bytes.ts'

test('what is pending is what was appended and not consumed, whatever becomes of the chunks', () => {
  const steps = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 60 })), { maxLength: 40 })
  fc.assert(
    fc.property(steps, (steps) => {
      const pending = new PendingBytes()
      let expected = Buffer.alloc(0)
      for (const [bytes, wanted] of steps) {
        const chunk = Buffer.from(bytes)
        expected = Buffer.concat([expected, chunk])
        expect(pending.append(chunk).equals(expected)).toBe(true)
        const count = Math.min(wanted, expected.length)
        pending.consume(count)
        chunk.fill(0)
        expected = expected.subarray(count)
        expect(pending.length).toBe(expected.length)
      }
      expect(pending.append(Buffer.alloc(0)).equals(expected)).toBe(true)
    }),
  )
})
