import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeLogGroup } from '../../../src/emulator/wire/log-group.ts'
import { checkLogGroup } from '../../../src/emulator/wire/log-group-check.ts'
import { groupOf } from '../support/client.ts'
import { vectors } from '../support/vectors.ts'

const groups = vectors<{ cases: { name: string; hex: string }[] }>('loggroup').cases

/** The decoder's view of the same bytes, or undefined where it refuses them. */
function decoderSummary(bytes: Buffer) {
  try {
    const times = decodeLogGroup(bytes).Logs.map(({ Time }) => Time)
    if (times.length === 0) return { logCount: 0, firstTime: 0, lastTime: 0 }
    return { logCount: times.length, firstTime: Math.min(...times), lastTime: Math.max(...times) }
  } catch {
    return undefined
  }
}

function checkSummary(bytes: Buffer) {
  try {
    return checkLogGroup(bytes)
  } catch {
    return undefined
  }
}

describe('checking without decoding', () => {
  test.each(groups.map(({ name, hex }) => [name, hex] as const))('agrees with the decoder on %s', (_, hex) => {
    const bytes = Buffer.from(hex, 'hex')
    expect(checkSummary(bytes)).toEqual(decoderSummary(bytes))
    expect(checkSummary(bytes)).toBeDefined()
  })

  test('agrees with the decoder on groups with changed, cut and added bytes', () => {
    const whole = groupOf(
      [
        {
          time: 1_700_000_000,
          nanoseconds: 5,
          contents: [
            ['key', 'value'],
            ['k', ''],
          ],
        },
        { time: 3, contents: [['a', 'b']] },
      ],
      { Topic: 't', Source: 's', LogTags: [{ Key: 'x', Value: 'y' }] },
    )
    const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 3 }),
        fc.nat(whole.length),
        fc.uint8Array({ maxLength: 4 }),
        (changes, end, tail) => {
          const bytes = Buffer.concat([whole.subarray(0, end), tail])
          for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value
          expect(checkSummary(bytes)).toEqual(decoderSummary(bytes))
        },
      ),
      { numRuns: 5000, seed: 7 },
    )
  })

  test('agrees with the decoder on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (random) => {
        const bytes = Buffer.from(random)
        expect(checkSummary(bytes)).toEqual(decoderSummary(bytes))
      }),
      { numRuns: 5000, seed: 7 },
    )
  })
})
