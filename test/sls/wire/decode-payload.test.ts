import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/core/logger.ts'
import type { Compression, Payload } from '../../../src/sls/sink.ts'
import { Compressor, isCompressionSupported } from '../../../src/sls/wire/compression.ts'
import { decodePayload } from '../../../src/sls/wire/decode-payload.ts'
import { encodeGroupFields } from '../../../src/sls/wire/group-fields.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'

const contents: [string, string][] = [['message', 'to compress '.repeat(50)]]

function group(): Buffer {
  const encoder = new LogEncoder()
  encoder.encode(contents, 5000, 7)
  const logs = Buffer.alloc(encoder.sizeInBytes)
  encoder.writeTo(logs, 0)
  return Buffer.concat([logs, encodeGroupFields({ topic: 't', source: 's', tags: [['k', 'v']] })])
}

const codecs = (['lz4', 'deflate', 'zstd', 'none'] as Compression[]).filter(isCompressionSupported)

describe('the payload of a request', () => {
  test.each(codecs)('that is %s is read back', async (compression) => {
    const payload = await new Compressor(compression, silentLogger).compress(group())
    expect(payload.compression).toBe(compression)
    expect(await decodePayload(payload)).toEqual({
      ...{ topic: 't', source: 's', tags: [['k', 'v']] },
      logs: [{ time: 5, nanoseconds: 7, contents }],
    })
  })

  test.each(codecs)('that is %s and damaged anywhere is read or refused with a code, and soon', async (compression) => {
    const good = await new Compressor(compression, silentLogger).compress(group())
    const damaged = fc.record({
      at: fc.nat(good.bytes.length - 1),
      byte: fc.nat(255),
      end: fc.nat(good.bytes.length),
      rawSizeInBytes: fc.oneof(fc.constant(good.rawSizeInBytes), fc.nat(5000), fc.constantFrom(-1, 1.5, 2 ** 40)),
    })
    await fc.assert(
      fc.asyncProperty(damaged, async ({ at, byte, end, rawSizeInBytes }) => {
        const bytes = Buffer.from(good.bytes)
        bytes[at] = byte
        const payload: Payload = { bytes: end % 3 === 0 ? bytes.subarray(0, end) : bytes, rawSizeInBytes, compression }
        const problem = await decodePayload(payload).then(
          () => undefined,
          (error) => error,
        )
        if (problem !== undefined) expect(problem).toMatchObject({ code: 'ERR_LOGHUB_SEND' })
      }),
      { numRuns: 300 },
    )
  })
})
