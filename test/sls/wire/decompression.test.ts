import { describe, expect, it } from 'vitest'
import { isCompressionSupported } from '../../../src/sls/wire/compression.ts'
import { decompress } from '../../../src/sls/wire/decompression.ts'
import { readVectors } from '../../support/loggroup-vectors.ts'
import { decodeLz4Block } from '../../support/lz4-block.ts'

interface CompressionCase {
  name: string
  rawHex: string
  rawLength: number
  lz4?: { hex: string }[]
  deflate?: { hex: string }[]
  zstd?: { hex: string }[]
}

interface CompressionVectors {
  cases: CompressionCase[]
  badLz4: { name: string; hex: string; rawSize: number }[]
}

const vectors = readVectors<CompressionVectors>('compression')
const codecs = (['lz4', 'deflate', 'zstd'] as const).filter(isCompressionSupported)

for (const codec of codecs) {
  for (const { name, rawHex, rawLength, [codec]: bodies = [] } of vectors.cases) {
    it(`${codec} of other writers is read: ${name}`, async () => {
      for (const { hex } of bodies) {
        const raw = await decompress(Buffer.from(hex, 'hex'), codec, rawLength)
        expect(raw.toString('hex')).toBe(rawHex)
        if (codec === 'lz4') expect(decodeLz4Block(Buffer.from(hex, 'hex')).toString('hex')).toBe(rawHex)
      }
    })
  }
}

const unreadable = expect.objectContaining({ code: 'ERR_LOGHUB_SEND' })

describe('bodies that are refused', () => {
  for (const { name, hex, rawSize } of vectors.badLz4) {
    it(`lz4, ${name}`, async () => {
      await expect(decompress(Buffer.from(hex, 'hex'), 'lz4', rawSize)).rejects.toEqual(unreadable)
    })
  }

  it('a false size, before memory is taken for it', async () => {
    const block = Buffer.from('1061', 'hex')
    for (const size of [0xffff_ffff, 10 * 1024 * 1024, -1, 1.5, Number.NaN]) {
      await expect(decompress(block, 'lz4', size)).rejects.toEqual(unreadable)
    }
    await expect(decompress(block, 'lz4', 1, 0)).rejects.toThrow(/0 to 0/)
  })

  it('another length than declared, longer or shorter, in every compression', async () => {
    const loggroup = vectors.cases.find((one) => one.name === 'loggroup-ascii')!
    for (const codec of codecs) {
      const body = Buffer.from(loggroup[codec]![0]!.hex, 'hex')
      for (const size of [loggroup.rawLength - 1, loggroup.rawLength + 1, 0]) {
        await expect(decompress(body, codec, size), `${codec} ${size}`).rejects.toEqual(unreadable)
      }
    }
    await expect(decompress(Buffer.from('ab'), 'none', 1)).rejects.toEqual(unreadable)
  })
})
