import { beforeEach, describe, expect, test } from 'vitest'
import { BufferPool } from '../../../src/producer/batch/buffer-pool.ts'

const KIB = 1024
let spareBytes: number
let pool: BufferPool

beforeEach(() => {
  spareBytes = Number.POSITIVE_INFINITY
  pool = new BufferPool({ spareBytes: () => spareBytes })
  pool.setBufferBytes(512 * KIB)
})

describe('the pool of buffers', () => {
  test('gives those of one size again, and to nobody who asks for less', () => {
    const full = pool.take(512 * KIB)
    pool.giveBack(full)
    expect(pool.pooledBytes).toBe(512 * KIB)
    expect(pool.take(256 * KIB).length).toBe(256 * KIB)
    expect(pool.take(512 * KIB)).toBe(full)
    expect(pool.pooledBytes).toBe(0)
  })

  test('keeps none of another size, and none that are small', () => {
    pool.giveBack(pool.take(256 * KIB))
    pool.giveBack(pool.take(600 * KIB))
    pool.setBufferBytes(KIB)
    pool.giveBack(pool.take(KIB))
    expect(pool.pooledBytes).toBe(0)
  })

  test('lets go of what it has when the size changes', () => {
    pool.giveBack(pool.take(512 * KIB))
    pool.setBufferBytes(128 * KIB)
    expect(pool.pooledBytes).toBe(0)
  })

  test('is bounded, and empty at rest', () => {
    for (const buffer of Array.from({ length: 160 }, () => pool.take(512 * KIB))) pool.giveBack(buffer)
    expect(pool.pooledBytes).toBe(64 * 1024 * KIB)
    pool.clear()
    expect(pool.pooledBytes).toBe(0)
  })

  test('has the one buffer that came back last, also where all memory is in use', () => {
    spareBytes = 0
    const buffer = pool.take(512 * KIB)
    pool.giveBack(buffer)
    expect(pool.take(512 * KIB)).toBe(buffer)
  })

  test('keeps no more than memory has to spare, also when that shrinks or is overdrawn', () => {
    spareBytes = 1024 * KIB
    for (const buffer of Array.from({ length: 20 }, () => pool.take(512 * KIB))) pool.giveBack(buffer)
    // The memory of the last one is released after it is given back.
    expect(pool.pooledBytes).toBe((1024 + 512) * KIB)
    spareBytes = 600 * KIB
    pool.take(KIB)
    expect(pool.pooledBytes).toBe(512 * KIB)
    spareBytes = -4096
    pool.take(KIB)
    expect(pool.pooledBytes).toBe(0)
  })
})
