import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../../src/emulator/index.ts'
import { decompressed } from '../../../src/emulator/wire/compression.ts'
import { decodeLz4Block } from '../../../src/emulator/wire/lz4-block.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { groupOf, PROJECT, sendSigned, write } from '../support/client.ts'
import { vectors } from '../support/vectors.ts'

interface Encoded {
  readonly hex: string
}
interface Case {
  readonly name: string
  readonly rawLength: number
  readonly rawHex: string
  readonly lz4?: Encoded[]
  readonly deflate?: Encoded[]
  readonly zstd?: Encoded[]
}
const { cases, badLz4 } = vectors<{ cases: Case[]; badLz4: { name: string; hex: string; rawSize: number }[] }>(
  'compression',
)
const forms = ['lz4', 'deflate', 'zstd'] as const
const good = cases.flatMap((one) =>
  forms.flatMap((form) =>
    (one[form] ?? []).map(({ hex }, i) => [`${one.name}, ${form} ${i}`, form, hex, one] as const),
  ),
)

describe('bodies of other writers', () => {
  test.each(good)('%s decodes', (_, form, hex, one) => {
    expect(decompressed(Buffer.from(hex, 'hex'), form, one.rawLength).toString('hex')).toBe(one.rawHex)
  })

  test('a gzip member and a zlib stream are both read under either name', () => {
    const raw = Buffer.from('some text')
    for (const name of ['gzip', 'deflate']) {
      expect(decompressed(gzipSync(raw), name, raw.length)).toEqual(raw)
      expect(decompressed(deflateSync(raw), name, raw.length)).toEqual(raw)
    }
  })

  test('a match that overlaps itself repeats its beginning', () => {
    // One literal, a match of 35 bytes at offset 1, five literals.
    const block = Buffer.from('1f61010010506262626262', 'hex')
    expect(decodeLz4Block(block, 41).toString()).toBe(`${'a'.repeat(36)}bbbbb`)
  })
})

describe('bodies that lie', () => {
  const clock = new ManualClock()

  test.each(badLz4.map((one) => [one.name, one] as const))(
    'the LZ4 block "%s" is refused over the wire',
    async (_, one) => {
      await using emulator = await startEmulator({ clock, autoCreate: true })
      const headers = { 'x-log-compresstype': 'lz4', 'x-log-bodyrawsize': String(one.rawSize) }
      const reply = await sendSigned(emulator, write('store', Buffer.from(one.hex, 'hex'), headers), clock.now())
      expect([reply.status, reply.json.errorCode]).toEqual([400, 'PostBodyUncompressError'])
      expect(emulator.logs({ project: PROJECT, logstore: 'store' })).toEqual([])
    },
  )

  test('every single byte cut off or changed in a block gives a refusal or the declared size, never more', () => {
    const block = Buffer.from(cases.find(({ name }) => name === 'loggroup-many-300')?.lz4?.[1]?.hex ?? '', 'hex')
    const size = cases.find(({ name }) => name === 'loggroup-many-300')?.rawLength as number
    const lengthOf = (bytes: Buffer) => {
      try {
        return decodeLz4Block(bytes, size).length
      } catch {
        return size
      }
    }
    for (let i = 0; i < Math.min(block.length, 400); i++) {
      expect(lengthOf(block.subarray(0, i))).toBe(size)
      const changed = Buffer.from(block)
      changed[i] = (changed[i] as number) ^ 0xff
      expect(lengthOf(changed)).toBe(size)
    }
  })

  test.each([
    ['lz4', '4294967295', 413, 'PostBodyTooLarge'],
    ['lz4', '10485761', 413, 'PostBodyTooLarge'],
    ['lz4', '-1', 400, 'InvalidBodyRawSize'],
    ['lz4', 'many', 400, 'InvalidBodyRawSize'],
    ['snappy', '5', 400, 'InvalidCompressType'],
  ])('%s with a declared size of %s is refused with %i %s', async (type, size, status, errorCode) => {
    await using emulator = await startEmulator({ clock, autoCreate: true })
    const headers = { 'x-log-compresstype': type, 'x-log-bodyrawsize': size }
    const reply = await sendSigned(emulator, write('store', Buffer.from('00', 'hex'), headers), clock.now())
    expect([reply.status, reply.json.errorCode]).toEqual([status, errorCode])
  })

  test('a compressed body without a declared size is refused', async () => {
    await using emulator = await startEmulator({ clock, autoCreate: true })
    const headers = { 'content-type': 'application/x-protobuf', 'x-log-compresstype': 'lz4' }
    const call = { method: 'POST', path: '/logstores/store/shards/lb', headers, body: Buffer.from('00', 'hex') }
    expect((await sendSigned(emulator, call, clock.now())).json.errorCode).toBe('MissingBodyRawSize')
  })

  test('a bomb is cut off at its declared size', () => {
    const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024))
    expect(() => decompressed(bomb, 'deflate', 1024)).toThrow(/decompress/)
  })

  test('a body that holds less than it declares is refused', () => {
    expect(() => decompressed(deflateSync(Buffer.from('abc')), 'deflate', 4)).toThrow(/3 bytes, declared are 4/)
  })

  test('a thousand bombs in one package list are refused by their sum', async () => {
    await using emulator = await startEmulator({ clock, autoCreate: true })
    // Data of one byte, uncompress_size 10 MB.
    const bomb = Buffer.from('0a080a01001080808005', 'hex')
    const headers = { 'x-log-mode': 'batch_group' }
    const reply = await sendSigned(
      emulator,
      write('store', Buffer.concat(Array(1000).fill(bomb)), headers),
      clock.now(),
    )
    expect(reply.json.errorCode).toBe('PostBodyTooLarge')
  })

  test('a plain body may declare any size, as official clients do', async () => {
    await using emulator = await startEmulator({ clock, autoCreate: true })
    const body = groupOf([{ time: 1, contents: [['k', 'v']] }])
    const reply = await sendSigned(emulator, write('store', body, { 'x-log-bodyrawsize': '0' }), clock.now())
    expect(reply.status).toBe(200)
  })
})
