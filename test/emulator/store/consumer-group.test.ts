import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConsumerGroup } from '../../../src/emulator/store/consumer-group.ts'

const shards = [0, 1, 2, 3, 4]
const group = () => new ConsumerGroup('group', 10, false)

describe('shards', () => {
  test('all go to the only consumer', () => {
    expect(group().heartbeat('a', [], shards, 0)).toEqual(shards)
  })

  test('are shared evenly, and change hands only once the former holder has let go', () => {
    const two = group()
    two.heartbeat('a', [], shards, 0)
    expect(two.heartbeat('b', [], shards, 1)).toEqual([])
    const kept = two.heartbeat('a', shards, shards, 2)
    expect(kept).toHaveLength(3)
    expect(two.heartbeat('b', [], shards, 3)).toEqual([])
    expect(two.heartbeat('a', kept, shards, 4)).toEqual(kept)
    expect(two.heartbeat('b', [], shards, 5)).toEqual(shards.filter((shard) => !kept.includes(shard)))
  })

  test('of a dead consumer go to the living', () => {
    const two = group()
    two.heartbeat('a', [], shards, 0)
    expect(two.heartbeat('b', [], shards, 10_000)).toEqual([])
    expect(two.heartbeat('b', [], shards, 10_001)).toEqual(shards)
  })

  test('that come and go are followed', () => {
    const one = group()
    one.heartbeat('a', [], [0, 1], 0)
    expect(one.heartbeat('a', [0, 1], [0, 1, 2], 1)).toEqual([0, 1, 2])
    expect(one.heartbeat('a', [0, 1, 2], [2], 2)).toEqual([2])
  })

  test('never belong to two at once, and in the end belong to all in even shares', () => {
    const beat = fc.record({ consumer: fc.nat(3), stepMs: fc.nat(4000), restarts: fc.boolean() })
    fc.assert(
      fc.property(fc.array(beat, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (beats, count) => {
        const shared = group()
        const ids = Array.from({ length: count }, (_, i) => i)
        const held = new Map<string, { shards: number[]; atMs: number }>()
        let nowMs = 0
        const step = (name: string, isNew: boolean) => {
          const before = isNew ? [] : (held.get(name)?.shards ?? [])
          held.set(name, { shards: shared.heartbeat(name, before, ids, nowMs), atMs: nowMs })
          const living = [...held.values()].filter(({ atMs }) => nowMs - atMs <= 10_000)
          const all = living.flatMap((consumer) => consumer.shards)
          expect(new Set(all).size).toBe(all.length)
        }
        for (const { consumer, stepMs, restarts } of beats) {
          nowMs += stepMs
          // One that was away for longer than the timeout has lost its shards: the official consumers stop then.
          const wasAway = nowMs - (held.get(`c${consumer}`)?.atMs ?? 0) > 10_000
          step(`c${consumer}`, restarts || wasAway)
        }
        nowMs += 20_000
        held.clear()
        for (let round = 0; round < 4; round++) for (const name of ['x', 'y']) step(name, false)
        const sizes = [...held.values()].map((consumer) => consumer.shards.length)
        expect(Math.abs((sizes[0] as number) - (sizes[1] as number))).toBeLessThanOrEqual(1)
        expect((sizes[0] as number) + (sizes[1] as number)).toBe(count)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a checkpoint', () => {
  test('is empty until it is saved, and survives being written down', () => {
    const one = group()
    one.heartbeat('a', [], [0, 1], 0)
    expect(one.checkpointsShown().map(({ shard, checkpoint }) => [shard, checkpoint])).toEqual([
      [0, ''],
      [1, ''],
    ])
    one.saveCheckpoint(1, 'a', 'MTIz', false, 5)
    const restored = ConsumerGroup.restore(JSON.parse(JSON.stringify(one.toRecord())))
    expect(restored.checkpointOf(1)).toEqual({ shard: 1, checkpoint: 'MTIz', consumer: 'a', updateTime: 5000 })
  })

  test('is saved by who holds the shard, or by force', () => {
    const one = group()
    one.heartbeat('a', [], [0], 0)
    expect(() => one.saveCheckpoint(0, 'b', 'x', false, 1)).toThrow(/does not hold/)
    one.saveCheckpoint(0, 'b', 'x', true, 1)
    expect(() => one.saveCheckpoint(0, 'a', 'y', false, 20_000)).toThrow(/does not hold/)
  })
})

test('a crowd of consumers has an end', () => {
  const one = group()
  for (let i = 0; i < 100; i++) one.heartbeat(`c${i}`, [], [0], 0)
  expect(() => one.heartbeat('c100', [], [0], 0)).toThrow(/100 consumers/)
  expect(() => one.heartbeat('c5', [], [0], 0)).not.toThrow()
})
