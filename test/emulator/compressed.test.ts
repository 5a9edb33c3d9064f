import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { decodeLz4Block } from '../../src/emulator/wire/lz4-block.ts'
import { zstdDecompressed } from '../../src/server/zstd-frames.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, PROJECT, sendSigned, write } from './support/client.ts'

const clock = new ManualClock()
let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({ clock, autoCreate: true, shards: 1 })
  const value = 'value '.repeat(50_000)
  await sendSigned(emulator, write('store', groupOf([{ time: 1, contents: [['k', value]] }])), clock.now())
})
afterAll(() => emulator.close())

describe('an answer', () => {
  const decode = {
    lz4: decodeLz4Block,
    zstd: zstdDecompressed,
    deflate: (bytes: Buffer) => inflateSync(bytes),
  }
  const pull = { type: 'logs', cursor: '' }
  const calls: readonly [string, Record<string, string>][] = [
    ['/logstores/store', { type: 'log', from: '0', to: '9' }],
    ['/logstores/store/shards/0', pull],
  ]
  const ask = async (path: string, query: Record<string, string>, encoding: string) => {
    const begin = { path: '/logstores/store/shards/0', query: Object.entries({ type: 'cursor', from: 'begin' }) }
    const { cursor } = (await sendSigned(emulator, begin, clock.now())).json
    const full = 'cursor' in query ? { ...query, cursor } : query
    const headers = { 'accept-encoding': encoding }
    return sendSigned(emulator, { path, query: Object.entries(full), headers }, clock.now())
  }

  test.each(
    calls.flatMap(([path, query]) => (['lz4', 'zstd', 'deflate'] as const).map((type) => [path, type, query] as const)),
  )('to %s comes in %s where it is asked for', async (path, type, query) => {
    const plain = (await ask(path, query, 'identity')).body
    const { headers, body } = await ask(path, query, type)
    expect([headers['x-log-compresstype'], headers['x-log-bodyrawsize']]).toEqual([type, String(plain.length)])
    expect(decode[type](body, plain.length).equals(plain)).toBe(true)
  })

  test('comes plain to a library that names what it knows on every call', async () => {
    for (const encoding of ['gzip, deflate', 'gzip, deflate, br', '*']) {
      expect(
        (await ask('/logstores/store', calls[0]?.[1] ?? {}, encoding)).headers['x-log-compresstype'],
      ).toBeUndefined()
    }
  })
})

describe('a batch of packages', () => {
  const group = groupOf([{ time: 1, contents: [['k', 'v']] }])
  const lz4 = Buffer.concat([Buffer.from([group.length << 4]), group])
  const field = (tag: number, bytes: Buffer) => Buffer.concat([Buffer.from([tag, bytes.length]), bytes])
  const packages = field(0x0a, Buffer.concat([field(0x0a, lz4), Buffer.from([0x10, group.length, 0x18, 2])]))

  test('names the compression of what is inside of them in its header, as the Java SDK does', async () => {
    expect(group.length).toBeLessThan(15)
    for (const type of [undefined, 'lz4', 'zstd']) {
      const headers = {
        'x-log-mode': 'batch_group',
        'x-log-bodyrawsize': '1000',
        ...(type !== undefined && { 'x-log-compresstype': type }),
      }
      expect((await sendSigned(emulator, write('batch', packages, headers), clock.now())).status).toBe(200)
    }
    expect(emulator.logs({ project: PROJECT, logstore: 'batch' })).toHaveLength(3)
  })
})
