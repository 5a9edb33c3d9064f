import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decompressed } from '../../src/server/decompression.ts'
import { zstdDecompressed } from '../../src/server/zstd-frames.ts'

const text = Buffer.from('some text, '.repeat(1000))

/** A frame without content size, with a window of 1 KiB << `windowLog`, of these blocks: type 0 literal, 1 repeated. */
function zstdFrame(windowLog: number, blocks: readonly { type: 0 | 1; size: number; bytes: Buffer }[]): Buffer {
  const parts = blocks.map(({ type, size, bytes }, i) => {
    const header = Buffer.alloc(3)
    header.writeUIntLE((size << 3) | (type << 1) | Number(i === blocks.length - 1), 0, 3)
    return Buffer.concat([header, bytes])
  })
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, windowLog << 3]), ...parts])
}

const literal = (bytes: Buffer) => ({ type: 0 as const, size: bytes.length, bytes })
const repeated = (size: number) => ({ type: 1 as const, size, bytes: Buffer.from('x') })

describe('decompression', () => {
  test.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['Deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdFrame(10, [literal(text)])],
    ['identity', text],
    [undefined, text],
  ])('reads %s', async (encoding, body) => {
    expect((await decompressed(body, encoding, text.length)).equals(text)).toBe(true)
  })

  test.each([
    ['gzip', gzipSync(Buffer.alloc(10_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(10_000_000))],
    [
      'zstd',
      zstdFrame(
        10,
        Array.from({ length: 100 }, () => repeated(100_000)),
      ),
    ],
  ])('cuts off a bomb in %s', async (encoding, body) => {
    await expect(decompressed(body, encoding, 1_000_000)).rejects.toMatchObject({ status: 413 })
  })

  test.each(['gzip', 'deflate', 'br', 'zstd'])('refuses what is no %s', async (encoding) => {
    await expect(decompressed(Buffer.from('plain text'), encoding, 100)).rejects.toMatchObject({ status: 400 })
    await expect(decompressed(Buffer.from('x'), encoding, 100)).rejects.toMatchObject({ status: 400 })
  })
})

describe('zstd in JavaScript', () => {
  test('reads several frames, and skips those that are to be skipped', () => {
    const skippable = Buffer.concat([Buffer.from('502a4d1803000000', 'hex'), Buffer.from('abc')])
    const frame = zstdFrame(0, [literal(Buffer.from('ab')), repeated(3)])
    expect(zstdDecompressed(Buffer.concat([skippable, frame, frame]), 10).toString()).toBe('abxxxabxxx')
  })

  test('refuses a window that costs more memory than any body needs', () => {
    expect(() => zstdDecompressed(zstdFrame(21, [repeated(1)]), 1000)).toThrow(/window/)
  })

  test('refuses millions of tiny blocks behind a large window', () => {
    const blocks = Array.from({ length: 100_000 }, () => repeated(1))
    expect(() => zstdDecompressed(zstdFrame(13, blocks), 10_000_000)).toThrow(/too many blocks/)
  })

  test('ends with an error for every way to cut or bend a frame', () => {
    const frame = zstdFrame(0, [literal(Buffer.from('abc')), repeated(5)])
    for (let length = 1; length < frame.length; length++) {
      expect(() => zstdDecompressed(frame.subarray(0, length), 100)).toThrow()
    }
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const bent = Buffer.from(frame)
      bent[bit >> 3] = (bent[bit >> 3] as number) ^ (1 << (bit & 7))
      try {
        expect(zstdDecompressed(bent, 1000).length).toBeLessThanOrEqual(1000)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }
  })
})
