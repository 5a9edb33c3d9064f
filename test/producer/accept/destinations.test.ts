import { expect, test } from 'vitest'
import { type DestinationDefaults, Destinations } from '../../../src/producer/accept/destinations.ts'
import { withDefaults } from '../../../src/producer/resolve-options.ts'
import { adjustShardHash } from '../../../src/sls/wire/shard-hash.ts'

function setUp(options: Parameters<typeof withDefaults>[0] = {}, names: Partial<DestinationDefaults> = {}) {
  const defaults = {
    project: 'proj',
    logstore: 'logs',
    hasProject: (name: string) => name.startsWith('proj'),
    ...names,
  }
  return new Destinations({ current: withDefaults({ source: '10.0.0.1', ...options }) }, defaults)
}

test('what is left out comes from the options', () => {
  expect(setUp({ topic: 'usual' }).resolve({})).toEqual({
    ...{ project: 'proj', logstore: 'logs', topic: 'usual', source: '10.0.0.1', shardHash: undefined },
  })
})

test('what is given wins, an empty topic and source as well', () => {
  const given = { project: 'proj-2', logstore: 'other_logs', topic: '', source: '' }
  expect(setUp({ topic: 'usual' }).resolve(given)).toEqual({ ...given, shardHash: undefined })
})

test('a shard hash is folded into buckets, whatever text it is; none stays none', () => {
  const destinations = setUp({ buckets: 64 })
  const hash = (shardHash?: string) => destinations.resolve({ shardHash }).shardHash
  expect(hash('127.0.0.1')).toBe(`f4${'0'.repeat(30)}`)
  for (const text of ['zz', 'f'.repeat(33), '用户 42', '😀', 'k'.repeat(4096)]) {
    expect(hash(text)).toBe(adjustShardHash(text, 64))
  }
  expect(hash(undefined)).toBeUndefined()
})

test.each([
  ['', 'must not be empty'],
  ['user-\ud83d', 'half a surrogate pair'],
  ['\ude00', 'half a surrogate pair'],
  ['k'.repeat(4097), 'at most 4096 bytes'],
  ['密'.repeat(1366), 'at most 4096 bytes'],
  [42 as unknown as string, 'must be a string'],
  [Buffer.from('ff') as unknown as string, 'must be a string'],
])('%j can be no key, adjusted or not', (shardHash, reason) => {
  expect(() => setUp().resolve({ shardHash })).toThrow(reason)
  expect(() => setUp({ adjustShardHash: false }).resolve({ shardHash })).toThrow('shardHash must be')
})

test('without adjustment the shard hash goes to the service as it is', () => {
  const shardHash = '5F'.padEnd(32, '0')
  expect(setUp({ adjustShardHash: false }).resolve({ shardHash }).shardHash).toBe(shardHash)
})

test.each(['', 'no hash', '5F', 'g'.repeat(32), '0'.repeat(33)])(
  "without adjustment '%s' can be no shard hash",
  (shardHash) => {
    expect(() => setUp({ adjustShardHash: false }).resolve({ shardHash })).toThrow('32 hex digits')
  },
)

test.each(['a', 'A-b_c.9', '0'.repeat(128)])('%s may name a logstore', (logstore) => {
  expect(setUp().resolve({ logstore }).logstore).toBe(logstore)
})

test.each(['-a', '.', '..', 'a b', 'a/b', 'a?b', 'ä', '0'.repeat(129)])("'%s' may not", (logstore) => {
  expect(() => setUp().resolve({ logstore })).toThrow('logstore must be')
})

test('without a default the names must be given, and the error says where', () => {
  expect(() => setUp({}, { project: undefined }).resolve({})).toThrow(
    'no project: name one in the send or in the options',
  )
  expect(() => setUp({}, { logstore: undefined }).resolve({})).toThrow('no logstore: name one')
})
