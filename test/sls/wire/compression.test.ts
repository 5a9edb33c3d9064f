import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deferred } from '../../../src/core/deferred.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Compressor, isCompressionSupported } from '../../../src/sls/wire/compression.ts'
import { decompress } from '../../../src/sls/wire/decompression.ts'
import type { Lz4 } from '../../../src/sls/wire/load-lz4.ts'
import { decodeLz4Block } from '../../support/lz4-block.ts'

const small = Buffer.from('the same words again and again, '.repeat(50))
const large = Buffer.from('the same words again and again, '.repeat(5000))
const noise = Buffer.from('89504e470d0a1a0a', 'hex')

describe('lz4', () => {
  for (const [name, raw] of Object.entries({ small, large })) {
    it(`gives a bare block, without size or frame: ${name}`, async () => {
      const payload = await new Compressor('lz4', silentLogger).compress(raw)
      expect(payload.compression).toBe('lz4')
      expect(payload.rawSizeInBytes).toBe(raw.length)
      expect(payload.bytes.length).toBeLessThan(raw.length)
      expect(decodeLz4Block(payload.bytes).equals(raw)).toBe(true)
    })
  }

  it('gives back whatever went in', async () => {
    const compressor = new Compressor('lz4', silentLogger)
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 2000 }))
        .map(([bytes, times]) => Buffer.concat(Array<Uint8Array>(times).fill(bytes))),
    )
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        const { bytes: body, compression, rawSizeInBytes } = await compressor.compress(Buffer.from(bytes))
        expect((await decompress(body, compression, rawSizeInBytes)).equals(bytes)).toBe(true)
        if (compression === 'lz4') expect(decodeLz4Block(body).equals(bytes)).toBe(true)
      }),
    )
  })

  it('is given at most two large bodies at once', async () => {
    let inFlight = 0
    let most = 0
    const calls: Deferred<Buffer>[] = []
    const compress = async () => {
      most = Math.max(most, ++inFlight)
      const call = new Deferred<Buffer>()
      calls.push(call)
      return call.promise.finally(() => inFlight--)
    }
    const loadLz4 = async (): Promise<Omit<Lz4, 'uncompress'>> => ({
      compress,
      compressSync: () => expect.fail('too large for that'),
    })
    const compressor = new Compressor('lz4', silentLogger, { loadLz4 })
    const bodies = Promise.allSettled([1, 2, 3, 4, 5].map(() => compressor.compress(large)))
    for (let done = 0; done < 5; done++) {
      while (calls.length <= done) await new Promise(setImmediate)
      if (done === 1) calls[done]!.reject(new Error('one fails'))
      else calls[done]!.resolve(Buffer.alloc(10))
    }
    const outcomes = (await bodies).map(({ status }) => status)
    expect(outcomes).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
    expect(most).toBe(2)
  })

  it('that cannot be loaded means deflated bodies and one warning', async () => {
    const warnings: string[] = []
    let loads = 0
    const loadLz4 = () => {
      loads++
      return Promise.reject(new Error('Cannot find native binding'))
    }
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
    const compressor = new Compressor('lz4', logger, { loadLz4 })
    const payloads = await Promise.all([compressor.compress(small), compressor.compress(large)])
    payloads.push(await compressor.compress(small))
    expect(payloads.map((payload) => payload.compression)).toEqual(['deflate', 'deflate', 'deflate'])
    expect(inflateSync(payloads[0]!.bytes).equals(small)).toBe(true)
    expect(loads).toBe(1)
    expect(warnings).toEqual([expect.stringMatching(/deflate.*Cannot find native binding/s)])
  })
})

it('deflate is a zlib stream', async () => {
  const { bytes, compression } = await new Compressor('deflate', silentLogger).compress(large)
  expect(compression).toBe('deflate')
  expect(inflateSync(bytes).equals(large)).toBe(true)
})

it.runIf(isCompressionSupported('zstd'))('zstd is one frame', async () => {
  const { bytes, compression } = await new Compressor('zstd', silentLogger).compress(large)
  expect(compression).toBe('zstd')
  expect((await decompress(bytes, 'zstd', large.length)).equals(large)).toBe(true)
})

it.skipIf(isCompressionSupported('zstd'))('zstd on a Node without it is refused at once', () => {
  const refusal = expect.objectContaining({ code: 'ERR_LOGHUB_OPTION', message: expect.stringContaining('lz4') })
  expect(() => new Compressor('zstd', silentLogger)).toThrow(refusal)
})

describe('a body that does not shrink', () => {
  for (const compression of ['lz4', 'deflate', 'none'] as const) {
    it(`goes as it is with ${compression}`, async () => {
      for (const raw of [Buffer.alloc(0), Buffer.from('a'), noise]) {
        const payload = await new Compressor(compression, silentLogger).compress(raw)
        expect(payload).toEqual({ bytes: raw, rawSizeInBytes: raw.length, compression: 'none' })
      }
    })
  }
})
