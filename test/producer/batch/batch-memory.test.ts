import { describe, expect, test } from 'vitest'
import { BatchMemory } from '../../../src/producer/batch/batch-memory.ts'

const KIB = 1024
const NO_BYTES = Buffer.alloc(0)

describe('the memory of batches', () => {
  test('grows by steps, keeps what was written, and goes past the usual size only where it must', () => {
    const memory = new BatchMemory()
    let buffer = memory.grow(NO_BYTES, 0, 10, 100 * KIB)
    expect(buffer.length).toBe(256)
    buffer.write('written')
    while (buffer.length < 100 * KIB) buffer = memory.grow(buffer, 7, buffer.length + 1, 100 * KIB)
    expect(buffer.length).toBe(100 * KIB)
    expect(memory.grow(buffer, 7, 101 * KIB, 100 * KIB).length).toBe(101 * KIB)
    expect(buffer.toString('latin1', 0, 7)).toBe('written')
  })

  test('large buffers that were given back are used again, small ones are not kept', () => {
    const memory = new BatchMemory()
    const large = memory.grow(NO_BYTES, 0, 512 * KIB, 512 * KIB)
    memory.giveBack(large)
    memory.giveBack(Buffer.alloc(KIB))
    expect(memory.keptBytes).toBe(512 * KIB)
    const again = memory.grow(Buffer.alloc(64 * KIB - 1), 0, 256 * KIB, 512 * KIB)
    expect(again).toBe(large)
    expect(memory.keptBytes).toBe(0)
  })

  test('one that a batch has grown out of goes back', () => {
    const memory = new BatchMemory()
    const old = memory.grow(NO_BYTES, 0, 64 * KIB, 512 * KIB)
    memory.grow(old, 0, 256 * KIB, 512 * KIB)
    expect(memory.keptBytes).toBe(old.length)
  })

  test('what is kept is bounded, and nothing is kept at rest', () => {
    const memory = new BatchMemory()
    for (let i = 0; i < 80; i++) memory.giveBack(Buffer.allocUnsafeSlow(1024 * KIB))
    expect(memory.keptBytes).toBe(64 * 1024 * KIB)
    memory.clear()
    expect(memory.keptBytes).toBe(0)
  })

  test('no more is kept than what the memory budget has left, also when that shrinks', () => {
    let spareBytes = 1024 * KIB
    const memory = new BatchMemory(() => spareBytes)
    for (let i = 0; i < 20; i++) memory.giveBack(Buffer.allocUnsafeSlow(64 * KIB))
    expect(memory.keptBytes).toBe(1024 * KIB)
    spareBytes = 256 * KIB
    memory.giveBack(Buffer.allocUnsafeSlow(64 * KIB))
    expect(memory.keptBytes).toBe(256 * KIB)
    spareBytes = 0
    memory.giveBack(Buffer.allocUnsafeSlow(64 * KIB))
    expect(memory.keptBytes).toBe(0)
  })
})
