import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryBudget } from '../../../src/producer/accept/memory-budget.ts'
import type { BatchBuilder } from '../../../src/producer/batch/batch-builder.ts'
import { BufferPool } from '../../../src/producer/batch/buffer-pool.ts'
import type { PendingSend } from '../../../src/producer/sends/pending-send.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { encodeGroupFields } from '../../../src/sls/wire/group-fields.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'
import { openBatch } from '../../support/batches.ts'

const KIB = 1024
const groupFields = encodeGroupFields({ topic: 't', source: 's', tags: [['env', 'test']] })
const sendHolding = (heldBytes: number): PendingSend => ({ logCount: 1, heldBytes, settle: () => undefined })

function encode(text: string): LogEncoder {
  const encoder = new LogEncoder()
  encoder.encode({ text }, 0)
  return encoder
}

/** Where the buffer has no room, reserves what the log takes, and gives back what was not needed: as the pipeline does. */
function append(
  batch: BatchBuilder,
  text: string,
  { send = undefined as PendingSend | undefined, memory = new MemoryBudget(1e9) } = {},
): number {
  const logs = encode(text)
  const { sizeInBytes } = logs
  if (batch.tryAppend(logs, send)) return sizeInBytes
  const reserved = batch.missingBytes(sizeInBytes) + (send?.heldBytes ?? 0)
  memory.charge('project', reserved)
  const unused = batch.append(logs, { firstLog: 0, lastLogExclusive: 1, sizeInBytes }, send, reserved)
  memory.release('project', unused)
  return sizeInBytes
}

describe('the bytes of a batch', () => {
  test('are its logs, in the order of append, then the fields of the group and its pack id', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3000), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 9000 }),
        (sizes, usualBytes) => {
          const batch = openBatch({ groupFields, usualBytes: () => usualBytes })
          const size = sizes.reduce((sum, size) => sum + append(batch, 'x'.repeat(size)), 0)
          expect([batch.logCount, batch.sizeInBytes]).toEqual([sizes.length, size])
          const { body, ...sealed } = batch.seal('size', 'ID-0').batch.sealed
          expect(sealed).toMatchObject({ sealReason: 'size', packId: 'ID-0', rawSizeInBytes: body.raw.length })
          const group = decodeLogGroup(body.raw)
          expect(group.logs.map(({ contents }) => contents[0]?.[1].length)).toEqual(sizes)
          expect(group).toMatchObject({
            topic: 't',
            source: 's',
            tags: [
              ['env', 'test'],
              ['__pack_id__', 'ID-0'],
            ],
          })
        },
      ),
    )
  })

  test('part of a list are those logs alone', () => {
    const encoder = new LogEncoder()
    encoder.encodeAll([{ contents: { n: 'zero' } }, { contents: { n: 'one' } }, { contents: { n: 'two' } }], 0)
    const batch = openBatch({ groupFields })
    const sizeInBytes = encoder.endOf(1) - encoder.endOf(0)
    batch.append(encoder, { firstLog: 1, lastLogExclusive: 2, sizeInBytes }, undefined, 0)
    const { raw } = batch.seal('size', 'ID-0').batch
    expect(decodeLogGroup(raw).logs.map(({ contents }) => contents)).toEqual([[['n', 'one']]])
  })

  test('a sealed batch takes no more logs and is not sealed again', () => {
    const batch = openBatch()
    append(batch, 'first')
    batch.seal('linger', 'ID-0')
    expect(() => append(batch, 'late')).toThrow('please report')
    expect(() => batch.seal('close', 'ID-1').batch).toThrow('please report')
  })

  test('sealing takes no memory, however long the counter of the pack id is', () => {
    const pool = new BufferPool()
    const batch = openBatch({ pool })
    append(batch, 'x')
    pool.take = () => expect.fail('no room was kept')
    const packId = `0123456789ABCDEF-${Number.MAX_SAFE_INTEGER.toString(16)}`
    expect(batch.seal('close', packId).batch.raw.toString('latin1')).toContain(packId)
  })
})

describe('the memory of an open batch', () => {
  const held = (batch: BatchBuilder) => batch.seal('size', 'ID').batch.raw.buffer.byteLength

  test('is that of its buffer, but for 512 bytes, and of its waiting sends, after each log', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(20_000), fc.nat(300)), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 600 * KIB }),
        fc.integer({ min: 1, max: 2_000_000 }),
        (logs, usualBytes, totalBytes) => {
          const memory = new MemoryBudget(totalBytes)
          const batch = openBatch({ memory, usualBytes: () => usualBytes })
          let sends = 0
          for (const [size, heldBytes] of logs) {
            append(batch, 'x'.repeat(size), { send: sendHolding(heldBytes), memory })
            sends += heldBytes
            expect(memory.usedBytes).toBe(batch.reservedBytes)
          }
          const { batch: sealed, unused } = batch.seal('size', 'ID-0')
          unused.release()
          const held = Math.max(batch.sizeInBytes, sealed.raw.buffer.byteLength - 512)
          expect(memory.usedBytes).toBe(held + sends)
        },
      ),
    )
  })

  test('of one small log is small, whatever batches usually grow to', () => {
    const batch = openBatch({ usualBytes: () => 8 * KIB * KIB })
    append(batch, 'small')
    expect(batch.reservedBytes).toBeLessThanOrEqual(256)
  })

  test('is at most twice what is in it while it is small, and the usual size once it is not', () => {
    const batch = openBatch({ usualBytes: () => 576 * KIB })
    while (batch.sizeInBytes < 60 * KIB) {
      append(batch, 'x'.repeat(500))
      expect(batch.reservedBytes).toBeLessThanOrEqual(2 * (batch.sizeInBytes + 200))
    }
    while (batch.sizeInBytes < 140 * KIB) append(batch, 'x'.repeat(500))
    expect([batch.reservedBytes, held(batch)]).toEqual([576 * KIB - 512, 576 * KIB])
  })

  test('is that of a full one at once where such a buffer is free, and little again when the batch is sealed small', () => {
    const pool = new BufferPool()
    pool.setBufferBytes(576 * KIB)
    pool.giveBack(pool.take(576 * KIB))
    const memory = new MemoryBudget(1e9)
    const batch = openBatch({ pool, memory, usualBytes: () => 576 * KIB })
    append(batch, 'x'.repeat(3000), { memory })
    expect([batch.reservedBytes, pool.pooledBytes]).toEqual([576 * KIB - 512, 0])
    batch.seal('linger', 'ID-0').unused.release()
    expect(memory.usedBytes).toBeLessThan(3200)
    expect(pool.pooledBytes).toBe(576 * KIB)
  })

  test('is never more than what is needed where memory is full', () => {
    const memory = new MemoryBudget(100_000)
    memory.charge('another', 99_000)
    memory.wait({ project: 'another', bytes: 99_999, abandoned: false, granted: () => {} })
    const batch = openBatch({ memory, usualBytes: () => 100_000 })
    for (let n = 0; n < 9; n++) append(batch, 'x'.repeat(1000), { memory })
    expect(batch.missingBytes(1)).toBe(1)
  })

  test('is as it was when the process has no more of it', () => {
    const memory = new MemoryBudget(1e9)
    let isExhausted = false
    const allocate = (bytes: number) => {
      if (isExhausted) throw new RangeError('Array buffer allocation failed')
      return Buffer.alloc(bytes)
    }
    const batch = openBatch({ memory, pool: new BufferPool({ allocate }) })
    append(batch, 'first', { memory })
    const { usedBytes } = memory
    isExhausted = true
    const logs = encode('x'.repeat(10_000))
    const range = { firstLog: 0, lastLogExclusive: 1, sizeInBytes: logs.sizeInBytes }
    expect(() => batch.append(logs, range, undefined, 0)).toThrow(RangeError)
    expect([memory.usedBytes, batch.reservedBytes, batch.logCount]).toEqual([usedBytes, usedBytes, 1])
    expect(decodeLogGroup(openBatchGroup(batch)).logs.length).toBe(1)
  })
})

function openBatchGroup(batch: BatchBuilder): Buffer {
  const { raw, logCount } = batch.seal('close', 'ID').batch
  expect(logCount).toBe(1)
  // The fields of the group of a test need not be a message.
  return raw.subarray(0, batch.sizeInBytes)
}
