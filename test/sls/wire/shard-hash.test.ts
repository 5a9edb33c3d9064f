import { describe, expect, it } from 'vitest'
import { adjustShardHash, isShardHash } from '../../../src/sls/wire/shard-hash.ts'
import { readVectors } from '../../support/loggroup-vectors.ts'

interface ShardHashVectors {
  adjust: { cases: { input: string; adjusted: Record<string, string> }[] }
}

describe('an adjusted shard hash', () => {
  for (const { input, adjusted } of readVectors<ShardHashVectors>('shard_hash').adjust.cases) {
    it(`of ${JSON.stringify(input)} is the lower bound of its bucket`, () => {
      for (const [buckets, hash] of Object.entries(adjusted)) expect(adjustShardHash(input, Number(buckets))).toBe(hash)
    })
  }

  it('keeps nine bits with 512 buckets', () => {
    expect(adjustShardHash('user-42', 512)).toBe(`76${'0'.repeat(30)}`)
    expect(adjustShardHash('a', 512)).toBe(`0c8${'0'.repeat(29)}`)
  })
})

it('a shard hash is 32 hex digits and nothing else', () => {
  expect(isShardHash('F4'.padEnd(32, '0'))).toBe(true)
  for (const text of ['', '0', '0'.repeat(31), '0'.repeat(33), `${'0'.repeat(31)}g`, `${'0'.repeat(32)}\n`]) {
    expect(isShardHash(text), text).toBe(false)
  }
})
